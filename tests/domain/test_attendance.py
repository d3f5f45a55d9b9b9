"""Check-in and check-out are facts: kept whatever they say, and flagged where something is off."""

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from field_app.domain.assignment import AssignmentStatus as S
from field_app.domain.assignment import StaffAssignment
from field_app.domain.attendance import (
    AssignmentCheckIn,
    AssignmentCheckOut,
    AssignmentCorrectTime,
    AssignmentNoShow,
)
from field_app.domain.clock import ClockGrade
from field_app.domain.decision import Accepted, Noop, Refused
from field_app.domain.event import EventInstance, EventStatus
from field_app.domain.evidence import Fallback, plan_of
from field_app.domain.flags import FlagCode as F
from field_app.domain.operations import Operation, decide
from field_app.domain.person import Actor
from field_app.domain.refusals import RefusalCode
from tests.support.field import ANA, DANA, NOON, a_fix, a_shift, an_envelope
from tests.support.world import VENUE, the_event, the_world

HOUR = dt.timedelta(hours=1)
HERE = a_fix()
FAR_AWAY = a_fix(latitude=40.80)


def perform(
    operation: Operation,
    shift: StaffAssignment,
    *,
    actor: Actor = ANA,
    at: dt.datetime = NOON,
    event: EventInstance | None = None,
    **more: Any,
) -> tuple[StaffAssignment, list[F]]:
    """The shift afterwards, and the flags that were raised."""
    envelope = an_envelope(operation, shift.id, actor=actor, at=at, **more)
    decision = decide(envelope, the_world(shift, event=event))
    assert isinstance(decision, Accepted), decision
    after = next((r for r in decision.records if r.id == shift.id), shift)
    assert isinstance(after, StaffAssignment)
    return after, [flag.code for flag in decision.flags]


def flags_of(operation: Operation, **more: Any) -> list[F]:
    return perform(operation, a_shift(status=S.ACCEPTED), **more)[1]


def test_a_check_in_stores_the_evidence_and_starts_the_event() -> None:
    shift = a_shift(status=S.ACCEPTED)
    envelope = an_envelope(AssignmentCheckIn(location=HERE), shift.id)

    decision = decide(envelope, the_world(shift))

    assert isinstance(decision, Accepted)
    arrived, event = decision.records
    assert isinstance(arrived, StaffAssignment)
    assert isinstance(event, EventInstance)
    assert arrived.check_in_time == NOON
    assert arrived.location_at_check_in == {
        "verdict": "inside",
        "latitude": 40.7424,
        "longitude": -74.006,
        "accuracy_m": 20.0,
        "captured_at": "2026-11-23T12:00:00.000Z",
        "provider": None,
        "mocked": False,
        "fix_age_s": 0,
        "distance_m": 0.0,
        "clock": {"device_at": "2026-11-23T12:00:00.000Z", "offset_ms": 0, "grade": "high"},
        "received_at": "2026-11-23T12:00:00.000Z",
        "device_id": str(envelope.stamp.device_id),
    }
    assert event.status is EventStatus.IN_PROGRESS


@pytest.mark.parametrize(
    ("punch", "flags"),
    [
        (AssignmentCheckIn(location=HERE), []),
        (AssignmentCheckIn(location=FAR_AWAY, reason="Other entrance"), [F.OUTSIDE_FENCE]),
        (AssignmentCheckIn(), [F.NO_LOCATION]),
        (AssignmentCheckIn(fallback=Fallback.NONE), [F.NO_LOCATION]),
        (AssignmentCheckIn(fallback=Fallback.PIN), []),
        (AssignmentCheckIn(location=HERE.model_copy(update={"mocked": True})), [F.MOCK_LOCATION]),
    ],
)
def test_the_place_is_judged_and_never_stops_anybody(
    punch: AssignmentCheckIn, flags: list[F]
) -> None:
    assert flags_of(punch) == flags


@pytest.mark.parametrize(
    ("at", "flags"),
    [
        (NOON - 3 * HOUR, []),
        (NOON - 4 * HOUR, [F.OUTSIDE_WINDOW]),
        (NOON + 8 * HOUR, []),
        (NOON + 9 * HOUR, [F.OUTSIDE_WINDOW]),
    ],
)
def test_the_hour_is_judged_and_never_stops_anybody(at: dt.datetime, flags: list[F]) -> None:
    assert flags_of(AssignmentCheckIn(location=HERE), at=at) == flags


def test_a_clock_that_cannot_be_trusted_is_flagged() -> None:
    here = AssignmentCheckIn(location=HERE)

    assert flags_of(here, grade=ClockGrade.LOW) == [F.CLOCK_UNCERTAIN]
    assert flags_of(here, received_at=NOON - HOUR) == [F.CLOCK_UNCERTAIN]


