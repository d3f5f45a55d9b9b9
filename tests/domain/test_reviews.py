"""Deciding what was flagged."""

from typing import Any
from uuid import uuid4

import pytest

from field_app.domain.assignment import AssignmentStatus as S
from field_app.domain.assignment import StaffAssignment
from field_app.domain.decision import Accepted, Noop, Refused
from field_app.domain.flags import FlagCode as F
from field_app.domain.handling import KitCheckOut, KitHandOver
from field_app.domain.kit import KitInstance
from field_app.domain.refusals import RefusalCode as R
from field_app.domain.review import ReviewItem, ReviewStatus
from field_app.domain.reviews import NOTED, ReviewDecide, choices
from tests.support.field import ANA, BEN, DANA, LUIS, NOON, PRIYA, a_shift
from tests.support.kits import HOUR, KIT, LUIS_NEED, NEED, act, kit_world
from tests.support.world import DictWorld, the_event, the_world

SHIFT = a_shift()
BEGAN = (NOON - HOUR).isoformat()


def an_item(flag: F, target: Any = SHIFT, **evidence: Any) -> ReviewItem:
    return ReviewItem(
        id=uuid4(),
        event_instance_id=the_event().id,
        target_table=target.table,
        target_id=target.id,
        flag=flag.value,
        evidence=evidence,
    )


def decide(
    item: ReviewItem, decision: str, world: DictWorld, *, actor: Any = DANA, **more: Any
) -> tuple[DictWorld, Any]:
    operation = ReviewDecide(decision=decision, reason="I asked", **more)
    return act(world.after(item), operation, item, actor=actor)


@pytest.mark.parametrize("flag", F)
def test_every_flag_can_be_left_as_it_is_with_a_reason(flag: F) -> None:
    item = an_item(flag)
    world, decision = decide(item, NOTED, the_world(SHIFT))

    after = world.find(ReviewItem, item.id)
    assert isinstance(decision, Accepted)
    assert after is not None
    assert (after.status, after.decision, after.reason) == (ReviewStatus.DECIDED, NOTED, "I asked")
    assert (after.decided_by, after.decided_at) == (DANA.id, NOON)
    assert choices(flag)[-1] == NOTED


def test_a_flag_is_decided_once() -> None:
    item = an_item(F.OUTSIDE_FENCE)
    world, _ = decide(item, NOTED, the_world(SHIFT))
    decided = world.find(ReviewItem, item.id)

    again = ReviewDecide(decision=NOTED, reason="Again")
    assert act(world, again, decided)[1] == Noop()
    assert act(world, again, decided, actor=PRIYA)[1] == Refused(R.ALREADY_DECIDED)


def test_only_whoever_runs_the_event_decides() -> None:
    item = an_item(F.OUTSIDE_FENCE)

    assert decide(item, NOTED, the_world(), actor=LUIS)[1] == Refused(R.UNKNOWN_TARGET)
    assert decide(item, NOTED, the_world(), actor=ANA)[1] == Refused(R.UNKNOWN_TARGET)


@pytest.mark.parametrize("own", [DANA, PRIYA])
def test_nobody_decides_a_flag_about_their_own_shift(own: Any) -> None:
    other = PRIYA if own is DANA else DANA
    item, world = an_item(F.MISSING_CHECK_IN), the_world(a_shift(user_id=own.id))

    assert decide(item, NOTED, world, actor=own)[1] == Refused(R.OWN_TIMES)
    assert isinstance(decide(item, NOTED, world, actor=other)[1], Accepted)


def test_a_manager_decides_about_a_kit_that_is_on_their_own_shift() -> None:
    item = an_item(F.KIT_INCOMPLETE, NEED)

    assert isinstance(decide(item, NOTED, kit_world(a_shift(user_id=DANA.id)))[1], Accepted)


def test_a_decision_fits_what_happened() -> None:
    item = an_item(F.OUTSIDE_FENCE)

    assert decide(item, "reinstate", the_world(SHIFT))[1] == Refused(R.NOT_A_CHOICE)


