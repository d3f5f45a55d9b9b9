"""Signing in and out with e-mail and password."""

import datetime as dt
import secrets
from collections import deque
from functools import cache
from threading import Lock
from typing import Any

from pwdlib import PasswordHash
from sqlalchemy import Engine, text

from field_app.domain.wire import Person, SignInRequest, SignInResponse
from server_stub import devices, tokens
from server_stub.problems import ProblemError
from server_stub.settings import ServerSettings
from server_stub.tokens import Caller

TRIES_WITHIN = dt.timedelta(minutes=15)
MOST_COUNTED = 10_000
WRONG = ("wrong_credentials", "E-mail address or password is not right.")

FIND = text("""
    SELECT u.id, u.name, u.email, u.role, u.organization_id, u.status, c.password_hash
    FROM users u JOIN credentials c ON c.user_id = u.id WHERE lower(u.email) = :email
""")


class TryLimit:
    """Counts sign-ins that failed, by e-mail and network address together, in this process.

    Both together, so that nobody can lock out somebody else from afar. Only the last
    `MOST_COUNTED` pairs are remembered.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._tries: dict[tuple[str, str], deque[dt.datetime]] = {}
        self._lock = Lock()

    def count(self, email: str, address: str, now: dt.datetime) -> None:
        """Count a try before it is made; raises a 429 problem when there were too many."""
        with self._lock:
            tries = self._tries.pop((email, address), deque())
            self._tries[email, address] = tries
            while tries and now - tries[0] > TRIES_WITHIN:
                tries.popleft()
            if len(tries) >= self._most:
                wait_s = int((tries[0] + TRIES_WITHIN - now).total_seconds()) + 1
                raise ProblemError(429, retry_after_s=wait_s)
            tries.append(now)
            if len(self._tries) > MOST_COUNTED:
                del self._tries[next(iter(self._tries))]

    def forget(self, email: str, address: str) -> None:
        with self._lock:
            self._tries.pop((email, address), None)


def sign_in(
    engine: Engine, settings: ServerSettings, request: SignInRequest, tries: TryLimit, address: str
) -> SignInResponse:
    """A new token for this device; whoever had the device before is signed out of it.

    Raises a problem: wrong_credentials, too_many_tries, no_field_access, deactivated.
    """
    email = request.email.lower()
    tries.count(email, address, dt.datetime.now(dt.UTC))
    found = _find(engine, email)
    password_hash = found["password_hash"] if found else _nobodys_hash()
    if not _hashes().verify(request.password, password_hash) or found is None:
        raise ProblemError(401, *WRONG)
    tries.forget(email, address)
    person = Person.model_validate(found)
    tokens.ensure_welcome(person, found["status"])
    with engine.begin() as connection:
        devices.bind(connection, request.device, person.id)
        token, expires_at = tokens.issue(connection, settings, request.device.id)
    return SignInResponse(
        token=token, expires_at=expires_at, device_id=request.device.id, person=person
    )


def sign_out(engine: Engine, caller: Caller) -> None:
    """End this device's tokens and streams; the device may sign in again."""
    with engine.begin() as connection:
        tokens.drop(connection, caller.device_id)


def _find(engine: Engine, email: str) -> dict[str, Any] | None:
    with engine.connect() as connection:
        row = connection.execute(FIND, {"email": email}).first()
        return dict(row._mapping) if row else None


@cache
def _hashes() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobodys_hash() -> str:
    """Verified against when the e-mail address is unknown, so that both answers take as long."""
    return _hashes().hash(secrets.token_urlsafe(16))
