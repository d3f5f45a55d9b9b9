"""The devices people work with: bound at sign-in, listed, revoked, and how they say they do."""

import datetime as dt
from uuid import UUID

from sqlalchemy import Connection, Engine, text

from field_app.domain.person import Role
from field_app.domain.wire import DeviceCard, Health, Instant, Message
from server_stub import security_log, tokens
from server_stub.problems import ProblemError
from server_stub.statements import run
from server_stub.tokens import Caller

BIND = text("""
    INSERT INTO devices (id, user_id, name, platform, app_version, last_seen_at)
    VALUES (:id, :user, :name, :platform, :app_version, now())
    ON CONFLICT (id) DO UPDATE SET user_id = :user, name = :name, platform = :platform,
        app_version = :app_version, last_seen_at = now(), revoked_at = NULL
""")
OF_PERSON = text("""
    SELECT id, name, platform, app_version, last_seen_at, revoked_at FROM devices
    WHERE user_id = :user ORDER BY last_seen_at DESC NULLS LAST, id
""")
OWNER = text("""
    SELECT u.id, u.organization_id FROM devices d JOIN users u ON u.id = d.user_id
    WHERE d.id = :device
""")
NOTE = text("""
    UPDATE devices SET app_version = :app_version, health = CAST(:health AS jsonb)
    WHERE id = :device
        AND (app_version, health) IS DISTINCT FROM (:app_version, CAST(:health AS jsonb))
""")
WELCOME_UNTIL = text("""
    SELECT max(t.expires_at) FROM device_tokens t JOIN devices d ON d.id = t.device_id
    JOIN users u ON u.id = d.user_id
    WHERE d.id = :device AND u.id = :user AND u.role = :role AND u.status = 'active'
        AND d.revoked_at IS NULL AND t.state <> 'retired' AND t.expires_at > now()
""")


FLEET = text("""
    SELECT d.id, u.name AS person, d.name, d.platform, d.app_version, d.last_seen_at, d.revoked_at,
        d.health->>'pending' AS pending, d.health->>'oldest_pending_s' AS oldest_pending_s,
        d.health->>'photos_pending' AS photos_pending, d.health->>'repairs' AS repairs,
        d.health->>'free_mb' AS free_mb
    FROM devices d JOIN users u ON u.id = d.user_id
    ORDER BY d.last_seen_at NULLS FIRST, d.id
""")
IS_KNOWN = text("SELECT FROM devices WHERE id = :device")


class Fleet(Message):
    """A device as an operator sees it: whose it is, and what it said of itself last."""

    id: UUID
    person: str
    name: str | None
    platform: str | None
    app_version: str | None
    last_seen_at: Instant | None
    revoked_at: Instant | None
    pending: int | None
    oldest_pending_s: int | None
    photos_pending: int | None
    repairs: int | None
    free_mb: int | None


class Device(Message):
    """One line of a person's list of devices."""

    id: UUID
    name: str | None
    platform: str | None
    app_version: str | None
    last_seen_at: Instant | None
    revoked_at: Instant | None


def bind(connection: Connection, card: DeviceCard, person_id: UUID) -> None:
    """The device is this person's from now on, whoever had it before."""
    connection.execute(BIND, card.model_dump() | {"user": person_id})


def of_person(engine: Engine, caller: Caller) -> list[Device]:
    """The caller's devices, the last seen first."""
    with engine.connect() as connection:
        rows = connection.execute(OF_PERSON, {"user": caller.person.id})
        return [Device.model_validate(dict(row._mapping)) for row in rows]


def revoke(engine: Engine, caller: Caller, device_id: UUID) -> None:
    """Revoke one's own device, or as an admin anybody's of the organization; else a 404."""
    with engine.begin() as connection:
        owner = connection.execute(OWNER, {"device": device_id}).one_or_none()
        is_admin = caller.person.role is Role.INTERNAL_ADMIN
        is_allowed = owner is not None and (
            owner.id == caller.person.id
            or (is_admin and owner.organization_id == caller.person.organization_id)
        )
        if not is_allowed:
            raise ProblemError(404)
        security_log.name_actor(connection, caller.person.id)
        tokens.revoke(connection, device_id)


def fleet(engine: Engine) -> list[Fleet]:
    """Every device, the longest silent first."""
    with engine.connect() as connection:
        rows = connection.execute(FLEET)
        return [Fleet.model_validate(dict(row._mapping)) for row in rows]


def revoke_any(engine: Engine, device_id: UUID) -> bool:
    """Revoke a device for an operator; whether there is one."""
    with engine.begin() as connection:
        is_known = connection.execute(IS_KNOWN, {"device": device_id}).first() is not None
        tokens.revoke(connection, device_id)
    return is_known


def note(engine: Engine, caller: Caller, app_version: str, health: Health) -> None:
    """Keep what a device says about itself, for whoever looks after the devices.

    Mostly it is what it said before, and then there is nothing to do.
    """
    if (app_version, health.model_dump(mode="json")) == (caller.app_version, caller.health):
        return
    said = {"device": caller.device_id, "app_version": app_version}
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        run(connection, NOTE, said | {"health": health.model_dump_json()})


def welcome_until(connection: Connection, caller: Caller) -> dt.datetime | None:
    """How long what this caller has begun may go on, as far as is known; None: not any more.

    With another role they see other things: they have to begin anew.
    """
    person = caller.person
    parameters = {"device": caller.device_id, "user": person.id, "role": person.role.value}
    until: dt.datetime | None = connection.execute(WELCOME_UNTIL, parameters).scalar_one()
    return until
