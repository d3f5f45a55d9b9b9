"""Who may see what: the one place that says which rows and columns a person's devices hold."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from field_app.domain.mirrored import BY_TABLE
from field_app.domain.need import KIT_HANDLERS
from field_app.domain.person import Role
from field_app.domain.records import InstantType
from field_app.domain.wire import Person
from server_stub.settings import ServerSettings
from server_stub.statements import fetch
from server_stub.tables import table_of

INSTANT = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'
MANAGERS = (Role.FIELD_MANAGER.value, Role.INTERNAL_ADMIN.value)

# Rows of an event, of whatever role. `:events` are the events in scope, `:run` those managed,
# `:handled` those where this person hands kits out. What is wanted for several reasons is one list
# of ids, which an index finds; with OR every row of the table would be looked at.
NEAR_KITS = """
    SELECT kit_instance_id FROM activity_kits WHERE event_instance_id = ANY(:handled)
    UNION SELECT i.id FROM kit_instances i JOIN activity_kits k ON k.kit_template_id = i.template_id
    WHERE k.event_instance_id = ANY(:handled)
"""
ROWS: dict[str, str] = {
    "organizations": """t.id IN (
        SELECT CAST(:organization AS uuid)
        UNION SELECT organization_id FROM bookings b
            JOIN event_instances e ON e.booking_id = b.id WHERE e.id = ANY(:events))""",
    "users": """t.id IN (
        SELECT CAST(:me AS uuid)
        UNION SELECT user_id FROM event_team_members WHERE event_instance_id = ANY(:events)
        UNION SELECT field_manager_id FROM event_instances WHERE id = ANY(:events)
        UNION SELECT user_id FROM staff_assignments WHERE event_instance_id = ANY(:run)
        UNION SELECT unnest(ARRAY[holder_id, from_id, recorded_by]) FROM custody_entries
            WHERE event_instance_id = ANY(:events)
        UNION SELECT id FROM users
            WHERE :is_manager AND organization_id = :organization AND status = 'active')""",
    "presences": """t.id IN (
        SELECT user_id FROM staff_assignments WHERE event_instance_id = ANY(:run))""",
    "locations": "t.id IN (SELECT location_id FROM event_instances WHERE id = ANY(:events))",
    "bookings": "t.id IN (SELECT booking_id FROM event_instances WHERE id = ANY(:events))",
    "kit_templates": """t.id IN (
        SELECT kit_template_id FROM activity_kits WHERE event_instance_id = ANY(:events)
        UNION SELECT i.template_id FROM kit_instances i
            JOIN activity_kits k ON k.kit_instance_id = i.id
            WHERE k.event_instance_id = ANY(:events))""",
    "kit_instances": f"""t.id IN (
        SELECT kit_instance_id FROM activity_kits WHERE event_instance_id = ANY(:events)
        UNION {NEAR_KITS})""",
    "event_instances": "t.id = ANY(:events)",
    "activities": "t.event_instance_id = ANY(:events)",
    "event_team_members": "t.event_instance_id = ANY(:events)",
    "staff_assignments": "t.event_instance_id = ANY(:run) "
    "OR (t.user_id = :me AND t.event_instance_id = ANY(:events))",
    "activity_kits": "t.event_instance_id = ANY(:events)",
    "custody_entries": f"""t.id IN (
        SELECT id FROM custody_entries WHERE event_instance_id = ANY(:events)
        UNION SELECT id FROM custody_entries
            WHERE kit_instance_id IN ({NEAR_KITS}) AND occurred_at > :since)""",
    "event_issues": "t.event_instance_id = ANY(:events)",
    "issue_photos": "t.event_instance_id = ANY(:events)",
    "issue_entries": "t.event_instance_id = ANY(:events)",
    "event_state_transitions": "t.event_instance_id = ANY(:run)",
    "review_items": "t.event_instance_id = ANY(:run)",
}

ONLY: dict[str, set[str]] = {
    "users": {"id", "version", "name", "role", "organization_id", "phone", "status"},
    "organizations": {"id", "version", "name", "tier"},
    "bookings": {"id", "version", "title", "organization_id", "status"},
}
"""Tables of which devices see a part; of all others every column."""

PHONE = (
    "CASE WHEN :is_manager OR t.id = :me OR t.role IN ('field_manager', 'internal_admin') "
    "THEN t.phone END"
)

# An event stays while it is near, or while something about the shift there is still open.
WORKED_EVENTS = """
    SELECT DISTINCT a.event_instance_id FROM staff_assignments a
    JOIN event_instances e ON e.id = a.event_instance_id
    WHERE a.user_id = :me AND a.deleted_at IS NULL AND e.deleted_at IS NULL
    AND (e.ends_at > :since AND e.starts_at < :until
         OR EXISTS (SELECT FROM review_items r WHERE r.target_id = a.id AND r.status = 'open')
         OR EXISTS (SELECT FROM sync_operations o WHERE o.target_id = a.id AND o.author_id = :me
                    AND (o.status IS NULL OR o.status = 'parked')))