def test_a_withdrawn_offer_that_was_answered_in_time_is_booked_after_all() -> None:
    gone = a_shift(status=S.CANCELLED, cancel_reason="offer_withdrawn")

    world, _ = decide(an_item(F.ANSWERED_BEFORE_WITHDRAWAL), "reinstate", the_world(gone))

    shift = world.find(StaffAssignment, gone.id)
    assert shift is not None
    assert (shift.status, shift.cancel_reason) == (S.ACCEPTED, None)
    taken = a_shift(status=S.ACCEPTED)
    refused = decide(an_item(F.ANSWERED_BEFORE_WITHDRAWAL), "reinstate", the_world(taken))[1]
    assert refused == Refused(R.WRONG_STATE)


def test_a_contested_no_show_is_believed() -> None:
    item = an_item(F.NO_SHOW_CONTESTED, punch="check_in", at=BEGAN, verdict="unknown")

    world, _ = decide(item, "believe", the_world(a_shift(status=S.NO_SHOW)))

    shift = world.find(StaffAssignment, SHIFT.id)
    assert shift is not None
    assert (shift.status, shift.check_in_time) == (S.CHECKED_IN, NOON - HOUR)
    assert shift.location_at_check_in == {"verdict": "unknown"}


def test_a_contested_no_show_that_left_is_believed_too() -> None:
    item = an_item(F.NO_SHOW_CONTESTED, punch="check_out", at=BEGAN)

    world, _ = decide(item, "believe", the_world(a_shift(status=S.NO_SHOW)))

    shift = world.find(StaffAssignment, SHIFT.id)
    assert shift is not None
    assert (shift.status, shift.check_out_time) == (S.CHECKED_OUT, NOON - HOUR)


def test_a_punch_takes_the_place_of_a_correction() -> None:
    worked = a_shift(status=S.CHECKED_OUT, check_in_time=NOON, check_out_time=NOON + HOUR)
    item = an_item(F.CORRECTED_BEFORE_PUNCH_ARRIVED, punch="check_in", at=BEGAN)

    world, _ = decide(item, "use_punch", the_world(worked))

    shift = world.find(StaffAssignment, SHIFT.id)
    assert shift is not None
    assert (shift.status, str(shift.hours_worked)) == (S.CHECKED_OUT, "2.00")


def test_evidence_without_a_time_proves_nothing() -> None:
    item = an_item(F.NO_SHOW_CONTESTED)

    refused = decide(item, "believe", the_world(a_shift(status=S.NO_SHOW)))[1]
    assert refused == Refused(R.NOT_A_CHOICE)


def test_a_claimed_start_is_believed() -> None:
    worked = a_shift(status=S.CHECKED_OUT, claimed_start=NOON, check_out_time=NOON + 4 * HOUR)
    item = an_item(F.MISSING_CHECK_IN)

    world, _ = decide(item, "believe", the_world(worked))

    shift = world.find(StaffAssignment, SHIFT.id)
    assert shift is not None
    assert (shift.check_in_time, str(shift.hours_worked)) == (NOON, "4.00")
    silent = decide(item, "believe", the_world(worked.revise(claimed_start=None)))[1]
    assert silent == Refused(R.NOT_A_CHOICE)


@pytest.mark.parametrize("holder", [BEN.id, None])
def test_a_manager_says_who_has_a_disputed_kit(holder: Any) -> None:
    world, _ = act(kit_world(), KitCheckOut(), NEED)
    world, _ = act(world, KitCheckOut(), LUIS_NEED, actor=LUIS, at=NOON + HOUR)
    hand_on = KitHandOver(to_user_id=BEN.id)
    world, _ = act(world, hand_on, NEED, at=NOON + 2 * HOUR)
    item = an_item(F.CUSTODY_DISPUTED, NEED)
    operation = ReviewDecide(decision="settle", reason="Seen it", holder_id=holder)

    world, decision = act(world.after(item), operation, item, at=NOON + 3 * HOUR)

    kit = world.find(KitInstance, KIT.id)
    decided = world.find(ReviewItem, item.id)
    assert isinstance(decision, Accepted)
    assert kit is not None
    assert decided is not None
    assert (kit.holder_id, kit.disputed) == (holder, False)
    assert (decided.decision, decided.reason) == ("settle", "Seen it")
    assert len({record.id for record in decision.records}) == len(decision.records)
