"""Bookings, activities and assignments as they are in a database in use, read by the hundred."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, TextClause, select, text

from field_app.domain.activity import ActivityStatus
from field_app.domain.assignment import AssignmentStatus
from field_app.domain.booking import Booking
from server_stub.backfill.rules import OldActivity
from server_stub.backfill.sources import Assignments, Part, Sources
from server_stub.backfill.values import Unreadable, day_of, hours_of, instant_of, time_of
from server_stub.booking.recurrence import InvalidPattern
from server_stub.booking.series import Order, orders, zone_of
from server_stub.tables import table_of

Row = dict[str, Any]
UTC = ZoneInfo("UTC")
AGENT = "brand_agent"
READERS = {"starts_on": day_of, "event_start_time": time_of, "event_end_time": time_of}

BOOKINGS = text("SELECT * FROM bookings WHERE id = ANY(:them) ORDER BY id FOR UPDATE")
WITH_KITS = text("SELECT DISTINCT activity_id FROM activity_kits WHERE activity_id = ANY(:them)")
PEOPLE = text("SELECT id FROM users WHERE id = ANY(:them)")
VENUES = text("SELECT id FROM locations WHERE id = ANY(:them)")


@dataclass(frozen=True)
class OldShift:
    """A row of the old table of assignments, its times as instants."""

    id: str
    user_id: UUID
    status: AssignmentStatus
    activity_id: UUID | None = None
    day: dt.date | None = None
    role: str = AGENT
    check_in: dt.datetime | None = None
    check_out: dt.datetime | None = None
    hours: Decimal | None = None


@dataclass
class OldBooking:
    """A booking with its plan filled in, and everything that hangs on it.

    `problems`: what of it cannot be read or leads nowhere, in sentences.
    """

    order: Order
    was: Booking
    activities: list[OldActivity] = field(default_factory=list)
    with_kits: set[UUID] = field(default_factory=set)
    shifts: list[OldShift] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def zone(self) -> ZoneInfo:
        try:
            return zone_of(self.order, self.order.booking.location_id) or UTC
        except InvalidPattern:  # planning says so, in words
            return UTC


def read_bookings(connection: Connection, ids: list[UUID], sources: Sources) -> list[OldBooking]:
    """Read them and lock their rows, in the order of their ids."""
    raw = connection.execute(BOOKINGS, {"them": ids})
    rows: dict[UUID, Row] = {row.id: dict(row._mapping) for row in raw}
    ours = table_of(Booking)
    typed = connection.execute(select(ours).where(ours.c.id.in_(ids)).order_by(ours.c.id))
    was = {row.id: Booking.model_validate(dict(row._mapping)) for row in typed}
    placed = _placed(connection, rows, was, sources.bookings)
    found = {
        each: OldBooking(order, was[each])
        for each, order in orders(connection, placed.values()).items()
    }
    for each, old in found.items():
        _fill_plan(old, rows[each], sources.bookings)
    _add_activities(connection, found, sources)
    if sources.assignments is not None:
        _add_shifts(connection, found, sources.assignments)
    return list(found.values())


def _placed(
    connection: Connection,
    rows: Mapping[UUID, Row],
    was: Mapping[UUID, Booking],
    part: Part,
) -> dict[UUID, Booking]:
    """Bookings with the venue and the manager that the old columns name, where there are such."""
    columns, placed = part.columns(), dict(was)
    for name, query in (("location_id", VENUES), ("field_manager_id", PEOPLE)):
        if name not in columns:
            continue
        named = {each: _id(row[columns[name]]) for each, row in rows.items()}
        there = _there(connection, query, named.values())
        for each, booking in placed.items():
            if getattr(booking, name) is None and named[each] in there:
                placed[each] = booking.revise(**{name: named[each]})
    return placed


def _fill_plan(old: OldBooking, row: Row, part: Part) -> None:
    booking, columns = old.order.booking, part.columns()
    written_in = _zone(part, old.zone)
    changes: dict[str, object] = {}
    for name, reader in READERS.items():
        if getattr(booking, name) is None and name in columns:
            try:
                changes[name] = reader(row[columns[name]], written_in, old.zone)
            except Unreadable as error:
                old.problems.append(f"{columns[name]}: {error}")
    old.order = replace(old.order, booking=booking.revise(**changes))


def _add_activities(
    connection: Connection, found: dict[UUID, OldBooking], sources: Sources
) -> None:
    columns = sources.activities.columns()
    if "booking_id" not in columns:
        return
    query = text(f"""
        SELECT * FROM activities WHERE {columns["booking_id"]} = ANY(:them)
            AND event_instance_id IS NULL AND deleted_at IS NULL ORDER BY id FOR UPDATE
    """)
    rows = connection.execute(query, {"them": list(found)}).all()
    with_kits = _there(connection, WITH_KITS, [row.id for row in rows])
    for each in rows:
        row = dict(each._mapping)
        old = found[row[columns["booking_id"]]]
        day = None
        try:
            day = day_of(_of(row, columns, "day"), _zone(sources.activities, old.zone), old.zone)
        except Unreadable as error:
            old.problems.append(f"activity {row['id']}: {error}")
        location = _id(_of(row, columns, "location_id"))
        status = ActivityStatus(row["status"])
        old.activities.append(OldActivity(row["id"], status, old.was.id, day, location))
        if row["id"] in with_kits:
            old.with_kits.add(row["id"])


def _add_shifts(connection: Connection, found: dict[UUID, OldBooking], source: Assignments) -> None:
    """Shifts by their activity, or by their booking and day."""
    columns = source.columns()
    owner = {activity.id: old for old in found.values() for activity in old.activities}
    key, owners = ("activity_id", owner) if "activity_id" in columns else ("booking_id", found)
    query = text(f"SELECT * FROM {source.table} WHERE {columns[key]} = ANY(:them) ORDER BY 1")
    rows: list[Row] = [dict(r._mapping) for r in connection.execute(query, {"them": list(owners)})]
    people = _there(connection, PEOPLE, [_id(row[columns["user_id"]]) for row in rows])
    for row in rows:
        old = owners[row[columns[key]]]
        name = str(row.get("id") or "|".join(str(row[column]) for column in columns.values()))
        if _id(row[columns["user_id"]]) not in people:
            old.problems.append(f"assignment {name}: there is no such person")
            continue
        try:
            old.shifts.append(_shift(name, row, columns, source, old.zone))
        except Unreadable as error:
            old.problems.append(f"assignment {name}: {error}")


def _shift(
    name: str,
    row: Row,
    columns: Mapping[str, str],
    source: Assignments,
    venue: ZoneInfo,
) -> OldShift:
    written_in, status = _zone(source, venue), source.status_of(_of(row, columns, "status"))
    assert status is not None, "a run stops at words that nobody gave a meaning"
    return OldShift(
        name,
        row[columns["user_id"]],
        status,
        _of(row, columns, "activity_id"),
        day_of(_of(row, columns, "day"), written_in, venue),
        _of(row, columns, "role") or AGENT,
        instant_of(_of(row, columns, "check_in"), written_in),
        instant_of(_of(row, columns, "check_out"), written_in),
        hours_of(_of(row, columns, "hours")),
    )


def _there(connection: Connection, query: TextClause, ids: Iterable[object]) -> set[UUID]:
    wanted = list({each for each in ids if each is not None})
    return set(connection.execute(query, {"them": wanted}).scalars()) if wanted else set()


def _of(row: Row, columns: Mapping[str, str], name: str) -> Any:
    return row[columns[name]] if name in columns else None


def _id(value: object) -> UUID | None:
    """None also for what is no id."""
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _zone(part: Part, venue: ZoneInfo) -> ZoneInfo:
    return venue if part.zone == "venue" else ZoneInfo(part.zone)
