"""What bookings became, written down: rows, where their states come from, and how to go back."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, Executable, bindparam, text

from field_app.domain.activity import Activity
from field_app.domain.assignment import StaffAssignment
from field_app.domain.booking import Booking
from field_app.domain.event import EventInstance
from field_app.domain.records import Record
from field_app.domain.review import ReviewItem
from server_stub.audit import ENTRY, ORIGIN
from server_stub.backfill.booking import Backfilled
from server_stub.tables import table_of
from server_stub.world import STAMPED_HERE

KIND = "backfill"
PLANNED = ("starts_on", "event_start_time", "event_end_time", "location_id", "field_manager_id")
COUNTED = (
    "event_generation_status",
    "event_count",
    "last_event_generated_at",
    "series_start_date",
    "series_end_date",
)

CHANGED = (*PLANNED, *COUNTED)
"""What a backfill writes on a booking."""

TRANSITION = text("""
    INSERT INTO event_state_transitions
        (event_instance_id, from_state, to_state, reason, metadata, created_at)
    VALUES (:event, :origin, :state, :reason, CAST(:metadata AS jsonb),
        CAST(:now AS timestamptz) AT TIME ZONE 'UTC')
""")
LINK = text("""
    UPDATE activities a SET event_instance_id = l.event
    FROM unnest(CAST(:activities AS uuid[]), CAST(:events AS uuid[])) AS l(activity, event)
    WHERE a.id = l.activity
""")
KEEP = text("""
    INSERT INTO backfill_bookings (batch_id, booking_id, before, events, activities, shifts,
        untouched_before, untouched_after)
    VALUES (:batch, :booking, CAST(:before AS jsonb), :events, :activities, :shifts,
        :untouched_before, :untouched_after)
""")
ROWS = """
    SELECT id, md5((to_jsonb(r) - CAST(:changed AS text[]))::text) AS sum FROM {table} r
    WHERE id = ANY(:them)
"""
STAMPED = ["version", "updated_at"]


def write(connection: Connection, batch_id: UUID, made: Sequence[Backfilled]) -> None:
    """Write what bookings became, in the caller's transaction."""
    before = _untouched(connection, made)
    _insert(connection, EventInstance, [each.event for one in made for each in one.events])
    _execute(connection, TRANSITION, _transitions(batch_id, made))
    links = {each: found.event_id for one in made for each, found in one.links.items()}
    ids = {"activities": list(links), "events": list(links.values())}
    connection.execute(LINK, ids)
    _insert(connection, StaffAssignment, [each.shift for one in made for each in one.shifts])
    _insert(connection, ReviewItem, [item for one in made for item in _items(one)])
    _execute(connection, ENTRY, _entries(batch_id, made))
    _execute(connection, _change_booking(), [_changes(one.booking) for one in made])
    after = _untouched(connection, made)
    kept = [_kept(batch_id, one, before[one.was.id], after[one.was.id]) for one in made]
    _execute(connection, KEEP, kept)


def _insert(connection: Connection, kind: type[Record], records: Sequence[Record]) -> None:
    rows = [{n: v for n, v in record if n not in STAMPED_HERE} for record in records]
    _execute(connection, table_of(kind).insert(), rows)


def _execute(connection: Connection, statement: Executable, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(statement, rows)


def _change_booking() -> Executable:
    rows = table_of(Booking)
    change = rows.update().where(rows.c.id == bindparam("its_id"))
    return change.values({name: bindparam(f"new_{name}") for name in CHANGED})


def _changes(booking: Booking) -> dict[str, Any]:
    changes = {f"new_{name}": getattr(booking, name) for name in CHANGED}
    return {**changes, "its_id": booking.id}


def _transitions(batch_id: UUID, made: Sequence[Backfilled]) -> list[dict[str, Any]]:
    return [
        {
            "event": each.event.id,
            "origin": ORIGIN,
            "state": each.event.status,
            "reason": each.state.reason or KIND,
            "metadata": json.dumps({"rule": each.state.rule, "batch_id": str(batch_id)}),
            "now": one.booking.last_event_generated_at,
        }
        for one in made
        for each in one.events
    ]


def _entries(batch_id: UUID, made: Sequence[Backfilled]) -> list[dict[str, Any]]:
    """One entry for every booking, activity and shift, with the rule that decided."""
    entries = []
    for one in made:
        now, batch = one.booking.last_event_generated_at, str(batch_id)
        common = _common(now) | {"from_state": one.was.status, "to_state": one.was.status}
        told = {"batch_id": batch, "notes": one.notes}
        entries.append(common | _about(Booking, one.was.id, None, told))
        for activity, found in one.links.items():
            told = {"batch_id": batch, "rule": found.rule}
            about = _about(Activity, activity, found.event_id, told)
            entries.append(_common(now) | about)
        for each in one.shifts:
            about = _about(
                StaffAssignment,
                each.shift.id,
                each.shift.event_instance_id,
                {
                    "batch_id": batch,
                    "rule": each.state.rule,
                    "reason": each.state.reason,
                    "source": each.source,
                },
            )
            entries.append(_common(now) | {"to_state": each.shift.status} | about)
    return entries


def _common(now: dt.datetime | None) -> dict[str, Any]:
    nothing = ("operation_id", "from_state", "to_state", "actor_id", "device_id")
    return dict.fromkeys(nothing) | {"kind": KIND, "occurred_at": now, "received_at": now}


def _about(
    kind: type[Record], record_id: UUID, event_id: UUID | None, told: dict[str, Any]
) -> dict[str, Any]:
    return {
        "table_name": kind.table,
        "record_id": record_id,
        "event_instance_id": event_id,
        "details": json.dumps(told),
    }


def _items(one: Backfilled) -> Iterator[ReviewItem]:
    for each in one.shifts:
        for flag in each.flags:
            yield ReviewItem(
                id=uuid5(each.shift.id, flag.code.value),
                event_instance_id=each.shift.event_instance_id,
                target_table=StaffAssignment.table,
                target_id=each.shift.id,
                flag=flag.code.value,
                evidence=flag.evidence | {"source": KIND},
            )


def _kept(batch_id: UUID, one: Backfilled, before: str, after: str) -> dict[str, Any]:
    was = {name: getattr(one.was, name) for name in CHANGED}
    return {
        "batch": batch_id,
        "booking": one.was.id,
        "before": json.dumps(was, default=str),
        "events": [each.event.id for each in one.events],
        "activities": list(one.links),
        "shifts": [each.shift.id for each in one.shifts],
        "untouched_before": before,
        "untouched_after": after,
    }


def _untouched(connection: Connection, made: Sequence[Backfilled]) -> dict[UUID, str]:
    """A checksum a booking over every column of it and its activities that is not ours to write."""
    bookings = _sums(connection, Booking, [one.was.id for one in made], [*CHANGED, *STAMPED])
    linked = [each for one in made for each in one.links]
    activities = _sums(connection, Activity, linked, ["event_instance_id", *STAMPED])
    return {
        one.was.id: hashlib.sha256(
            "".join([bookings[one.was.id], *(activities[each] for each in one.links)]).encode()
        ).hexdigest()
        for one in made
    }


def _sums(
    connection: Connection, kind: type[Record], ids: list[UUID], changed: list[str]
) -> dict[UUID, str]:
    query = text(ROWS.format(table=kind.table))
    rows = connection.execute(query, {"them": ids, "changed": changed})
    return {row.id: row.sum for row in rows}
