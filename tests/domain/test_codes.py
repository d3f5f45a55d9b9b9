"""Every refusal and every flag is reached: one situation for each code."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

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
from field_app.domain.decision import Decision, Refused
from field_app.domain.event import EventInstance, EventStatus
from field_app.domain.flags import FlagCode as F
from field_app.domain.offers import AssignmentAccept, AssignmentOffer
from field_app.domain.operations import Operation, decide
from field_app.domain.refusals import RefusalCode as R
from tests.domain.acting import FAR_AWAY, HERE, HOUR
from tests.support.field import ANA, DANA, NOON, a_shift, an_envelope
from tests.support.world import the_event, the_world

LATER = NOON + HOUR
YES, COMING, LEAVING = AssignmentAccept(), AssignmentCheckIn(location=HERE), AssignmentCheckOut()
OFFER = AssignmentOffer(event_instance_id=the_event().id, user_id=ANA.id, role="brand_agent")
ACCEPTED, IN = a_shift(status=S.ACCEPTED), a_shift(status=S.CHECKED_IN, check_in_time=NOON)


@dataclass(frozen=True)
class Case:
    """Somebody (Ana, unless said otherwise) does something to this shift."""

    operation: Operation
    shift: StaffAssignment = ACCEPTED
    event: EventInstance = field(default_factory=the_event)
    stamp: dict[str, Any] = field(default_factory=dict)
    is_new: bool = False

    def decide(self) -> Decision:
        target = uuid4() if self.is_new else self.shift.id
        envelope = an_envelope(self.operation, target, **self.stamp)
        return decide(envelope, the_world(self.shift, event=self.event))


def cancelled(reason: str, **changes: Any) -> StaffAssignment:
    return a_shift(status=S.CANCELLED, cancel_reason=reason, **changes)


def by_dana(**stamp: Any) -> dict[str, Any]:
    return {"actor": DANA, **stamp}


BACKWARDS = AssignmentCorrectTime(check_out_time=NOON - HOUR, reason="typo")
REFUSALS = {
    R.UNKNOWN_TARGET: Case(YES, is_new=True),
    R.NOT_YOURS: Case(YES, stamp=by_dana()),
    R.NOT_ALLOWED: Case(AssignmentNoShow()),
    R.WRONG_STATE: Case(YES, a_shift(status=S.NO_SHOW)),
    R.OFFER_WITHDRAWN: Case(YES, cancelled("offer_withdrawn")),
    R.OFFER_EXPIRED: Case(YES, a_shift(expires_at=NOON - HOUR)),
    R.SLOT_FILLED: Case(YES, cancelled("slot_filled")),
    R.EVENT_CANCELLED: Case(YES, a_shift(), the_event(status=EventStatus.CANCELLED)),
    R.REPLACED: Case(YES, cancelled("replaced")),
    R.AGENT_DROPPED: Case(YES, cancelled("agent_dropped")),
    R.CANCELLED_BY_MANAGER: Case(YES, cancelled("cancelled_by_manager")),
    R.EVENT_OVER: Case(YES, a_shift(), the_event(status=EventStatus.COMPLETED)),
    R.TOO_EARLY: Case(AssignmentNoShow(), stamp=by_dana()),
    R.ALREADY_BOOKED: Case(OFFER, stamp=by_dana(), is_new=True),
    R.TIMES_OUT_OF_ORDER: Case(BACKWARDS, IN, stamp=by_dana()),
    R.OWN_TIMES: Case(BACKWARDS, IN.revise(user_id=DANA.id), stamp=by_dana()),
}
AT_THE_DOOR = {
    R.UNKNOWN_KIND,
    R.MALFORMED,
    R.OPERATION_ID_REUSED,
    R.DEPENDS_ON_REFUSED,
    R.REFUSED_BY_OFFICE,
}
"""Refused by the server without a rule, or by an operator; proven with the server."""

MOCKED = HERE.model_copy(update={"mocked": True})
FLAGS = {
    F.ANSWERED_BEFORE_WITHDRAWAL: Case(YES, cancelled("slot_filled", status_at=LATER)),
    F.WORKED_WHILE_CANCELLED: Case(COMING, cancelled("replaced")),
    F.NO_SHOW_OVERTURNED: Case(COMING, a_shift(status=S.NO_SHOW)),
    F.NO_SHOW_CONTESTED: Case(LEAVING, a_shift(status=S.NO_SHOW)),
    F.MISSING_CHECK_IN: Case(LEAVING),
    F.CORRECTED_BEFORE_PUNCH_ARRIVED: Case(COMING, IN.revise(times_corrected_at=NOON)),
    F.NOT_ACCEPTED: Case(COMING, a_shift()),
    F.OUTSIDE_FENCE: Case(AssignmentCheckIn(location=FAR_AWAY)),
    F.OUTSIDE_WINDOW: Case(COMING, stamp={"at": NOON - 4 * HOUR}),
    F.NO_LOCATION: Case(AssignmentCheckIn()),
    F.MOCK_LOCATION: Case(AssignmentCheckIn(location=MOCKED)),
    F.CLOCK_UNCERTAIN: Case(COMING, stamp={"grade": ClockGrade.LOW}),
    F.IMPLAUSIBLE_HOURS: Case(LEAVING, IN, stamp={"at": NOON + 17 * HOUR}),
}
ELSEWHERE: dict[str, set[F | R]] = {
    "test_upkeep.py": {F.MISSING_CHECK_OUT},
    "test_kits.py": {
        F.CUSTODY_DISPUTED,
        F.HAND_OVER_INFERRED,
        F.INFERRED_CHECK_OUT,
        F.KIT_INCOMPLETE,
        F.KIT_NOT_PREPARED,
        F.KIT_SWAPPED,
        F.KIT_UNEXPECTED,
        F.UNKNOWN_SERIAL,
        R.KIT_NOT_AVAILABLE,
        R.WRONG_KIT,
    },
    "test_running.py": {R.REASON_NEEDED, R.TOO_LATE},
    "test_bookings.py": {R.EVENTS_OPEN},
    "test_reviews.py": {R.ALREADY_DECIDED, R.NOT_A_CHOICE},
}
"""Codes that have nothing to do with a person's shift, and the file that reaches them."""


@pytest.mark.parametrize("code", REFUSALS)
def test_every_refusal_is_reached(code: R) -> None:
    decision = REFUSALS[code].decide()

    assert isinstance(decision, Refused)
    assert decision.code is code


@pytest.mark.parametrize("code", FLAGS)
def test_every_flag_is_raised(code: F) -> None:
    flags = getattr(FLAGS[code].decide(), "flags", ())

    assert code in {flag.code for flag in flags}


def test_no_code_is_forgotten_here() -> None:
    elsewhere = set[F | R]().union(*ELSEWHERE.values())
    assert REFUSALS.keys() | AT_THE_DOOR | FLAGS.keys() | elsewhere == {*R, *F}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_is_said_to_be_reached_elsewhere_is(name: str) -> None:
    text = (Path(__file__).parent / name).read_text()

    assert [code for code in ELSEWHERE[name] if f".{code.name}" not in text] == []
