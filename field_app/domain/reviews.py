"""Deciding what was flagged: each kind of flag has its own few decisions, each with a reason."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final, Literal
from uuid import UUID, uuid5

from pydantic import BaseModel

from field_app.domain.assignment import AssignmentStatus, StaffAssignment
from field_app.domain.attendance import count_hours, ensure_not_own
from field_app.domain.chain import Chain, decided_item
from field_app.domain.clock import Stamp
from field_app.domain.decision import Accepted, Noop
from field_app.domain.event import EventInstance, ensure_runs
from field_app.domain.flags import FlagCode
from field_app.domain.kit import ActivityKit, CustodyAct, CustodyEntry, KitInstance
from field_app.domain.records import Record
from field_app.domain.refusals import Refusal, RefusalCode
from field_app.domain.review import ReviewItem, ReviewStatus
from field_app.domain.sight import require_person
from field_app.domain.text import Reason
from field_app.domain.transitions import ASSIGNMENT, step
from field_app.domain.world import World, require

NOTED: Final = "noted"
"""It stays as it is. Every flag can be decided so."""

Effect = Callable[[ReviewItem, "ReviewDecide", Stamp, World], list[Record]]


class ReviewDecide(BaseModel, frozen=True, extra="forbid"):
    """Decide a flag. `holder_id` says who has a disputed kit."""

    kind: Literal["review.decide"] = "review.decide"
    decision: Reason
    reason: Reason
    holder_id: UUID | None = None


def decide_item(op: ReviewDecide, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    item = require(world, ReviewItem, target_id)
    event = require(world, EventInstance, item.event_instance_id)
    ensure_runs(stamp.actor, event, world)
    if item.target_table == StaffAssignment.table:
        ensure_not_own(world.find(StaffAssignment, item.target_id), stamp.actor)
    if item.status is ReviewStatus.DECIDED:
        if (item.decision, item.decided_by) == (op.decision, stamp.actor.id):
            return Noop()
        raise Refusal(RefusalCode.ALREADY_DECIDED)
    if op.decision not in choices(item.flag):
        raise Refusal(RefusalCode.NOT_A_CHOICE)
    effect = EFFECTS.get((item.flag, op.decision))
    records = effect(item, op, stamp, world) if effect else []
    decided = decided_item(item, op.decision, op.reason, stamp)
    return Accepted.of([decided, *(each for each in records if each.id != item.id)])


def choices(flag: str) -> list[str]:
    """The decisions there are for a flag, the one that changes nothing last."""
    return [decision for (code, decision) in EFFECTS if code == flag] + [NOTED]


def _reinstate(item: ReviewItem, _op: ReviewDecide, stamp: Stamp, world: World) -> list[Record]:
    shift = require(world, StaffAssignment, item.target_id)
    status = AssignmentStatus(step(ASSIGNMENT, shift.status, "reinstate"))
    changes = {"status": status, "status_at": stamp.occurred_at, "cancel_reason": None}
    return [shift.revise(**changes, expires_at=None)]


def _believe_punch(item: ReviewItem, _op: ReviewDecide, stamp: Stamp, world: World) -> list[Record]:
    """The punch that was kept beside the shift becomes its time."""
    shift = require(world, StaffAssignment, item.target_id)
    evidence = dict(item.evidence or {})
    punch, at = evidence.pop("punch", "check_in"), evidence.pop("at", None)
    if not isinstance(at, str):
        raise Refusal(RefusalCode.NOT_A_CHOICE)
    moment = dt.datetime.fromisoformat(at)
    verb = "correct_out" if punch == "check_out" or shift.check_out_time else "correct_in"
    status = AssignmentStatus(step(ASSIGNMENT, shift.status, verb))
    changes = (
        {"check_out_time": moment, "location_at_check_out": evidence}
        if punch == "check_out"
        else {"check_in_time": moment, "location_at_check_in": evidence}
    )
    believed = shift.revise(**changes, status=status, status_at=stamp.occurred_at)
    return [count_hours(believed)[0]]


def _believe_claimed_start(
    item: ReviewItem, _op: ReviewDecide, _stamp: Stamp, world: World
) -> list[Record]:
    shift = require(world, StaffAssignment, item.target_id)
    if shift.claimed_start is None:
        raise Refusal(RefusalCode.NOT_A_CHOICE)
    return [count_hours(shift.revise(check_in_time=shift.claimed_start))[0]]


def _say_who_holds_it(
    item: ReviewItem, op: ReviewDecide, stamp: Stamp, world: World
) -> list[Record]:
    """The manager has seen the kit, or knows; their word counts until the next scan."""
    need = require(world, ActivityKit, item.target_id)
    kit = require(world, KitInstance, need.kit_instance_id)
    holder = require_person(stamp.actor, op.holder_id, world) if op.holder_id else None
    entry = CustodyEntry(
        id=uuid5(stamp.operation_id, "custody"),
        kit_instance_id=kit.id,
        activity_kit_id=need.id,
        event_instance_id=need.event_instance_id,
        act=CustodyAct.SETTLE,
        holder_id=holder.id if holder else None,
        recorded_by=stamp.actor.id,
        occurred_at=stamp.occurred_at,
        is_trusted=stamp.clock.grade.is_trusted,
        notes=op.reason,
    )
    return list(Chain.of(kit, world).add(need, [entry], stamp, []).records)


EFFECTS: Final[Mapping[tuple[str, str], Effect]] = {
    (FlagCode.ANSWERED_BEFORE_WITHDRAWAL, "reinstate"): _reinstate,
    (FlagCode.NO_SHOW_CONTESTED, "believe"): _believe_punch,
    (FlagCode.CORRECTED_BEFORE_PUNCH_ARRIVED, "use_punch"): _believe_punch,
    (FlagCode.MISSING_CHECK_IN, "believe"): _believe_claimed_start,
    (FlagCode.CUSTODY_DISPUTED, "settle"): _say_who_holds_it,
}
"""What a decision does beside being written down."""
