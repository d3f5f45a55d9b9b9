"""Who is calling: sign-in, opaque tokens bound to a device, rotation, revocation."""

import datetime as dt
import hashlib
import logging
import secrets
from collections import deque
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import Connection, Engine, text

from field_app.domain.person import Actor, Role
from field_app.domain.wire import Person, SignInRequest, SignInResponse
from server_stub.problems import ProblemError
from server_stub.settings import ServerSettings

log = logging.getLogger(__name__)

HASHES = PasswordHash((Argon2Hasher(),))
NOBODYS_HASH = HASHES.hash(secrets.token_urlsafe(16))
"""Verified against when the e-mail address is unknown, so that both answers take as long."""

TRIES_WITHIN = dt.timedelta(minutes=15)
EXTEND_AFTER = dt.timedelta(hours=1)
WRONG = ProblemError(401, "wrong_credentials", "E-mail address or password is not right.")
NO_ACCESS = ("no_field_access", "Client accounts have no access to the field app.")
DEACTIVATED = ("deactivated", "This account was deactivated. Please ask your manager.")

DEVICE_GONE = "device_gone"
"""The channel that ends a device's open streams."""


@dataclass(frozen=True)
class Caller:
    """The person and the device that a token stands for."""

    person: Person
    device_id: UUID

    @property
    def actor(self) -> Actor:
        return self.person.actor


class TryLimit:
    """Counts failed sign-ins by e-mail and network address together, in this process.

    Both together, so that nobody can lock out somebody else from afar.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._failures: dict[tuple[str, str], deque[dt.datetime]] = {}

    def check(self, email: str, address: str, now: dt.datetime) -> None:
        failures = self._failures.get((email, address))
        while failures and now - failures[0] > TRIES_WITHIN:
            failures.popleft()
        if failures and len(failures) >= self._most:
            wait_s = int((failures[0] + TRIES_WITHIN - now).total_seconds()) + 1
            raise ProblemError(429, retry_after_s=wait_s)

    def failed(self, email: str, address: str, now: dt.datetime) -> None:
        self._failures.setdefault((email, address), deque()).append(now)

    def succeeded(self, email: str, address: str) -> None:
        self._failures.pop((email, address), None)


def sign_in(
    engine: Engine, settings: ServerSettings, request: SignInRequest, tries: TryLimit, address: str
) -> SignInResponse:
    """A new token for this device. Raises a problem: wrong_credentials, no_field_access, ..."""
    now, email = _now(), request.email.strip().lower()
    tries.check(email, address, now)
    with engine.begin() as connection:
        found = _find_credentials(connection, email)
        is_right = HASHES.verify(request.password, found["password_hash"] or NOBODYS_HASH)
        if not is_right or found["id"] is None:
            tries.failed(email, address, now)
            raise WRONG
        person = _person(found)
        _ensure_welcome(person, found["status"])
        tries.succeeded(email, address)
        token, expires_at = secrets.token_urlsafe(32), now + dt.timedelta(days=settings.token_days)
        _bind_device(connection, request, person)
        connection.execute(
            text(
                "INSERT INTO device_tokens VALUES (:hash, :device, :expires, now(), now(), NULL, "
                "'current')"
            ),
            {"hash": _hash(token), "device": request.device.id, "expires": expires_at},
        )
    return SignInResponse(
        token=token, expires_at=expires_at, device_id=request.device.id, person=person
    )


def identify(engine: Engine, settings: ServerSettings, authorization: str | None) -> Caller:
    """The caller behind an Authorization header; raises a 401 or 403 problem."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise ProblemError(401)
    with engine.begin() as connection:
        found = _find_token(connection, _hash(token))
        is_replay = found is not None and found["state"] == "retired"
        if found is not None and is_replay:
            log.warning("a retired token came back: device %s revoked", found["device_id"])
            revoke(connection, found["device_id"])
        elif found is not None:
            _use(connection, settings, found)
    if found is None or is_replay:
        raise ProblemError(401)
    person = _person(found)
    _ensure_welcome(person, found["status"])
    return Caller(person, found["device_id"])


def rotate(engine: Engine, settings: ServerSettings, caller: Caller, next_sha256: str) -> None:
    """Announce the device's next token; it becomes the current one when it is first used."""
    parameters = {
        "hash": bytes.fromhex(next_sha256),
        "device": caller.device_id,
        "expires": _now() + dt.timedelta(days=settings.token_days),
    }
    with engine.begin() as connection:
        connection.execute(
            text(
                "DELETE FROM device_tokens WHERE device_id = :device AND state = 'next' "
                "AND token_sha256 <> :hash"
            ),
            parameters,
        )
        connection.execute(
            text(
                "INSERT INTO device_tokens VALUES (:hash, :device, :expires, now(), NULL, NULL, "
                "'next') ON CONFLICT DO NOTHING"
            ),
            parameters,
        )


def sign_out(engine: Engine, caller: Caller) -> None:
    """End this device's tokens and streams; the device may sign in again."""
    with engine.begin() as connection:
        _drop_tokens(connection, caller.device_id)


def devices_of(engine: Engine, caller: Caller) -> list[dict[str, Any]]:
    """This person's devices, the last seen first."""
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT id, name, platform, app_version, last_seen_at, revoked_at FROM devices "
                "WHERE user_id = :user ORDER BY last_seen_at DESC NULLS LAST, id"
            ),
            {"user": caller.person.id},
        )
        return [dict(row._mapping) for row in rows]


