"""How rows from before become events' rows: linked where that is certain, derived, never invented.

Pure: each rule has a name, which is kept with whatever it decided.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from field_app.domain.activity import ActivityStatus
from field_app.domain.assignment import AssignmentStatus
from field_app.domain.booking import BookingStatus
from field_app.domain.event import EventInstance, EventStatus
from field_app.domain.flags import FlagCode

DRIFT: Final = dt.timedelta(days=1)
"""How far a day may be off where a program once wrote it down in UTC."""
UNVERIFIED: Final = "migrated_unverified"
LIVE: Final = frozenset(
    {
        AssignmentStatus.OFFERED,
        AssignmentStatus.ACCEPTED,
        AssignmentStatus.CHECKED_IN,
        AssignmentStatus.CHECKED_OUT,
    }
)
CAME: Final = frozenset({AssignmentStatus.CHECKED_IN, AssignmentStatus.CHECKED_OUT})
NEVER_CAME: Final = frozenset(
    {AssignmentStatus.REJECTED, AssignmentStatus.CANCELLED, AssignmentStatus.NO_SHOW}
)


@dataclass(frozen=True)
class OldActivity:
    """An activity as it was: its booking, its day by the venue's calendar, its venue."""

    id: UUID
    status: ActivityStatus
    booking_id: UUID | None = None
    day: dt.date | None = None
    location_id: UUID | None = None


@dataclass(frozen=True)
class Link:
    event_id: UUID
    rule: str


@dataclass(frozen=True)
class Unlinked:
    """Left for a person to decide, with a guess where there is one."""

    reason: str
    suggested: UUID | None = None


def link(activity: OldActivity, events: Sequence[EventInstance]) -> Link | Unlinked:
    """The event of an activity, among those of its booking.

    The first rule that finds exactly one wins: A1 the same day, A2 the only event there is. A3, the
    same venue a day off, is a suggestion. Two that fit are never guessed between.
    """
    if activity.booking_id is None:
        return Unlinked("it belongs to no booking")
    if not events:
        return Unlinked("its booking has no events")
    same_day = [event for event in events if event.date == activity.day]
    if len(same_day) == 1:
        return Link(same_day[0].id, "A1")
    if len(same_day) > 1:
        return Unlinked(f"{len(same_day)} events are on {activity.day}")
    if len(events) == 1:
        return Link(events[0].id, "A2")
    if activity.day is None:
        return Unlinked(f"it has no date, and its booking {len(events)} events")
    near = [
        event
        for event in events
        if abs(event.date - activity.day) <= DRIFT
        and activity.location_id in (None, event.location_id)
    ]
    suggested = near[0].id if len(near) == 1 else None
    return Unlinked(f"no event of its booking is on {activity.day}", suggested)


@dataclass(frozen=True)
class AtEvent:
    """What there is at an event that its state can be derived from."""

    activities: Sequence[ActivityStatus] = ()
    shifts: Sequence[AssignmentStatus] = ()
    has_kit: bool = False

    @property
    def has_open_issue(self) -> bool:
        return ActivityStatus.ISSUE_REPORTED in self.activities

    @property
    def was_worked(self) -> bool:
        done = {ActivityStatus.IN_PROGRESS, ActivityStatus.COMPLETED, ActivityStatus.ISSUE_REPORTED}
        return bool(done & set(self.activities) or CAME & set(self.shifts))


@dataclass(frozen=True)
class Derived:
    """A state, the rule that it comes from, and why it is doubtful if it is."""

    status: EventStatus
    rule: str
    reason: str | None = None


def event_state(
    booking: BookingStatus,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    at: AtEvent,
    now: dt.datetime,
) -> Derived:
    """The state of an event that nobody moved: by time, and by what is known of it."""
    if booking is BookingStatus.CANCELLED and not at.was_worked:
        return Derived(EventStatus.CANCELLED, "E0")
    if ends_at > now:
        return _ahead(starts_at, at, now)
    if at.activities and all(status is ActivityStatus.COMPLETED for status in at.activities):
        return Derived(EventStatus.COMPLETED, "E3")
    if at.has_open_issue:
        return Derived(EventStatus.ISSUE_REPORTED, "E4")
    return Derived(EventStatus.POST_PROCESSING, "E5", UNVERIFIED)


def _ahead(starts_at: dt.datetime, at: AtEvent, now: dt.datetime) -> Derived:
    if starts_at <= now and ActivityStatus.IN_PROGRESS in at.activities:
        return Derived(EventStatus.IN_PROGRESS, "E6")
    if at.has_kit or LIVE & set(at.shifts):
        return Derived(EventStatus.PREPARATION, "E2")
    return Derived(EventStatus.SCHEDULED, "E1")


@dataclass(frozen=True)
class DerivedShift:
    """`flag` goes to the inbox of whoever runs the event; `reason` is kept with the trail."""

    status: AssignmentStatus
    rule: str
    flag: FlagCode | None = None
    reason: str | None = None


def shift_state(
    known: AssignmentStatus,
    check_in: dt.datetime | None,
    check_out: dt.datetime | None,
    *,
    is_over: bool,
    is_off: bool = False,
) -> DerivedShift:
    """The state of a shift: punches count more than what a status says, and nobody is a no-show
    because of what is missing. `is_off`: its event was called off.
    """
    if check_out is not None:
        flag = FlagCode.MISSING_CHECK_IN if check_in is None else None
        return DerivedShift(AssignmentStatus.CHECKED_OUT, "S1", flag)
    if check_in is not None and is_over:
        return DerivedShift(AssignmentStatus.CHECKED_OUT, "S2", FlagCode.MISSING_CHECK_OUT)
    if check_in is not None:
        return DerivedShift(AssignmentStatus.CHECKED_IN, "S3")
    if is_off and known not in NEVER_CAME:
        return DerivedShift(AssignmentStatus.CANCELLED, "S0")
    if is_over and known in CAME:
        return DerivedShift(AssignmentStatus.CHECKED_OUT, "S5", FlagCode.MISSING_CHECK_IN)
    doubt = UNVERIFIED if is_over and known not in NEVER_CAME else None
    return DerivedShift(known, "S4", reason=doubt)
