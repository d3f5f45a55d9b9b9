"""When two things meet: the conflicts of docs/operations.md, by their numbers."""

from decimal import Decimal

import pytest

from field_app.domain.assignment import AssignmentStatus as S
from field_app.domain.assignment import CancelReason, StaffAssignment
from field_app.domain.attendance import AssignmentCheckIn, AssignmentCheckOut
from field_app.domain.clock import ClockGrade
from field_app.domain.decision import Accepted, Noop, Refused
from field_app.domain.event import EventStatus
from field_app.domain.evidence import Fallback, plan_of
from field_app.domain.flags import FlagCode as F
from field_app.domain.offers import AssignmentAccept
from field_app.domain.operations import Operation, decide
from field_app.domain.refusals import RefusalCode
from tests.domain.acting import FAR_AWAY, HERE, HOUR, flags_of, in_since, perform
from tests.support.field import DANA, NOON, a_shift, an_envelope
from tests.support.world import VENUE, the_event, the_world


@pytest.mark.parametrize("reason", CancelReason)
def test_c1_a_late_yes_to_an_offer_that_ended_is_refused_with_the_reason_it_ended(
    reason: CancelReason,
) -> None:
    shift = a_shift(status=S.CANCELLED, cancel_reason=reason.value, status_at=NOON - HOUR)

    decision = decide(an_envelope(AssignmentAccept(), shift.id), the_world(shift))

    assert decision == Refused(RefusalCode(reason.value))


def test_c1_a_trusted_yes_from_before_the_withdrawal_is_put_before_a_manager() -> None:
    shift = a_shift(status=S.CANCELLED, status_at=NOON + HOUR)

    trusted = decide(an_envelope(AssignmentAccept(), shift.id), the_world(shift))
    doubtful = decide(
        an_envelope(AssignmentAccept(), shift.id, grade=ClockGrade.LOW), the_world(shift)
    )

    assert isinstance(trusted, Refused)
    assert [flag.code for flag in trusted.flags] == [F.ANSWERED_BEFORE_WITHDRAWAL]
    assert trusted.flags[0].evidence["answered_at"] == "2026-11-23T12:00:00.000Z"
    assert doubtful == Refused(RefusalCode.OFFER_WITHDRAWN)


def test_c1_ones_own_cancellation_is_nothing_for_a_manager_to_put_right() -> None:
    dropped = a_shift(
        status=S.CANCELLED,
        status_at=NOON + HOUR,
        cancel_reason=CancelReason.AGENT_DROPPED.value,
    )

    decision = decide(an_envelope(AssignmentAccept(), dropped.id), the_world(dropped))

    assert decision == Refused(RefusalCode.AGENT_DROPPED)


def test_c1_a_reason_in_the_booking_systems_own_words_counts_as_a_managers() -> None:
    shift = a_shift(status=S.CANCELLED, cancel_reason="client changed their mind")

    decision = decide(an_envelope(AssignmentAccept(), shift.id), the_world(shift))

    assert decision == Refused(RefusalCode.CANCELLED_BY_MANAGER)


def test_c1_an_offer_expires_by_the_time_the_answer_is_heard() -> None:
    shift = a_shift(expires_at=NOON + HOUR)
    accept, world = AssignmentAccept(), the_world(shift)

    in_time = decide(an_envelope(accept, shift.id), world)
    late = decide(an_envelope(accept, shift.id, received_at=NOON + 2 * HOUR), world)

    assert isinstance(in_time, Accepted)
    assert isinstance(late, Refused)
    assert late.code is RefusalCode.OFFER_EXPIRED
    assert [flag.code for flag in late.flags] == [F.ANSWERED_BEFORE_WITHDRAWAL]


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


def test_c3_hours_worked_on_a_cancelled_shift_count_in_whatever_order_they_are_heard_of() -> None:
    cancelled, here = a_shift(status=S.CANCELLED), AssignmentCheckIn(location=HERE)

    left, _ = perform(AssignmentCheckOut(location=HERE), cancelled, at=NOON + 2 * HOUR)
    both, _ = perform(here, left)

    assert (both.status, both.hours_worked) == (S.CANCELLED, Decimal("2.00"))


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


def test_c8_a_trusted_check_in_takes_the_place_of_one_that_cannot_be_trusted() -> None:
    doubtful = in_since(NOON, clock={"grade": "low"})

    after, _ = perform(AssignmentCheckIn(location=HERE), doubtful, at=NOON + HOUR)

    assert after.check_in_time == NOON + HOUR


def test_c9_ones_own_check_in_wins_over_the_vouch_which_stays_as_witness() -> None:
    vouched = in_since(NOON, vouched_by="dana")

    after, _ = perform(AssignmentCheckIn(location=HERE), vouched, at=NOON + HOUR)

    assert after.check_in_time == NOON + HOUR
    assert after.location_at_check_in is not None
    assert after.location_at_check_in["witness"] == {
        "vouched_by": "dana",
        "at": "2026-11-23T12:00:00.000Z",
    }


def test_c9_the_witness_stays_when_an_earlier_check_in_of_ones_own_arrives() -> None:
    witnessed = in_since(NOON + HOUR, witness={"vouched_by": "dana"})

    after, _ = perform(AssignmentCheckIn(location=HERE), witnessed)

    assert after.check_in_time == NOON
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


def test_c9_a_second_vouch_is_no_witness_to_the_first() -> None:
    vouch = AssignmentCheckIn(vouched=True)

    after, _ = perform(vouch, a_shift(status=S.ACCEPTED), actor=DANA)

    assert decide(an_envelope(vouch, after.id, actor=DANA), the_world(after)) == Noop()


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
