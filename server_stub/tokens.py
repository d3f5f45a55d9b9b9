"""Tokens: opaque, 256 bits, kept as hashes, bound to a device, rotated, retired, revoked."""

import datetime as dt
import hashlib
import logging
import secrets
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, text

from field_app.domain.person import Actor, Role
from field_app.domain.wire import Person
from server_stub import security_log
from server_stub.problems import ProblemError
from server_stub.security_log import Happened
from server_stub.settings import ServerSettings
from server_stub.statements import fetch

log = logging.getLogger(__name__)

EXTEND_AFTER = dt.timedelta(hours=1)
UNSENT_FOR = dt.timedelta(days=14)
"""How long facts are still taken in from a device or a person that has no access any more."""
HEARD_AFTER = dt.timedelta(minutes=15)
"""How exactly it is known when a person was last heard from; finer would be news all day."""
NO_ACCESS = ("no_field_access", "Client accounts have no access to the field app.")
REVOKED = ("device_revoked", "The office has signed this device out.")
DEACTIVATED = ("deactivated", "This account was deactivated. Please ask your manager.")

DEVICE_GONE = "device_gone"
"""The channel that ends a device's open streams."""

FIND = text("""
    SELECT t.token_sha256, t.state, t.device_id, d.last_seen_at, p.last_heard_at,
        d.app_version, d.health, d.revoked_at, u.id, u.name, u.email, u.role, u.organization_id,
        u.status, u.updated_at
    FROM device_tokens t JOIN devices d ON d.id = t.device_id JOIN users u ON u.id = d.user_id
        LEFT JOIN presences p ON p.id = u.id
    WHERE t.token_sha256 = :hash AND t.expires_at > now()
""")
ISSUE = text("""
    INSERT INTO device_tokens (token_sha256, device_id, expires_at, first_used_at, state)
    VALUES (:hash, :device, :expires, now(), 'current')
""")
ANNOUNCE = text("""
    INSERT INTO device_tokens (token_sha256, device_id, expires_at, state)
    VALUES (:hash, :device, :expires, 'next') ON CONFLICT DO NOTHING
""")
DROP_OTHER_NEXT = text("""
    DELETE FROM device_tokens
    WHERE device_id = :device AND state = 'next' AND token_sha256 <> :hash
""")
RETIRE_CURRENT = text("""
    UPDATE device_tokens SET state = 'retired', retired_at = now()
    WHERE device_id = :device AND state = 'current' AND token_sha256 <> :hash
""")
PROMOTE = text("""
    UPDATE device_tokens SET state = 'current', first_used_at = now() WHERE token_sha256 = :hash
""")
EXTEND = text("UPDATE device_tokens SET expires_at = :expires WHERE token_sha256 = :hash")
SEEN = text("UPDATE devices SET last_seen_at = now() WHERE id = :device")
HEARD = text("""
    INSERT INTO presences (id, last_heard_at) VALUES (:person, now())
    ON CONFLICT (id) DO UPDATE SET last_heard_at = excluded.last_heard_at
""")
DROP = text("DELETE FROM device_tokens WHERE device_id = :device")
TELL_STREAMS = text("SELECT pg_notify(:channel, :device)")
REVOKE = text("UPDATE devices SET revoked_at = now() WHERE id = :device")
DROP_OTHERS = text("DELETE FROM device_tokens WHERE device_id = :device AND state <> 'current'")


@dataclass(frozen=True)
class Caller:
    """The person and the device that a token stands for."""

    person: Person
    device_id: UUID
    is_leaving: bool = False
    """No access any more: what happened before is taken in and set apart, nothing is answered."""
    app_version: str | None = None
    health: dict[str, Any] | None = field(default=None, hash=False)
    """What the device said of itself last."""

    @property
    def actor(self) -> Actor:
        return self.person.actor


def identify(engine: Engine, settings: ServerSettings, authorization: str | None) -> Caller:
    """The caller behind an Authorization header; raises a 401 or 403 problem."""
    caller, problem = recognize(engine, settings, authorization)
    if problem is not None:
        raise problem
    return caller


def recognize(
    engine: Engine, settings: ServerSettings, authorization: str | None
) -> tuple[Caller, ProblemError | None]:
    """The caller, and the problem that says why they have no access any more.

    Who never had any raises a 401 or 403 problem. A retired token that comes back was copied: its
    device is revoked.
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise ProblemError(401)
    found = _find(engine, settings, _hash(token))
    if found is None:
        raise ProblemError(401)
    person = Person.model_validate(found)
    caller = Caller(
        person, found["device_id"], app_version=found["app_version"], health=found["health"]
    )
    problem, left_at = _barred(person, found)
    if problem is None:
        return caller, None
    if left_at is None or dt.datetime.now(dt.UTC) - left_at > UNSENT_FOR:
        raise problem
    return replace(caller, is_leaving=True), problem


def _find(engine: Engine, settings: ServerSettings, token: bytes) -> dict[str, Any] | None:
    """The caller behind a token, by its hash. Mostly that is all; else it is a transaction."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        found = _read(connection, token)
    if found is None or _is_as_before(found):
        return found
    with engine.begin() as connection:
        found = _read(connection, token)
        if found is not None and found["state"] == "retired":
            log.warning("a retired token came back: device %s revoked", found["device_id"])
            revoke(connection, found["device_id"])
            happened = Happened.TOKEN_REPLAYED
            who = {"person_id": found["id"], "device_id": found["device_id"]}
            security_log.write(connection, happened, **who)
            return None
        if found is not None:
            _use(connection, settings, found)
    return found