def test_c3_working_a_cancelled_shift_is_kept_and_told() -> None:
    shift = a_shift(status=S.CANCELLED, cancel_reason="replaced", version=12)
    envelope = an_envelope(AssignmentCheckIn(location=HERE), shift.id, base_version=11)

    decision = decide(envelope, the_world(shift))

    assert isinstance(decision, Accepted)
    kept = decision.records[0]
    assert isinstance(kept, StaffAssignment)
    assert (kept.status, kept.check_in_time) == (S.CANCELLED, NOON)
    assert decision.flags[0].code is F.WORKED_WHILE_CANCELLED
    assert decision.flags[0].evidence["device_knew"] is False


def test_c3_a_device_that_had_received_the_cancellation_is_said_to_have_known() -> None:
    shift = a_shift(status=S.CANCELLED, version=12)
    envelope = an_envelope(AssignmentCheckOut(location=HERE), shift.id, base_version=12)

    decision = decide(envelope, the_world(shift))

    assert isinstance(decision, Accepted)
    assert decision.flags[0].evidence["device_knew"] is True


def test_c3_working_at_a_cancelled_event_is_kept_and_told() -> None:
    cancelled = the_event(status=EventStatus.CANCELLED)

    after, flags = perform(
        AssignmentCheckIn(location=HERE), a_shift(status=S.ACCEPTED), event=cancelled
    )

    assert after.status is S.CHECKED_IN
    assert flags == [F.WORKED_WHILE_CANCELLED]


@pytest.mark.parametrize(
    ("punch", "grade", "status", "flag"),
    [
        (AssignmentCheckIn(location=HERE), ClockGrade.HIGH, S.CHECKED_IN, F.NO_SHOW_OVERTURNED),
        (AssignmentCheckIn(location=HERE), ClockGrade.MEDIUM, S.CHECKED_IN, F.NO_SHOW_OVERTURNED),
        (
            AssignmentCheckIn(fallback=Fallback.PHOTO),
            ClockGrade.HIGH,
            S.CHECKED_IN,
            F.NO_SHOW_OVERTURNED,
        ),
        (AssignmentCheckIn(location=HERE), ClockGrade.LOW, S.NO_SHOW, F.NO_SHOW_CONTESTED),
        (AssignmentCheckIn(location=FAR_AWAY), ClockGrade.HIGH, S.NO_SHOW, F.NO_SHOW_CONTESTED),
        (AssignmentCheckIn(), ClockGrade.HIGH, S.NO_SHOW, F.NO_SHOW_CONTESTED),
        (AssignmentCheckOut(location=HERE), ClockGrade.HIGH, S.NO_SHOW, F.NO_SHOW_CONTESTED),
    ],
)
def test_c5_a_no_show_is_overturned_by_proof_and_contested_without(
    punch: Operation, grade: ClockGrade, status: S, flag: F
) -> None:
    after, flags = perform(punch, a_shift(status=S.NO_SHOW), grade=grade)

    assert after.status is status
    assert flags[0] is flag


def test_c6_a_check_out_without_a_check_in_keeps_the_claimed_start_and_counts_no_hours() -> None:
    leave = AssignmentCheckOut(location=HERE, claimed_start=NOON, feedback="Busy day")

    after, flags = perform(leave, a_shift(status=S.ACCEPTED), at=NOON + 4 * HOUR)

    assert after.status is S.CHECKED_OUT
    assert (after.claimed_start, after.check_out_time) == (NOON, NOON + 4 * HOUR)
    assert (after.hours_worked, after.check_in_time) == (None, None)
    assert after.feedback == "Busy day"
    assert flags == [F.MISSING_CHECK_IN]


def test_c6_the_check_in_that_arrives_later_fills_the_gap() -> None:
    gone = a_shift(status=S.CHECKED_OUT, check_out_time=NOON + 4 * HOUR, claimed_start=NOON)

    after, flags = perform(AssignmentCheckIn(location=HERE), gone)

    assert (after.status, after.check_in_time, after.claimed_start) == (S.CHECKED_OUT, NOON, None)
    assert after.hours_worked == Decimal("4.00")
    assert flags == []


def test_c7_a_real_check_out_replaces_the_provisional_one() -> None:
    closed = a_shift(
        status=S.CHECKED_OUT,
        check_in_time=NOON,
        check_out_time=NOON + 4 * HOUR,
        location_at_check_out={"provisional": True},
    )

    after, _ = perform(AssignmentCheckOut(location=HERE), closed, at=NOON + 5 * HOUR)

    assert after.check_out_time == NOON + 5 * HOUR
    assert after.hours_worked == Decimal("5.00")


