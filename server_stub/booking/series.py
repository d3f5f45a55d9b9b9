"""What a booking says its events shall be: its plan, its pattern and the exceptions to it."""

import contextlib
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, select, text

from field_app.domain.booking import Booking, RecurrencePattern
from field_app.domain.place import Location
from server_stub.booking.occurrences import KEY, Occurrence, occurrence
from server_stub.booking.recurrence import (
    HORIZON,
    MOST_EVENTS,
    InvalidPattern,
    MonthEnd,
    Pattern,
    expand,
)
from server_stub.tables import table_of

EXCEPTIONS = text("""
    SELECT booking_id, original_start, kind, changes FROM booking_exceptions
    WHERE booking_id = ANY(:bookings)
""")
MOVES = {"date", "start_time", "end_time", "location_id"}
EDITS = {"field_manager_id", "notes", "special_instructions"}


@dataclass(frozen=True)
class Order:
    """A booking with everything that its series is made of."""

    booking: Booking
    patterns: list[RecurrencePattern] = field(default_factory=list)
    exceptions: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    """Kind and changes by the start that the pattern gave, as an occurrence's key."""
    venues: Mapping[UUID, Location] = field(default_factory=dict)


@dataclass(frozen=True)
class Planned:
    """An event to be, with everything of it that the booking decides."""

    occurrence: Occurrence
    location_id: UUID | None
    field_manager_id: UUID | None
    exception: str | None = None
    """`moved` or `edited`, where it is not as the pattern has it."""
    texts: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Series:
    """A booking's events in order, and what to know before it is approved."""

    events: list[Planned]
    cancelled: list[str]
    """Keys of occurrences that an exception took out."""
    notes: list[str]
    is_open_ended: bool


@dataclass(frozen=True)
class Plan:
    """The booking's own first day, wall clock, venue and manager."""

    first: dt.date
    start: dt.time
    end: dt.time
    zone: ZoneInfo
    location_id: UUID | None
    field_manager_id: UUID | None


def orders(connection: Connection, bookings: Iterable[Booking]) -> dict[UUID, Order]:
    """Read what their series are made of, for all of them at once."""
    by_id = {booking.id: booking for booking in bookings}
    patterns: dict[UUID, list[RecurrencePattern]] = defaultdict(list)
    rows = table_of(RecurrencePattern)
    for row in connection.execute(select(rows).where(rows.c.booking_id.in_(by_id))):
        pattern = RecurrencePattern.model_validate(dict(row._mapping))
        patterns[pattern.booking_id].append(pattern)
    exceptions: dict[UUID, dict[str, tuple[str, dict[str, Any]]]] = defaultdict(dict)
    for row in connection.execute(EXCEPTIONS, {"bookings": list(by_id)}):
        key = row.original_start.strftime(KEY)
        exceptions[row.booking_id][key] = (row.kind, row.changes or {})
    changes = [each for of in exceptions.values() for _, each in of.values()]
    venues = _venues(connection, by_id.values(), changes)
    return {
        each: Order(booking, patterns[each], exceptions[each], venues)
        for each, booking in by_id.items()
    }


def plan(order: Order, now: dt.datetime, most: int = MOST_EVENTS) -> Series:
    """The whole series as of now. Raises InvalidPattern, in words, where it cannot be made."""
    own, notes = _plan_of(order)
    pattern = _pattern_of(order)
    horizon = max(own.first, now.astimezone(own.zone).date()) + HORIZON
    days = expand(pattern, own.first, horizon, most)
    events, cancelled = [], []
    for day in days.days:
        regular = occurrence(day, own.start, own.end, own.zone)
        kind, changes = order.exceptions.get(regular.key, (None, {}))
        if kind == "cancelled":
            cancelled.append(regular.key)
            continue
        planned = _planned(order, own, regular, kind, changes)
        events.append(planned)
        notes += [f"{planned.occurrence.date}: {said}" for said in planned.occurrence.notes]
    if pattern and days.days[0] != own.first:
        notes.append(f"{own.first} itself is no day of the pattern; it begins on {days.days[0]}")
    notes += days.skipped
    return Series(events, cancelled, notes, bool(pattern and pattern.is_open_ended))


def zone_of(order: Order, location_id: UUID | None) -> ZoneInfo | None:
    """The time zone of a venue. Raises InvalidPattern for one that there is not."""
    location = order.venues.get(location_id) if location_id else None
    if location is None or location.time_zone is None:
        return None
    try:
        return ZoneInfo(location.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidPattern(f"{location.name} has no known time zone.") from error


def _venues(
    connection: Connection, bookings: Iterable[Booking], changes: Iterable[dict[str, Any]]
) -> dict[UUID, Location]:
    wanted = {booking.location_id for booking in bookings if booking.location_id}
    for change in changes:
        with contextlib.suppress(ValueError, KeyError):
            wanted.add(UUID(str(change["location_id"])))
    rows = table_of(Location)
    found = connection.execute(select(rows).where(rows.c.id.in_(wanted)))
    return {row.id: Location.model_validate(dict(row._mapping)) for row in found}


def _plan_of(order: Order) -> tuple[Plan, list[str]]:
    booking = order.booking
    missing = [
        said
        for value, said in (
            (booking.starts_on, "on which day it begins"),
            (booking.event_start_time, "when its events begin"),
            (booking.event_end_time, "when they end"),
        )
        if value is None
    ]
    if (
        booking.starts_on is None
        or booking.event_start_time is None
        or booking.event_end_time is None
    ):
        raise InvalidPattern(f"The booking does not say {', nor '.join(missing)}.")
    notes = []
    zone = zone_of(order, booking.location_id)
    if zone is None:
        notes.append("the venue has no time zone, so its times are taken as UTC")
    own = Plan(
        booking.starts_on,
        booking.event_start_time,
        booking.event_end_time,
        zone or ZoneInfo("UTC"),
        booking.location_id,
        booking.field_manager_id,
    )
    return own, notes


def _pattern_of(order: Order) -> Pattern | None:
    rows = order.patterns
    if len(rows) > 1:
        raise InvalidPattern(f"The booking has {len(rows)} recurrence patterns; it can have one.")
    if not rows:
        return None
    row = rows[0]
    return Pattern(
        row.frequency.strip().lower(),
        row.interval,
        tuple(name.strip().upper()[:2] for name in row.week_days or ()),
        tuple(row.month_days or ()),
        row.end_date,
        row.end_after,
        MonthEnd(row.month_end),
    )


def _planned(
    order: Order, own: Plan, regular: Occurrence, kind: str | None, changes: dict[str, Any]
) -> Planned:
    """An occurrence with its exception; `changes` may name what moves and what is edited."""
    if unknown := changes.keys() - MOVES - EDITS:
        raise InvalidPattern(
            f"{regular.key}: an exception cannot change {', '.join(sorted(unknown))}."
        )
    try:
        location = UUID(changes["location_id"]) if changes.get("location_id") else own.location_id
        manager = changes.get("field_manager_id")
        moved = regular
        if changes.keys() & MOVES:
            moved = occurrence(
                dt.date.fromisoformat(changes.get("date", regular.date.isoformat())),
                dt.time.fromisoformat(changes.get("start_time", own.start.isoformat())),
                dt.time.fromisoformat(changes.get("end_time", own.end.isoformat())),
                zone_of(order, location) or own.zone,
                regular.key,
            )
        return Planned(
            moved,
            location,
            UUID(manager) if manager else own.field_manager_id,
            kind,
            {name: changes[name] for name in ("notes", "special_instructions") if name in changes},
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise InvalidPattern(f"The exception of {regular.key} cannot be read: {error}.") from error
