"""What follows from the time alone."""

from decimal import Decimal

import pytest

from field_app.domain.assignment import AssignmentStatus as S
from field_app.domain.assignment import StaffAssignment
from field_app.domain.attendance import AssignmentCheckOut
from field_app.domain.decision import Accepted, Noop, Refused
from field_app.domain.event import EventStatus as E
from field_app.domain.flags import FlagCode as F
from field_app.domain.person import Actor, Role
from field_app.domain.refusals import RefusalCode as R
from field_app.domain.upkeep import AssignmentClose, EventAdvance
from tests.support.field import ANA, DANA, DEVICE, NOON, PRIYA, a_shift
from tests.support.kits import HOUR, MINUTE, act, codes
from tests.support.world import the_event, the_world

SERVER = Actor(id=DEVICE, role=Role.SYSTEM)
ENDS = the_event().ends_at
FORGOTTEN = a_shift(status=S.CHECKED_IN, check_in_time=NOON)


def close(shift: StaffAssignment = FORGOTTEN, at=ENDS + 4 * HOUR, actor: Actor = SERVER):
    return act(the_world(shift), AssignmentClose(), shift, actor=actor, at=at)


def test_c7_a_forgotten_check_out_is_closed_at_the_planned_end() -> None:
    world, decision = close()

    shift = world.find(StaffAssignment, FORGOTTEN.id)
    assert shift is not None
    assert (shift.status, shift.check_out_time) == (S.CHECKED_OUT, ENDS)
    assert shift.hours_worked == Decimal("4.00")
    assert codes(decision) == [F.MISSING_CHECK_OUT]


def test_c7_the_real_check_out_replaces_it() -> None:
    world, _ = close()

    world, _ = act(world, AssignmentCheckOut(), FORGOTTEN, actor=ANA, at=ENDS + HOUR)

    shift = world.find(StaffAssignment, FORGOTTEN.id)
    assert shift is not None
    assert shift.check_out_time == ENDS + HOUR


def test_c7_somebody_who_came_after_the_end_has_no_negative_hours() -> None:
    world, _ = close(FORGOTTEN.revise(check_in_time=ENDS + HOUR))

    shift = world.find(StaffAssignment, FORGOTTEN.id)
    assert shift is not None
    assert shift.hours_worked == 0


def test_c7_a_shift_without_its_check_in_time_is_closed_too() -> None:
    assert isinstance(close(FORGOTTEN.revise(check_in_time=None))[1], Accepted)


def test_c7_not_before_four_hours_and_not_when_somebody_has_left() -> None:
    assert close(at=ENDS + 4 * HOUR - MINUTE)[1] == Refused(R.TOO_EARLY)
    assert close(FORGOTTEN.revise(status=S.CHECKED_OUT))[1] == Noop()


@pytest.mark.parametrize("actor", [ANA, DANA, PRIYA])
def test_nobody_but_the_server_does_it(actor: Actor) -> None:
    event = the_event()

    assert close(actor=actor)[1] == Refused(R.NOT_ALLOWED)
    assert act(the_world(), EventAdvance(), event, actor=actor)[1] == Refused(R.NOT_ALLOWED)


@pytest.mark.parametrize(
    ("state", "after", "to"),
    [
        (E.IN_PROGRESS, 2, E.COMPLETED),
        (E.IN_PROGRESS, 1.9, None),
        (E.COMPLETED, 24, E.POST_PROCESSING),
        (E.COMPLETED, 23, None),
        (E.SCHEDULED, 99, None),
    ],
)
def test_an_event_that_is_over_moves_on(state: E, after: float, to: E | None) -> None:
    event = the_event(status=state)

    world, decision = act(
        the_world(event=event), EventAdvance(), event, actor=SERVER, at=ENDS + after * HOUR
    )

    assert world.find(type(event), event.id) == event.revise(status=to or state)
    assert (decision == Noop()) is (to is None)


def test_an_event_with_somebody_still_there_is_not_over() -> None:
    event = the_event(status=E.IN_PROGRESS)

    world = the_world(FORGOTTEN, event=event)
    assert act(world, EventAdvance(), event, actor=SERVER, at=ENDS + 9 * HOUR)[1] == Noop()
