"""Signing in and out with e-mail and password."""

from dataclasses import dataclass
from typing import Any

from pwdlib import PasswordHash
from sqlalchemy import Connection, Engine, text

from field_app.domain.wire import Person, SignInRequest, SignInResponse
from server_stub import devices, passwords, security_log, tokens, tries
from server_stub.problems import ProblemError
from server_stub.security_log import Happened
from server_stub.settings import ServerSettings
from server_stub.tokens import Caller
from server_stub.tries import Attempt

WRONG = ("wrong_credentials", "E-mail address or password is not right.")

FIND = text("""
    SELECT u.id, u.name, u.email, u.role, u.organization_id, u.status, c.password_hash
    FROM users u JOIN credentials c ON c.user_id = u.id WHERE lower(u.email) = :email
""")
IS_KNOWN = text("""
    SELECT count(*) > 0 FROM devices d JOIN users u ON u.id = d.user_id
    WHERE d.id = :device AND d.revoked_at IS NULL AND lower(u.email) = :email
""")


@dataclass(frozen=True)
class Doorkeeper:
    """Lets people in. `hashes` checks passwords."""

    engine: Engine
    settings: ServerSettings
    hashes: PasswordHash

    def sign_in(self, request: SignInRequest, address: str) -> SignInResponse:
        """A new token for this device; whoever had the device before is signed out of it.

        Raises a problem: wrong_credentials, too_many_tries, no_field_access, deactivated.
        """
        email = request.email.lower()
        with self.engine.connect() as connection:
            attempt = _attempt(connection, request, email, address)
            tries.ensure_may_try(connection, attempt, self.settings.sign_in_tries)
            found = _find(connection, email)
        kept = found["password_hash"] if found else None
        if not passwords.is_right(request.password, kept, self.hashes) or found is None:
            self._refuse(attempt, found)
            raise ProblemError(401, *WRONG)
        person = Person.model_validate(found)
        tokens.ensure_welcome(person, found["status"])
        with self.engine.begin() as connection:
            tries.forgive(connection, attempt)
            devices.bind(connection, request.device, person.id)
            token, expires_at = tokens.issue(connection, self.settings, request.device.id)
            security_log.write(
                connection,
                Happened.SIGNED_IN,
                person_id=person.id,
                device_id=request.device.id,
                address=address,
            )
        return SignInResponse(
            token=token, expires_at=expires_at, device_id=request.device.id, person=person
        )

    def _refuse(self, attempt: Attempt, found: dict[str, Any] | None) -> None:
        """Count it, and write down for whom; what was typed is nobody's business."""
        with self.engine.begin() as connection:
            tries.count(connection, attempt)
            security_log.write(
                connection,
                Happened.SIGN_IN_FAILED,
                person_id=found["id"] if found else None,
                address=attempt.address,
            )


def sign_out(engine: Engine, caller: Caller) -> None:
    """End this device's tokens and streams; the device may sign in again."""
    person_id, device_id = caller.person.id, caller.device_id
    with engine.begin() as connection:
        tokens.drop(connection, device_id)
        security_log.write(
            connection, Happened.SIGNED_OUT, person_id=person_id, device_id=device_id
        )


def _attempt(connection: Connection, request: SignInRequest, email: str, address: str) -> Attempt:
    device = request.device.id
    is_known = connection.execute(IS_KNOWN, {"device": device, "email": email}).scalar_one()
    return Attempt(email, address, str(device) if is_known else None)


def _find(connection: Connection, email: str) -> dict[str, Any] | None:
    row = connection.execute(FIND, {"email": email}).first()
    return dict(row._mapping) if row else None
