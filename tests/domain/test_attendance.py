"""Check-in and check-out are facts: kept whatever they say, and flagged where something is off."""

import datetime as dt
from decimal import Decimal

import pytest

from field_app.domain.assignment import AssignmentStatus as S
from field_app.domain.assignment import StaffAssignment
from field_app.domain.attendance import (
    AssignmentCheckIn,
    AssignmentCheckOut,
)
from field_app.domain.clock import ClockGrade
from field_app.domain.decision import Accepted, Refused
from field_app.domain.event import EventInstance, EventStatus
from field_app.domain.evidence import Fallback
from field_app.domain.flags import FlagCode as F
from field_app.domain.operations import decide
from field_app.domain.refusals import RefusalCode as R
from tests.domain.acting import FAR_AWAY, HERE, HOUR, flags_of, perform
from tests.support.field import DANA, NOON, a_shift, an_envelope
from tests.support.world import the_world


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


@pytest.mark.parametrize(
    "shift",
    [
        a_shift(status=S.CHECKED_OUT, times_corrected_at=NOON),
        a_shift(status=S.NO_SHOW),
        a_shift(status=S.CANCELLED),
    ],
)
def test_what_a_person_writes_at_check_out_is_kept_even_where_the_punch_does_not_count(
    shift: StaffAssignment,
) -> None:
    after, _ = perform(AssignmentCheckOut(feedback="The freezer broke"), shift)

    assert (after.status, after.feedback) == (shift.status, "The freezer broke")


@pytest.mark.parametrize("status", [S.ASSIGNED, S.OFFERED, S.REJECTED])
def test_a_punch_on_a_shift_that_was_never_accepted_is_kept_and_flagged(status: S) -> None:
    came, flags = perform(AssignmentCheckIn(location=HERE), a_shift(status=status))
    left, _ = perform(AssignmentCheckOut(location=HERE), came, at=NOON + 2 * HOUR)

    assert (came.status, came.check_in_time) == (status, NOON)
    assert flags == [F.NOT_ACCEPTED]
    assert left.hours_worked == Decimal("2.00")


@pytest.mark.parametrize(
    "punch", [AssignmentCheckIn(vouched=True), AssignmentCheckOut(vouched=True)]
)
def test_nobody_is_their_own_witness(punch: AssignmentCheckIn | AssignmentCheckOut) -> None:
    own = a_shift(status=S.ACCEPTED, user_id=DANA.id)

    assert decide(an_envelope(punch, own.id, actor=DANA), the_world(own)) == Refused(R.OWN_TIMES)
    punch = punch.model_copy(update={"vouched": False})
    assert isinstance(decide(an_envelope(punch, own.id, actor=DANA), the_world(own)), Accepted)


def test_a_vouch_is_evidence_enough() -> None:
    after, flags = perform(AssignmentCheckIn(vouched=True), a_shift(status=S.ACCEPTED), actor=DANA)

    assert after.location_at_check_in is not None
    assert after.location_at_check_in["vouched_by"] == str(DANA.id)
    assert flags == []