"""
RUN_EVENTS = """
    SELECT e.id FROM event_instances e
    WHERE e.deleted_at IS NULL AND ({mine})
    AND (e.ends_at > :since AND e.starts_at < :until
         OR EXISTS (SELECT FROM review_items r
                    WHERE r.event_instance_id = e.id AND r.status = 'open'))
"""
NO_EVENTS = "SELECT NULL::uuid AS id WHERE FALSE"
# One statement, because each one costs more than what it reads.
EVENTS = """
    WITH run AS ({run}), known AS (SELECT id FROM run UNION ({worked}))
    SELECT id, id IN (SELECT id FROM run) AS is_run,
        EXISTS (SELECT FROM event_team_members m WHERE m.event_instance_id = known.id
                AND m.user_id = :me AND m.role = ANY(:kit_parts))
        OR EXISTS (SELECT FROM staff_assignments a WHERE a.event_instance_id = known.id
                   AND a.user_id = :me AND a.role = ANY(:kit_parts) AND a.deleted_at IS NULL)
        AS is_handled
    FROM known
"""
MANAGES = """
    e.field_manager_id = :me OR EXISTS (SELECT FROM event_team_members m
        WHERE m.event_instance_id = e.id AND m.user_id = :me AND m.role = 'field_manager')
"""
ADMINISTERS = """
    EXISTS (SELECT FROM organizations o WHERE o.id = :organization AND o.tier = 'internal')
    OR EXISTS (SELECT FROM bookings b WHERE b.id = e.booking_id
               AND b.organization_id = :organization)
"""


@dataclass(frozen=True)
class Scope:
    """A person's scope at one moment, as parameters for the row conditions."""

    person: Person
    parameters: dict[str, Any]

    @property
    def events(self) -> set[UUID]:
        return set(self.parameters["events"])

    @property
    def run(self) -> set[UUID]:
        """Those of the events of which this person sees everybody's shifts."""
        return set(self.parameters["run"])


def of(connection: Connection, person: Person, settings: ServerSettings, now: dt.datetime) -> Scope:
    """Read which events and shifts this person's devices hold, in the caller's snapshot."""
    is_manager = person.role.value in MANAGERS
    back, ahead = (
        (settings.manager_days_back, settings.manager_days_ahead)
        if is_manager
        else (settings.agent_days_back, settings.agent_days_ahead)
    )
    parameters: dict[str, Any] = {
        "me": person.id,
        "organization": person.organization_id,
        "is_manager": is_manager,
        "since": now - dt.timedelta(days=back),
        "until": now + dt.timedelta(days=ahead),
        "kit_parts": sorted(KIT_HANDLERS),
    }
    events = fetch(connection, query(_events_sql(person.role)), parameters)
    parameters["events"] = [event.id for event in events]
    parameters["run"] = [event.id for event in events if event.is_run]
    parameters["handled"] = [event.id for event in events if event.is_run or event.is_handled]
    return Scope(person, parameters)


@cache
def _events_sql(role: Role) -> str:
    run = NO_EVENTS
    if role.value in MANAGERS:
        run = RUN_EVENTS.format(mine=ADMINISTERS if role is Role.INTERNAL_ADMIN else MANAGES)
    return EVENTS.format(run=run, worked=WORKED_EVENTS)


@cache
def query(sql: str) -> TextClause:
    """A statement, read once: looking for its parameters costs more than some answers."""
    return text(sql)


def condition(table: str) -> str:
    """Which rows of a table, called `t`, are in a scope; takes its parameters."""
    alive = " AND t.deleted_at IS NULL" if _soft_deletes(table) else ""
    return f"({ROWS[table]}){alive}"


@cache
def columns(table: str) -> str:
    """The select list of a table's wire row: what may be seen, in the wire's own notation."""
    chosen = []
    for column in table_of(BY_TABLE[table]).columns:
        name = column.name
        if name not in ONLY.get(table, {name}):
            continue
        if (table, name) == ("users", "phone"):
            chosen.append(f"{PHONE} AS phone")
        elif isinstance(column.type, InstantType):
            chosen.append(f'to_char(t."{name}", \'{INSTANT}\') AS "{name}"')
        else:
            chosen.append(f't."{name}"')
    if table == "event_state_transitions":
        chosen.append("t.metadata")  # SQLModel keeps that name for itself
    return ", ".join(chosen)


def shape(person: Person) -> str:
    """Whose view it is and which columns it shows; where that changes, a device starts anew."""
    lists = "".join(columns(table) for table in BY_TABLE)
    return f"{person.id}:{person.role.value}:{hashlib.sha256(lists.encode()).hexdigest()[:16]}"


@cache
def _soft_deletes(table: str) -> bool:
    return "deleted_at" in table_of(BY_TABLE[table]).columns