def in_since(at: dt.datetime, **document: Any) -> StaffAssignment:
    return a_shift(status=S.CHECKED_IN, check_in_time=at, location_at_check_in=document)


def test_c8_of_two_devices_the_earliest_trusted_check_in_stays() -> None:
    here = AssignmentCheckIn(location=HERE)
    earlier, _ = perform(here, in_since(NOON + HOUR))
    later = decide(an_envelope(here, a_shift().id, at=NOON + HOUR), the_world(in_since(NOON)))
    doubtful = decide(
        an_envelope(here, a_shift().id, grade=ClockGrade.LOW), the_world(in_since(NOON + HOUR))
    )

    assert earlier.check_in_time == NOON
    assert later == Noop()
    assert doubtful == Noop()


def test_c9_ones_own_check_in_wins_over_the_vouch_which_stays_as_witness() -> None:
    vouched = in_since(NOON, vouched_by="dana")

    after, _ = perform(AssignmentCheckIn(location=HERE), vouched, at=NOON + HOUR)

    assert after.check_in_time == NOON + HOUR
    assert after.location_at_check_in is not None
    assert after.location_at_check_in["witness"] == {"vouched_by": "dana"}


def test_c9_a_vouch_for_somebody_who_is_in_is_kept_beside_their_own_once() -> None:
    vouch = AssignmentCheckIn(vouched=True)

    after, _ = perform(vouch, in_since(NOON), actor=DANA, at=NOON + HOUR)
    again = decide(an_envelope(vouch, after.id, actor=DANA), the_world(after))

    assert after.check_in_time == NOON
    assert after.location_at_check_in is not None
    assert after.location_at_check_in["witness"]["vouched_by"] == str(DANA.id)
    assert again == Noop()


@pytest.mark.parametrize("punch", [AssignmentCheckIn(location=HERE), AssignmentCheckOut()])
def test_c10_a_correction_stays_when_the_raw_punch_arrives_after_it(punch: Operation) -> None:
    corrected = a_shift(
        status=S.CHECKED_OUT,
        check_in_time=NOON,
        check_out_time=NOON + HOUR,
        times_corrected_at=NOON + 2 * HOUR,
    )

    after, flags = perform(punch, corrected, at=NOON + HOUR)

    assert after == corrected
    assert flags == [F.CORRECTED_BEFORE_PUNCH_ARRIVED]


def test_c11_a_punch_is_judged_by_the_plan_the_device_had_too() -> None:
    moved = the_event(
        location_id=None, starts_at=NOON + 48 * HOUR, ends_at=NOON + 52 * HOUR, version=9
    )
    seen = plan_of(the_event(), VENUE)

    with_plan = flags_of(AssignmentCheckIn(location=HERE, plan_seen=seen), event=moved)
    without = flags_of(AssignmentCheckIn(location=HERE), event=moved)

    assert with_plan == []
    assert set(without) == {F.NO_LOCATION, F.OUTSIDE_WINDOW}


@pytest.mark.parametrize("status", [S.ASSIGNED, S.OFFERED, S.REJECTED])
def test_a_punch_on_a_shift_that_was_never_accepted_is_kept_and_flagged(status: S) -> None:
    came, flags = perform(AssignmentCheckIn(location=HERE), a_shift(status=status))
    left, _ = perform(AssignmentCheckOut(location=HERE), came, at=NOON + 2 * HOUR)

    assert (came.status, came.check_in_time) == (status, NOON)
    assert flags == [F.NOT_ACCEPTED]
    assert left.hours_worked == Decimal("2.00")


def test_a_vouch_is_evidence_enough() -> None:
    after, flags = perform(AssignmentCheckIn(vouched=True), a_shift(status=S.ACCEPTED), actor=DANA)

    assert after.location_at_check_in is not None
    assert after.location_at_check_in["vouched_by"] == str(DANA.id)
    assert flags == []


CHICAGO = ZoneInfo("America/Chicago")


@pytest.mark.parametrize(
    ("start", "end", "hours", "flags"),
    [
        (NOON, NOON + dt.timedelta(hours=4, minutes=20, seconds=18), "4.34", []),
        (NOON, NOON + dt.timedelta(seconds=18), "0.01", []),
        (NOON, NOON + 16 * HOUR, "16.00", [F.OUTSIDE_WINDOW]),
        (NOON, NOON + 17 * HOUR, "17.00", [F.IMPLAUSIBLE_HOURS, F.OUTSIDE_WINDOW]),
        (NOON, NOON - HOUR, "-1.00", [F.IMPLAUSIBLE_HOURS]),
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
