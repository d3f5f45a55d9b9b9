"""People who may sign in: added, deactivated, given a new password."""

import secrets
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from field_app.domain.person import Role
from server_stub import passwords, tokens

ROLES = (Role.BRAND_AGENT, Role.FIELD_MANAGER, Role.INTERNAL_ADMIN, Role.CLIENT)
ACTIVE, DEACTIVATED = "active", "deactivated"

FIND = text("SELECT id, name, status FROM users WHERE lower(email) = lower(:email)")
ORGANIZATION = text("SELECT id FROM organizations WHERE lower(name) = lower(:name)")
ADD = text("""
    INSERT INTO users (name, email, role, organization_id, phone)
    VALUES (:name, :email, :role, :organization, :phone) RETURNING id
""")
CHANGE = text("""
    UPDATE users SET name = :name, role = :role, organization_id = :organization, phone = :phone
    WHERE id = :id AND (name, role, organization_id, phone)
        IS DISTINCT FROM (:name, :role, :organization, :phone)
""")
SET_STATUS = text("UPDATE users SET status = :status WHERE id = :id")
SET_PASSWORD = text("""
    INSERT INTO credentials (user_id, password_hash) VALUES (:user, :hash)
    ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash
""")
DEVICES = text("SELECT id FROM devices WHERE user_id = :user")


class NotSo(Exception):
    """What was asked does not fit what there is; the message is a sentence."""


def put(connection: Connection, row: dict[str, Any]) -> str:
    """Add somebody by their e-mail, or bring their row up to date: created, updated, unchanged.

    `row`: name, email, role, organization and phone, the last two perhaps empty.
    """
    email = row["email"].strip()
    if "@" not in email:
        raise NotSo(f"{email!r} is no e-mail address.")
    if row["role"] not in {role.value for role in ROLES}:
        raise NotSo(f"{row['role']!r} is no role; they are {', '.join(ROLES)}.")
    values = {
        "name": row["name"].strip(),
        "email": email,
        "role": row["role"],
        "organization": _organization(connection, row.get("organization")),
        "phone": row.get("phone") or None,
    }
    known = connection.execute(FIND, {"email": email}).first()
    if known is None:
        connection.execute(ADD, values)
        return "created"
    changed = connection.execute(CHANGE, values | {"id": known.id}).rowcount
    return "updated" if changed else "unchanged"


def reset_password(connection: Connection, email: str) -> str:
    """Give somebody a new password, and return it; it is kept as a hash only."""
    password = secrets.token_urlsafe(9)
    values = {"user": _person(connection, email), "hash": passwords.hash_of(password)}
    connection.execute(SET_PASSWORD, values)
    return password


def deactivate(connection: Connection, email: str) -> None:
    """End somebody's access at once. What they did before is taken in for 14 days."""
    person = _person(connection, email)
    connection.execute(SET_STATUS, {"id": person, "status": DEACTIVATED})
    for device_id in connection.execute(DEVICES, {"user": person}).scalars():
        tokens.end_streams(connection, device_id)


def activate(connection: Connection, email: str) -> None:
    connection.execute(SET_STATUS, {"id": _person(connection, email), "status": ACTIVE})


def _person(connection: Connection, email: str) -> UUID:
    row = connection.execute(FIND, {"email": email}).first()
    if row is None:
        raise NotSo(f"Nobody here has the e-mail {email}.")
    found: UUID = row.id
    return found


def _organization(connection: Connection, name: str | None) -> UUID | None:
    if not name:
        return None
    found: UUID | None = connection.execute(ORGANIZATION, {"name": name}).scalar()
    if found is None:
        raise NotSo(f"There is no organization {name!r}.")
    return found
