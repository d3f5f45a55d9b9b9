"""What a booking says its events shall be: its plan, its pattern and the exceptions to it."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import text

from field_app.domain.booking import Booking, RecurrencePattern
from field_app.domain.place import Location
from server_stub.booking.occurrences import KEY, Occurrence, occurrence
from server_stub.booking.recurrence import HORIZON, InvalidPattern, MonthEnd, Pattern, expand
from server_stub.world import CentralWorld

EXCEPTIONS = text("""
    SELECT original_start, kind, changes FROM booking_exceptions WHERE booking_id = :booking
""")
MOVES = {"date", "start_time", "end_time", "location_id"}
EDITS = {"field_manager_id", "notes", "special_instructions"}


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


def plan(world: CentralWorld, booking: Booking, now: dt.datetime) -> Series:
    """The whole series as of now. Raises InvalidPattern, in words, where it cannot be made."""
    own, notes = _plan_of(world, booking)
    pattern = _pattern_of(world, booking)
    horizon = max(own.first, now.astimezone(own.zone).date()) + HORIZON
    days = expand(pattern, own.first, horizon)
    exceptions = _exceptions_of(world, booking)
    events, cancelled = [], []
    for day in days.days:
        regular = occurrence(day, own.start, own.end, own.zone)
        kind, changes = exceptions.get(regular.key, (None, {}))
        if kind == "cancelled":
            cancelled.append(regular.key)
            continue
        planned = _planned(world, own, regular, kind, changes)
        events.append(planned)
        notes += [f"{planned.occurrence.date}: {said}" for said in planned.occurrence.notes]
    if pattern and days.days[0] != own.first:
        notes.append(f"{own.first} itself is no day of the pattern; it begins on {days.days[0]}")
    notes += days.skipped
    return Series(events, cancelled, notes, bool(pattern and pattern.is_open_ended))


def _plan_of(world: CentralWorld, booking: Booking) -> tuple[Plan, list[str]]:
    missing = [
        said
        for value, said in (
            (booking.starts_on, "on which day it begins"),
            (booking.start_time, "when its events begin"),
            (booking.end_time, "when they end"),
        )
        if value is None
    ]
    if booking.starts_on is None or booking.start_time is None or booking.end_time is None:
        raise InvalidPattern(f"The booking does not say {', nor '.join(missing)}.")
    notes = []
    zone = _zone(world, booking.location_id)
    if zone is None:
        notes.append("the venue has no time zone, so its times are taken as UTC")
    own = Plan(
        booking.starts_on,
        booking.start_time,
        booking.end_time,
        zone or ZoneInfo("UTC"),
        booking.location_id,
        booking.field_manager_id,
    )
    return own, notes


def _pattern_of(world: CentralWorld, booking: Booking) -> Pattern | None:
    rows = world.where(RecurrencePattern, booking_id=booking.id)
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


def _exceptions_of(world: CentralWorld, booking: Booking) -> dict[str, tuple[str, dict[str, Any]]]:
    rows = world.connection.execute(EXCEPTIONS, {"booking": booking.id})
    return {row.original_start.strftime(KEY): (row.kind, row.changes or {}) for row in rows}


def _planned(
    world: CentralWorld, own: Plan, regular: Occurrence, kind: str | None, changes: dict[str, Any]
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
                _zone(world, location) or own.zone,
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


def _zone(world: CentralWorld, location_id: UUID | None) -> ZoneInfo | None:
    location = world.find(Location, location_id) if location_id else None
    if location is None or location.time_zone is None:
        return None
    try:
        return ZoneInfo(location.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidPattern(f"{location.name} has no known time zone.") from error
