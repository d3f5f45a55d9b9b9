"""Every operation on an assignment, in every state, by everyone: one table says what happens."""

import pytest

from field_app.domain.assignment import AssignmentStatus as S
from field_app.domain.assignment import StaffAssignment
from field_app.domain.attendance import (
    AssignmentCheckIn,
    AssignmentCheckOut,
    AssignmentCorrectTime,
    AssignmentNoShow,
)
from field_app.domain.decision import Accepted, Decision, Noop, Refused
from field_app.domain.evidence import Fallback
from field_app.domain.offers import (
    AssignmentAccept,
    AssignmentCancel,
    AssignmentOffer,
    AssignmentReject,
    AssignmentWithdraw,
)
from field_app.domain.operations import Operation, decide
from field_app.domain.person import Actor
from tests.support.field import ANA, BEN, DANA, LUIS, NOON, NORA, PRIYA, a_shift, an_envelope
from tests.support.world import the_event, the_world

LATER = NOON.replace(hour=13)
OPERATIONS: dict[str, Operation] = {
    "offer": AssignmentOffer(event_instance_id=the_event().id, user_id=ANA.id, role="brand_agent"),
    "withdraw": AssignmentWithdraw(reason="enough people"),
    "accept": AssignmentAccept(),
    "reject": AssignmentReject(reason="too_far"),
    "cancel": AssignmentCancel(reason="replaced"),
    "check_in": AssignmentCheckIn(fallback=Fallback.PIN),
    "vouch_in": AssignmentCheckIn(vouched=True),
    "check_out": AssignmentCheckOut(fallback=Fallback.PIN),
    "vouch_out": AssignmentCheckOut(vouched=True),
    "no_show": AssignmentNoShow(),
    "correct": AssignmentCorrectTime(check_out_time=NOON.replace(hour=15), reason="forgot"),
}
OWN = {"accept", "reject", "check_in", "check_out", "cancel"}
MANAGED = {"offer", "withdraw", "cancel", "vouch_in", "vouch_out", "no_show", "correct"}

# The state afterwards; "noop"; or the code of the refusal. Rows: operation. Columns: state before.
STATES = [
    S.ASSIGNED,
    S.OFFERED,
    S.ACCEPTED,
    S.REJECTED,
    S.CHECKED_IN,
    S.CHECKED_OUT,
    S.NO_SHOW,
    S.CANCELLED,
]
WRONG = "wrong_state"
EXPECTED = {
    "offer": ["offered", "noop", WRONG, "offered", WRONG, WRONG, WRONG, WRONG],
    "withdraw": [WRONG, "cancelled", WRONG, WRONG, WRONG, WRONG, WRONG, "noop"],
    "accept": [WRONG, "accepted", "noop", WRONG, "noop", "noop", WRONG, "offer_withdrawn"],
    "reject": [WRONG, "rejected", WRONG, "noop", WRONG, WRONG, WRONG, "noop"],
    "cancel": ["cancelled", "cancelled", "cancelled", WRONG, WRONG, WRONG, WRONG, "noop"],
    "check_in": [
        "assigned",
        "offered",
        "checked_in",
        "rejected",
        "noop",
        "noop",
        "no_show",
        "cancelled",
    ],
    "vouch_in": [
        "assigned",
        "offered",
        "checked_in",
        "rejected",
        "checked_in",
        "checked_out",
        "checked_in",
        "cancelled",
    ],
    "check_out": [
        "assigned",
        "offered",
        "checked_out",
        "rejected",
        "checked_out",
        "noop",
        "no_show",
        "cancelled",
    ],
    "vouch_out": [
        "assigned",
        "offered",
        "checked_out",
        "rejected",
        "checked_out",
        "noop",
        "no_show",
        "cancelled",
    ],
    "no_show": [WRONG, WRONG, "no_show", WRONG, WRONG, WRONG, "noop", WRONG],
    "correct": [WRONG, WRONG, WRONG, WRONG, "checked_out", "checked_out", "checked_out", WRONG],
}


def a_shift_in(status: S) -> StaffAssignment:
    """A shift with the times that its state implies; Ana punched them herself."""
    came = status in {S.CHECKED_IN, S.CHECKED_OUT}
    return a_shift(
        status=status,
        check_in_time=NOON if came else None,
        location_at_check_in={"verdict": "inside"} if came else None,
        check_out_time=NOON.replace(minute=30) if status is S.CHECKED_OUT else None,
        location_at_check_out={"verdict": "inside"} if status is S.CHECKED_OUT else None,
    )


def summary(decision: Decision, shift: StaffAssignment) -> str:
    match decision:
        case Refused(code=code):
            return code.value
        case Noop():
            return "noop"
        case Accepted(records=records):
            changed = {record.id: record for record in records}
            found = changed.get(shift.id, shift)
            assert isinstance(found, StaffAssignment)
            return found.status.value


def act(name: str, status: S, actor: Actor) -> str:
    shift = a_shift_in(status)
    envelope = an_envelope(OPERATIONS[name], shift.id, actor=actor, at=LATER)
    return summary(decide(envelope, the_world(shift)), shift)


@pytest.mark.parametrize("status", STATES)
@pytest.mark.parametrize("name", OPERATIONS)
def test_whoever_may_gets_what_the_table_says(name: str, status: S) -> None:
    expected = EXPECTED[name][STATES.index(status)]

    for actor in ([ANA] if name in OWN else []) + ([DANA, PRIYA] if name in MANAGED else []):
        assert act(name, status, actor) == expected


@pytest.mark.parametrize("status", STATES)
@pytest.mark.parametrize("name", OPERATIONS)
def test_whoever_may_not_is_refused_in_every_state(name: str, status: S) -> None:
    seeing = ([] if name in OWN else [ANA]) + ([] if name in MANAGED else [DANA, PRIYA])

    for actor in seeing:
        assert act(name, status, actor) in {"not_yours", "not_allowed"}
    for stranger in (BEN, LUIS, NORA):
        assert act(name, status, stranger) == "unknown_target"
