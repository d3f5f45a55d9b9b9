"""The security log: who got in or did not, whose access changed, what was exported. Append-only.

Changes of role, status, password and revoked devices are written by the database itself
(migration 0016), whoever makes them.
"""

import datetime as dt
import json
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

KEPT = dt.timedelta(days=365)
"""The database lets nobody delete what is younger than 90 days."""

WRITE = text("""
    INSERT INTO security_events (kind, person_id, device_id, actor_id, details)
    VALUES (:kind, :person, :device, :actor, CAST(:details AS jsonb))
""")
SWEEP = text("DELETE FROM security_events WHERE happened_at < :before")
NAME_ACTOR = text("SELECT set_config('fieldkit.actor', :actor, true)")


class Happened(StrEnum):
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    TOKEN_REPLAYED = "token_replayed"  # noqa: S105  # the name of what happened
    EXPORTED = "exported"


def write(
    connection: Connection,
    kind: Happened,
    *,
    person_id: UUID | None = None,
    device_id: UUID | None = None,
    actor_id: UUID | None = None,
    **details: Any,
) -> None:
    """One line, in the transaction of what it tells. Details are for people to read."""
    values = {"kind": kind.value, "person": person_id, "device": device_id, "actor": actor_id}
    connection.execute(WRITE, values | {"details": json.dumps(details)})


def name_actor(connection: Connection, actor_id: UUID) -> None:
    """Tell the database who makes the changes of this transaction."""
    connection.execute(NAME_ACTOR, {"actor": str(actor_id)})


def sweep(connection: Connection, now: dt.datetime) -> int:
    """Drop what is past its time; returns how many lines."""
    return connection.execute(SWEEP, {"before": now - KEPT}).rowcount
