"""One booking of a database in use: its events, what belongs to them, and what nobody can tell."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final
from uuid import UUID, uuid5

from field_app.domain.activity import ActivityStatus
from field_app.domain.assignment import LIVE, AssignmentStatus, CancelReason, StaffAssignment
from field_app.domain.attendance import LONG_SHIFT, count_hours
from field_app.domain.booking import Booking
from field_app.domain.event import EventInstance, EventStatus
from field_app.domain.flags import Flag, FlagCode
from server_stub.backfill.legacy import OldBooking, OldShift
from server_stub.backfill.rules import (
    AtEvent,
    Derived,
    DerivedShift,
    Link,
    OldActivity,
    Unlinked,
    event_state,
    link,
    shift_state,
)
from server_stub.booking.approval import event_of
from server_stub.booking.series import plan

LIFETIME: Final = 10_000
"""Events of one old booking at most: one a day for 27 years."""
LONGEST_H: Final = LONG_SHIFT / dt.timedelta(hours=1)
TELLING: Final = (
    AssignmentStatus.CHECKED_OUT,
    AssignmentStatus.CHECKED_IN,
    AssignmentStatus.ACCEPTED,
    AssignmentStatus.OFFERED,
    AssignmentStatus.ASSIGNED,
    AssignmentStatus.NO_SHOW,
)
"""Of two rows for one person's shift, the one whose state comes first says more."""


@dataclass(frozen=True)
class MadeEvent:
    event: EventInstance
    state: Derived


@dataclass(frozen=True)
class MadeShift:
    """`source` is the id of the old row."""

    shift: StaffAssignment
    state: DerivedShift
    source: str
    flags: list[Flag]


@dataclass
class Backfilled:
    """What one booking becomes. `notes` are sentences about what was left for a person."""

    was: Booking
    booking: Booking
    events: list[MadeEvent] = field(default_factory=list)
    links: dict[UUID, Link] = field(default_factory=dict)
    shifts: list[MadeShift] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def backfill(old: OldBooking, now: dt.datetime) -> Backfilled:
    """Work it out; writes nothing. Raises InvalidPattern where there can be no events."""
    booking = old.order.booking
    series = plan(old.order, now, LIFETIME)
    events = {made.id: made for made in (event_of(booking, each) for each in series.events)}
    done = Backfilled(old.was, booking, notes=[*old.problems, *series.notes])
    at_activity = _link_activities(old, list(events.values()), done)
    at_event = _place_shifts(old, list(events.values()), done)
    for event in events.values():
        activities, shifts = at_activity[event.id], at_event[event.id]
        facts = AtEvent(
            [each.status for each in activities],
            [_seen(each) for each in shifts],
            any(each.id in old.with_kits for each in activities),
        )
        state = event_state(booking.status, event.starts_at, event.ends_at, facts, now)
        done.events.append(MadeEvent(event.revise(status=state.status), state))
        made = [_made(shift, done.events[-1].event, now) for shift in shifts]
        done.shifts += _one_each(made, done)
    dates = [event.date for event in events.values()]
    done.booking = booking.revise(
        event_generation_status="open_ended" if series.is_open_ended else "generated",
        event_count=len(dates),
        last_event_generated_at=now,
        series_start_date=min(dates, default=None),
        series_end_date=max(dates, default=None),
    )
    return done


def _link_activities(
    old: OldBooking, events: list[EventInstance], done: Backfilled
) -> dict[UUID, list[OldActivity]]:
    linked: dict[UUID, list[OldActivity]] = defaultdict(list)
    for activity in old.activities:
        found = link(activity, events)
        if isinstance(found, Link):
            done.links[activity.id] = found
            linked[found.event_id].append(activity)
        else:
            done.notes.append(f"activity {activity.id} is not linked: {_why(found)}")
    return linked


def _place_shifts(
    old: OldBooking, events: list[EventInstance], done: Backfilled
) -> dict[UUID, list[OldShift]]:
    placed: dict[UUID, list[OldShift]] = defaultdict(list)
    for shift in old.shifts:
        found: Link | Unlinked
        if shift.activity_id is not None:
            found = done.links.get(shift.activity_id) or Unlinked("its activity is not linked")
        else:
            found = link(_as_activity(shift, old), events)
        if isinstance(found, Link):
            placed[found.event_id].append(shift)
        else:
            done.notes.append(f"assignment {shift.id} is left out: {_why(found)}")
    return placed


def _as_activity(shift: OldShift, old: OldBooking) -> OldActivity:
    return OldActivity(old.was.id, ActivityStatus.PLANNED, old.was.id, shift.day)


def _why(found: Unlinked) -> str:
    maybe = f"; perhaps event {found.suggested}" if found.suggested else ""
    return f"{found.reason}{maybe}"


def _made(old: OldShift, event: EventInstance, now: dt.datetime) -> MadeShift:
    is_off = event.status is EventStatus.CANCELLED
    is_over = event.ends_at <= now
    state = shift_state(old.status, old.check_in, old.check_out, is_over=is_over, is_off=is_off)
    shift = StaffAssignment(
        id=uuid5(event.id, old.id),
        event_instance_id=event.id,
        activity_id=old.activity_id,
        user_id=old.user_id,
        role=old.role,
        status=state.status,
        status_at=old.check_out or old.check_in,
        cancel_reason=CancelReason.EVENT_CANCELLED if state.rule == "S0" else None,
        check_in_time=old.check_in,
        check_out_time=old.check_out,
    )
    counted, flags = count_hours(shift)
    if state.flag is not None:
        flags.append(Flag(state.flag))
    if old.hours is not None and old.hours != counted.hours_worked:
        counted = counted.revise(hours_worked=old.hours)
        flags += _odd(old.hours)
    return MadeShift(counted, state, old.id, flags)


def _seen(old: OldShift) -> AssignmentStatus:
    """Somebody who punched was there, whatever the status says."""
    return AssignmentStatus.CHECKED_IN if old.check_in or old.check_out else old.status


def _odd(hours: Decimal) -> list[Flag]:
    """What was paid stays as it was; a manager looks at what cannot be."""
    if 0 <= hours <= LONGEST_H:
        return []
    return [Flag(FlagCode.IMPLAUSIBLE_HOURS, {"hours": float(hours)})]


def _one_each(made: list[MadeShift], done: Backfilled) -> list[MadeShift]:
    """A person has one live shift at an activity; of two rows the more telling one counts."""
    kept: dict[tuple[UUID, UUID | None], MadeShift] = {}
    others = [each for each in made if each.shift.status not in LIVE]
    live = [each for each in made if each.shift.status in LIVE]
    for each in sorted(live, key=lambda m: (TELLING.index(m.shift.status), m.source)):
        key = (each.shift.user_id, each.shift.activity_id)
        if key in kept:
            done.notes.append(
                f"assignment {each.source} is left out: {kept[key].source} is the same shift"
            )
        else:
            kept[key] = each
    return [*kept.values(), *others]