def revoke_device(engine: Engine, caller: Caller, device_id: UUID) -> None:
    """Revoke one's own device, or as an admin any of the organization's people."""
    with engine.begin() as connection:
        owner = connection.execute(
            text(
                "SELECT u.id, u.organization_id FROM devices d JOIN users u ON u.id = d.user_id "
                "WHERE d.id = :id"
            ),
            {"id": device_id},
        ).one_or_none()
        is_admin = caller.person.role is Role.INTERNAL_ADMIN
        may = owner is not None and (
            owner.id == caller.person.id
            or (is_admin and owner.organization_id == caller.person.organization_id)
        )
        if not may:
            raise ProblemError(404)
        revoke(connection, device_id)


def revoke(connection: Connection, device_id: UUID) -> None:
    connection.execute(
        text("UPDATE devices SET revoked_at = now() WHERE id = :id"), {"id": device_id}
    )
    _drop_tokens(connection, device_id)


def is_welcome(engine: Engine, caller: Caller) -> bool:
    """Whether a stream that was opened by this caller may stay open."""
    with engine.connect() as connection:
        return bool(
            connection.execute(
                text(
                    "SELECT 1 FROM device_tokens t JOIN devices d ON d.id = t.device_id "
                    "JOIN users u ON u.id = d.user_id WHERE d.id = :device AND u.id = :user "
                    "AND d.revoked_at IS NULL AND t.state <> 'retired' "
                    "AND t.expires_at > now() AND u.status = 'active'"
                ),
                {"device": caller.device_id, "user": caller.person.id},
            ).first()
        )


def _find_credentials(connection: Connection, email: str) -> dict[str, Any]:
    row = connection.execute(
        text(
            "SELECT u.id, u.name, u.email, u.role, u.organization_id, u.status, c.password_hash "
            "FROM users u JOIN credentials c ON c.user_id = u.id WHERE lower(u.email) = :email"
        ),
        {"email": email},
    ).first()
    return dict(row._mapping) if row else {"id": None, "password_hash": None}


def _find_token(connection: Connection, token_hash: bytes) -> dict[str, Any] | None:
    row = connection.execute(
        text(
            "SELECT t.token_sha256, t.state, t.expires_at, t.device_id, d.last_seen_at, u.id, "
            "u.name, u.email, u.role, u.organization_id, u.status FROM device_tokens t "
            "JOIN devices d ON d.id = t.device_id JOIN users u ON u.id = d.user_id "
            "WHERE t.token_sha256 = :hash AND t.expires_at > now() AND d.revoked_at IS NULL"
        ),
        {"hash": token_hash},
    ).first()
    return dict(row._mapping) if row else None


def _use(connection: Connection, settings: ServerSettings, found: dict[str, Any]) -> None:
    """Promote a next token at its first use, and slide the expiry once an hour."""
    parameters = {
        "hash": found["token_sha256"],
        "device": found["device_id"],
        "expires": _now() + dt.timedelta(days=settings.token_days),
    }
    if found["state"] == "next":
        for statement in (
            "UPDATE device_tokens SET state = 'retired', retired_at = now() "
            "WHERE device_id = :device AND state = 'current'",
            "UPDATE device_tokens SET state = 'current', first_used_at = now() "
            "WHERE token_sha256 = :hash",
        ):
            connection.execute(text(statement), parameters)
    seen = found["last_seen_at"]
    if seen is None or _now() - seen > EXTEND_AFTER:
        for statement in (
            "UPDATE device_tokens SET expires_at = :expires WHERE token_sha256 = :hash",
            "UPDATE devices SET last_seen_at = now() WHERE id = :device",
        ):
            connection.execute(text(statement), parameters)


def _bind_device(connection: Connection, request: SignInRequest, person: Person) -> None:
    """The device is this person's from now on; whoever had it before is signed out of it."""
    card = request.device
    _drop_tokens(connection, card.id)
    connection.execute(
        text(
            "INSERT INTO devices (id, user_id, name, platform, app_version, last_seen_at) "
            "VALUES (:id, :user, :name, :platform, :version, now()) ON CONFLICT (id) DO UPDATE "
            "SET user_id = :user, name = :name, platform = :platform, app_version = :version, "
            "last_seen_at = now(), revoked_at = NULL"
        ),
        {
            "id": card.id,
            "user": person.id,
            "name": card.name,
            "platform": card.platform,
            "version": card.app_version,
        },
    )


def _drop_tokens(connection: Connection, device_id: UUID) -> None:
    parameters = {"id": device_id, "channel": DEVICE_GONE, "name": str(device_id)}
    connection.execute(text("DELETE FROM device_tokens WHERE device_id = :id"), parameters)
    connection.execute(text("SELECT pg_notify(:channel, :name)"), parameters)


def _person(found: dict[str, Any]) -> Person:
    return Person.model_validate(found)


def _ensure_welcome(person: Person, status: str | None) -> None:
    if person.role is Role.CLIENT:
        raise ProblemError(403, *NO_ACCESS)
    if status != "active":
        raise ProblemError(403, *DEACTIVATED)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