def _read(connection: Connection, token: bytes) -> dict[str, Any] | None:
    found = fetch(connection, FIND, {"hash": token})
    return found[0]._asdict() if found else None


def _barred(
    person: Person, found: dict[str, Any]
) -> tuple[ProblemError | None, dt.datetime | None]:
    """Why there is no access, and since when; no time for those who never had any."""
    if found["revoked_at"] is not None:
        return ProblemError(401, *REVOKED), found["revoked_at"]
    try:
        ensure_welcome(person, found["status"])
    except ProblemError as problem:
        changed_at = found["updated_at"]
        is_new = person.role is Role.CLIENT or changed_at is None
        return problem, None if is_new else changed_at.replace(tzinfo=dt.UTC)
    return None, None


def issue(
    connection: Connection, settings: ServerSettings, device_id: UUID
) -> tuple[str, dt.datetime]:
    """A device's new token, the only one from now on, and when it expires."""
    drop(connection, device_id)
    token, expires_at = secrets.token_urlsafe(32), _expiry(settings)
    connection.execute(ISSUE, {"hash": _hash(token), "device": device_id, "expires": expires_at})
    return token, expires_at


def announce(engine: Engine, settings: ServerSettings, caller: Caller, next_sha256: str) -> None:
    """Know the hash of the device's next token, which becomes the current one when it is used."""
    token = {
        "hash": bytes.fromhex(next_sha256),
        "device": caller.device_id,
        "expires": _expiry(settings),
    }
    with engine.begin() as connection:
        connection.execute(DROP_OTHER_NEXT, token)
        connection.execute(ANNOUNCE, token)


def revoke(connection: Connection, device_id: UUID) -> None:
    """End a device's access and streams at once; what it has not sent yet it may still hand in."""
    connection.execute(REVOKE, {"device": device_id})
    connection.execute(DROP_OTHERS, {"device": device_id})
    end_streams(connection, device_id)


def drop(connection: Connection, device_id: UUID) -> None:
    """Forget a device's tokens and end its open streams; it may sign in again."""
    dropped = connection.execute(DROP, {"device": device_id})
    if dropped.rowcount:  # a new device has no streams; its first one must not be taken for old
        end_streams(connection, device_id)


def end_streams(connection: Connection, device_id: UUID) -> None:
    connection.execute(TELL_STREAMS, {"channel": DEVICE_GONE, "device": str(device_id)})


def ensure_welcome(person: Person, status: str | None) -> None:
    """Raises a 403 problem for accounts that have no business here, or none any more."""
    if person.role is Role.CLIENT:
        raise ProblemError(403, *NO_ACCESS)
    if status != "active":
        raise ProblemError(403, *DEACTIVATED)


def _is_as_before(found: dict[str, Any]) -> bool:
    """Whether there is nothing to note about this use of a token."""
    return found["revoked_at"] is not None or (
        found["state"] == "current" and not _is_seen_anew(found) and not _is_heard_anew(found)
    )


def _use(connection: Connection, settings: ServerSettings, found: dict[str, Any]) -> None:
    """Promote a next token at its first use, and slide the expiry once an hour."""
    if found["revoked_at"] is not None:
        return
    token = {
        "hash": found["token_sha256"],
        "device": found["device_id"],
        "expires": _expiry(settings),
    }
    if found["state"] == "next":
        connection.execute(RETIRE_CURRENT, token)
        connection.execute(PROMOTE, token)
    if _is_seen_anew(found):
        connection.execute(EXTEND, token)
        connection.execute(SEEN, token)
    if _is_heard_anew(found):
        connection.execute(HEARD, {"person": found["id"]})


def _is_seen_anew(found: dict[str, Any]) -> bool:
    seen_at: dt.datetime | None = found["last_seen_at"]
    return seen_at is None or dt.datetime.now(dt.UTC) - seen_at > EXTEND_AFTER


def _is_heard_anew(found: dict[str, Any]) -> bool:
    heard_at: dt.datetime | None = found["last_heard_at"]
    if heard_at is None:
        return True
    return dt.datetime.now(dt.UTC) - heard_at.replace(tzinfo=dt.UTC) > HEARD_AFTER


def _expiry(settings: ServerSettings) -> dt.datetime:
    return dt.datetime.now(dt.UTC) + dt.timedelta(days=settings.token_days)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
