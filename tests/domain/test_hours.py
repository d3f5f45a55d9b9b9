"""What a shift counts, and how a manager sets it right."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from field_app.domain.assignment import AssignmentStatus as S
from field_app.domain.attendance import (
    AssignmentCheckOut,
    AssignmentCorrectTime,
    AssignmentNoShow,
)
from field_app.domain.decision import Refused
from field_app.domain.flags import FlagCode as F
from field_app.domain.operations import decide
from field_app.domain.person import Actor
from field_app.domain.refusals import RefusalCode
from tests.domain.acting import HERE, HOUR, in_since, perform
from tests.support.field import DANA, NOON, PRIYA, a_shift, an_envelope
from tests.support.world import the_event, the_world

CHICAGO = ZoneInfo("America/Chicago")


@pytest.mark.parametrize(
    ("start", "end", "hours", "flags"),
    [
        (NOON, NOON + dt.timedelta(hours=4, minutes=20, seconds=18), "4.34", []),
        (NOON, NOON + dt.timedelta(seconds=18), "0.01", []),
        (NOON, NOON + dt.timedelta(seconds=17), "0.00", []),
        (NOON, NOON, "0.00", []),
        (NOON, NOON + 16 * HOUR, "16.00", [F.OUTSIDE_WINDOW]),
        (
            NOON,
            NOON + dt.timedelta(hours=16, seconds=1),
            "16.00",
            [F.IMPLAUSIBLE_HOURS, F.OUTSIDE_WINDOW],
        ),
        (NOON, NOON + 17 * HOUR, "17.00", [F.IMPLAUSIBLE_HOURS, F.OUTSIDE_WINDOW]),
        (NOON, NOON - HOUR, "-1.00", [F.IMPLAUSIBLE_HOURS]),
        (NOON, NOON - dt.timedelta(seconds=5), "0.00", [F.IMPLAUSIBLE_HOURS]),
        (
            NOON,
            NOON + dt.timedelta(hours=999, minutes=59, seconds=24),
            "999.99",
            [F.IMPLAUSIBLE_HOURS, F.OUTSIDE_WINDOW],
        ),
        (NOON, NOON + 1000 * HOUR, None, [F.IMPLAUSIBLE_HOURS, F.OUTSIDE_WINDOW]),
        (NOON, NOON + 42 * 24 * HOUR, None, [F.IMPLAUSIBLE_HOURS, F.OUTSIDE_WINDOW]),
    ],
)
def test_hours_are_counted_half_up_and_the_odd_ones_flagged_not_clipped(
    start: dt.datetime, end: dt.datetime, hours: str | None, flags: list[F]
) -> None:
    after, raised = perform(AssignmentCheckOut(location=HERE), in_since(start), at=end)

    assert after.hours_worked == (None if hours is None else Decimal(hours))
    assert raised == flags


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (dt.datetime(2026, 10, 31, 22, tzinfo=CHICAGO), (2026, 11, 1, 3), "6.00"),
        (dt.datetime(2027, 3, 13, 22, tzinfo=CHICAGO), (2027, 3, 14, 3), "4.00"),
        (dt.datetime(2026, 11, 27, 22, tzinfo=CHICAGO), (2026, 11, 28, 3), "5.00"),
    ],
)
def test_a_night_over_a_change_of_clocks_counts_what_was_really_worked(
    start: dt.datetime, end: tuple[int, int, int, int], hours: str
) -> None:
    left = dt.datetime(*end, tzinfo=CHICAGO)
    night = the_event(starts_at=start, ends_at=left)

    after, _ = perform(AssignmentCheckOut(location=HERE), in_since(start), at=left, event=night)

    assert after.hours_worked == Decimal(hours)


def test_a_no_show_can_be_marked_half_an_hour_after_the_start() -> None:
    shift, absent = a_shift(status=S.ACCEPTED), AssignmentNoShow()
    just_before = NOON + dt.timedelta(minutes=29)

    too_early = decide(an_envelope(absent, shift.id, actor=DANA, at=just_before), the_world(shift))
    after, _ = perform(absent, shift, actor=DANA, at=NOON + dt.timedelta(minutes=30))

    assert too_early == Refused(RefusalCode.TOO_EARLY)
    assert after.status is S.NO_SHOW


def test_a_correction_sets_the_times_and_counts_the_hours_anew() -> None:
    correct = AssignmentCorrectTime(
        check_in_time=NOON, check_out_time=NOON + 3 * HOUR, reason="forgot"
    )

    after, _ = perform(correct, a_shift(status=S.NO_SHOW), actor=DANA, at=NOON + 9 * HOUR)

    assert (after.status, after.hours_worked) == (S.CHECKED_OUT, Decimal("3.00"))
    assert after.times_corrected_at == NOON + 9 * HOUR


def test_a_correction_of_the_start_alone_keeps_the_person_in() -> None:
    correct = AssignmentCorrectTime(check_in_time=NOON - HOUR, reason="came earlier")

    after, _ = perform(correct, in_since(NOON), actor=DANA)

    assert (after.status, after.check_in_time) == (S.CHECKED_IN, NOON - HOUR)


def test_a_correction_that_ends_before_it_starts_is_refused() -> None:
    correct = AssignmentCorrectTime(check_out_time=NOON - HOUR, reason="typo")

    decision = decide(an_envelope(correct, a_shift().id, actor=DANA), the_world(in_since(NOON)))

    assert decision == Refused(RefusalCode.TIMES_OUT_OF_ORDER)


def test_a_correction_to_implausible_hours_is_stored_and_flagged_like_any_other() -> None:
    correct = AssignmentCorrectTime(check_out_time=NOON + 26 * HOUR, reason="typed the wrong day")

    after, flags = perform(correct, in_since(NOON), actor=DANA)

    assert after.hours_worked == Decimal("26.00")
    assert flags == [F.IMPLAUSIBLE_HOURS]


def test_a_correction_without_any_time_leaves_a_no_show_as_it_is() -> None:
    shift, correct = a_shift(status=S.NO_SHOW), AssignmentCorrectTime(reason="I was mistaken")

    decision = decide(an_envelope(correct, shift.id, actor=DANA), the_world(shift))

    assert decision == Refused(RefusalCode.WRONG_STATE)


@pytest.mark.parametrize("own", [DANA, PRIYA])
def test_nobody_corrects_their_own_times_and_somebody_else_does(own: Actor) -> None:
    shift = in_since(NOON).revise(user_id=own.id)
    correct = AssignmentCorrectTime(check_out_time=NOON + HOUR, reason="left early")

    refused = decide(an_envelope(correct, shift.id, actor=own), the_world(shift))
    after, _ = perform(correct, shift, actor=PRIYA if own is DANA else DANA)

    assert refused == Refused(RefusalCode.OWN_TIMES)
    assert after.hours_worked == Decimal("1.00")
