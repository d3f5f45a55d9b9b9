"""What rows from before become: linked where that is certain, derived, never invented."""

import datetime as dt
from uuid import UUID, uuid4

import pytest

from field_app.domain.activity import ActivityStatus as A
from field_app.domain.assignment import AssignmentStatus as S
from field_app.domain.booking import BookingStatus as B
from field_app.domain.event import EventInstance
from field_app.domain.event import EventStatus as E
from field_app.domain.flags import FlagCode
from server_stub.backfill.rules import (
    AtEvent,
    Derived,
    Link,
    OldActivity,
    Unlinked,
    event_state,
    link,
    shift_state,
)
from tests.support.field import NOON, an_event

HOUR = dt.timedelta(hours=1)
HERE, THERE = uuid4(), uuid4()
DAY = dt.date(2026, 10, 31)


def on(day: dt.date, location: UUID = HERE) -> EventInstance:
    return an_event(id=uuid4(), date=day, location_id=location)


def an_old(day: dt.date | None = DAY, **changes: object) -> OldActivity:
    values = {"booking_id": uuid4(), "location_id": HERE} | changes
    return OldActivity(uuid4(), A.COMPLETED, day=day, **values)


HALLOWEEN, NEXT_WEEK = on(DAY), on(DAY + dt.timedelta(days=7))
SERIES = [HALLOWEEN, NEXT_WEEK]


def test_the_event_of_the_same_day_is_the_one() -> None:
    assert link(an_old(), SERIES) == Link(HALLOWEEN.id, "A1")


@pytest.mark.parametrize("day", [None, dt.date(2020, 1, 1)])
def test_a_bookings_only_event_is_the_one_whatever_the_day(day: dt.date | None) -> None:
    assert link(an_old(day), [HALLOWEEN]) == Link(HALLOWEEN.id, "A2")


def test_a_day_that_was_written_down_in_utc_is_a_suggestion_only() -> None:
    found = link(an_old(DAY + dt.timedelta(days=1)), SERIES)

    assert found == Unlinked("no event of its booking is on 2026-11-01", HALLOWEEN.id)


@pytest.mark.parametrize(
    ("activity", "events", "reason"),
    [
        (an_old(booking_id=None), SERIES, "it belongs to no booking"),
        (an_old(), [], "its booking has no events"),
        (an_old(), [HALLOWEEN, on(DAY)], "2 events are on 2026-10-31"),
        (an_old(None), SERIES, "it has no date, and its booking 2 events"),
        (an_old(DAY + dt.timedelta(days=3)), SERIES, "no event of its booking is on 2026-11-03"),
        (
            an_old(DAY + dt.timedelta(days=1), location_id=THERE),
            SERIES,
            "no event of its booking is on 2026-11-01",
        ),
        (
            an_old(DAY + dt.timedelta(days=1)),
            [HALLOWEEN, on(DAY + dt.timedelta(days=2))],
            "no event of its booking is on 2026-11-01",
        ),
    ],
)
def test_what_is_not_certain_is_left_with_a_reason(
    activity: OldActivity, events: list[EventInstance], reason: str
) -> None:
    assert link(activity, events) == Unlinked(reason, None)


@pytest.mark.parametrize(
    ("booking", "in_h", "at", "expected"),
    [
        (B.CANCELLED, 24, AtEvent(), Derived(E.CANCELLED, "E0")),
        (B.CANCELLED, -24, AtEvent(), Derived(E.CANCELLED, "E0")),
        (B.CANCELLED, -24, AtEvent([A.COMPLETED]), Derived(E.COMPLETED, "E3")),
        (B.APPROVED, 24, AtEvent(), Derived(E.SCHEDULED, "E1")),
        (B.APPROVED, 24, AtEvent(shifts=[S.REJECTED]), Derived(E.SCHEDULED, "E1")),
        (B.APPROVED, 24, AtEvent(shifts=[S.ACCEPTED]), Derived(E.PREPARATION, "E2")),
        (B.APPROVED, 24, AtEvent(has_kit=True), Derived(E.PREPARATION, "E2")),
        (B.APPROVED, -1, AtEvent([A.IN_PROGRESS, A.PLANNED]), Derived(E.IN_PROGRESS, "E6")),
        (B.APPROVED, -1, AtEvent([A.ASSIGNED]), Derived(E.SCHEDULED, "E1")),
        (B.APPROVED, -24, AtEvent([A.COMPLETED, A.COMPLETED]), Derived(E.COMPLETED, "E3")),
        (
            B.APPROVED,
            -24,
            AtEvent([A.COMPLETED, A.ISSUE_REPORTED]),
            Derived(E.ISSUE_REPORTED, "E4"),
        ),
        (
            B.APPROVED,
            -24,
            AtEvent([A.COMPLETED, A.PLANNED]),
            Derived(E.POST_PROCESSING, "E5", "migrated_unverified"),
        ),
        (B.APPROVED, -24, AtEvent(), Derived(E.POST_PROCESSING, "E5", "migrated_unverified")),
    ],
)
def test_an_events_state_follows_from_time_and_what_is_known(
    booking: B, in_h: int, at: AtEvent, expected: Derived
) -> None:
    starts_at = NOON + in_h * HOUR

    assert event_state(booking, starts_at, starts_at + 4 * HOUR, at, NOON) == expected


@pytest.mark.parametrize(
    ("known", "punches", "is_over", "status", "rule"),
    [
        (S.ACCEPTED, "in out", True, S.CHECKED_OUT, "S1"),
        (S.NO_SHOW, "out", True, S.CHECKED_OUT, "S1"),
        (S.ACCEPTED, "in", True, S.CHECKED_OUT, "S2"),
        (S.ACCEPTED, "in", False, S.CHECKED_IN, "S3"),
        (S.OFFERED, "", False, S.OFFERED, "S4"),
        (S.NO_SHOW, "", True, S.NO_SHOW, "S4"),
        (S.REJECTED, "", True, S.REJECTED, "S4"),
        (S.ACCEPTED, "", True, S.ACCEPTED, "S4"),
        (S.OFFERED, "", True, S.OFFERED, "S4"),
        (S.CHECKED_OUT, "", True, S.CHECKED_OUT, "S5"),
        (S.CHECKED_IN, "", True, S.CHECKED_OUT, "S5"),
    ],
)
def test_a_shifts_state_follows_its_punches(
    known: S, punches: str, is_over: bool, status: S, rule: str
) -> None:
    check_in, check_out = (NOON if name in punches.split() else None for name in ("in", "out"))

    found = shift_state(known, check_in, check_out, is_over=is_over)

    assert (found.status, found.rule) == (status, rule)
    assert (found.flag is FlagCode.MISSING_CHECK_OUT) is (rule == "S2")


@pytest.mark.parametrize("known", [each for each in S if each is not S.NO_SHOW])
def test_nobody_becomes_a_no_show_because_of_what_is_missing(known: S) -> None:
    assert shift_state(known, None, None, is_over=True).status is not S.NO_SHOW
