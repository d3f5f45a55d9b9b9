"""Offering a shift, and answering the offer."""

import datetime as dt
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from field_app.domain.activity import Activity, ActivityStatus
from field_app.domain.assignment import (
    LIVE,
    AssignmentStatus,
    CancelReason,
    StaffAssignment,
)
from field_app.domain.clock import Stamp
from field_app.domain.decision import Accepted, Noop
from field_app.domain.event import EventInstance, ensure_open, ensure_runs, follow, runs_event
from field_app.domain.flags import Flag, FlagCode
from field_app.domain.person import Role, User
from field_app.domain.records import Record, format_instant
from field_app.domain.refusals import Refusal, RefusalCode
from field_app.domain.sight import require_person
from field_app.domain.text import Paragraph, Reason, WireInstant
from field_app.domain.transitions import ACTIVITY, ASSIGNMENT, can_step, step
from field_app.domain.world import World, require

ALLOCATED = frozenset(
    {AssignmentStatus.ACCEPTED, AssignmentStatus.CHECKED_IN, AssignmentStatus.CHECKED_OUT}
)


class AssignmentOffer(BaseModel, frozen=True, extra="forbid"):
    """Offer a shift to a person. The target is the assignment's id, new or existing."""

    kind: Literal["assignment.offer"] = "assignment.offer"
    event_instance_id: UUID
    activity_id: UUID | None = None
    user_id: UUID
    role: Reason
    special_instructions: Paragraph | None = None
    expires_at: WireInstant | None = None


class AssignmentWithdraw(BaseModel, frozen=True, extra="forbid"):
    """Take back an offer that nobody has accepted yet."""

    kind: Literal["assignment.withdraw"] = "assignment.withdraw"
    reason: Reason


class AssignmentAccept(BaseModel, frozen=True, extra="forbid"):
    """Say yes to an offer."""

    kind: Literal["assignment.accept"] = "assignment.accept"


class AssignmentReject(BaseModel, frozen=True, extra="forbid"):
    """Say no to an offer."""

    kind: Literal["assignment.reject"] = "assignment.reject"
    reason: Reason


class AssignmentCancel(BaseModel, frozen=True, extra="forbid"):
    """Call off a shift that has not begun: a manager, or the agent their own."""

    kind: Literal["assignment.cancel"] = "assignment.cancel"
    reason: Reason


def offer(op: AssignmentOffer, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    event = require(world, EventInstance, op.event_instance_id)
    ensure_runs(stamp.actor, event, world)
    ensure_open(event)
    _ensure_bookable(require_person(stamp.actor, op.user_id, world))
    _ensure_activity_of(event, op.activity_id, world)
    before = world.find(StaffAssignment, target_id)
    if before is None:
        _ensure_no_other(op, target_id, world)
        before = _new_assignment(op, target_id)
    elif (before.user_id, before.event_instance_id) != (op.user_id, op.event_instance_id):
        raise Refusal(RefusalCode.WRONG_STATE)
    terms = op.model_dump(exclude={"kind", "event_instance_id", "user_id"})
    if before.status is AssignmentStatus.OFFERED and before == before.revise(**terms):
        return Noop()
    status = AssignmentStatus(step(ASSIGNMENT, before.status, "offer"))
    offered = before.revise(**terms, status=status, status_at=stamp.occurred_at, reject_reason=None)
    return Accepted.of([offered])


def withdraw(
    _op: AssignmentWithdraw, target_id: UUID, stamp: Stamp, world: World
) -> Accepted | Noop:
    """The reason stays with the operation, for the audit entry."""
    assignment, event = _shift(target_id, world)
    ensure_runs(stamp.actor, event, world)
    if assignment.status is AssignmentStatus.CANCELLED:
        return Noop()
    status = AssignmentStatus(step(ASSIGNMENT, assignment.status, "withdraw"))
    changes = {"status": status, "cancel_reason": CancelReason.OFFER_WITHDRAWN.value}
    return Accepted.of([assignment.revise(**changes, status_at=stamp.occurred_at)])


def accept(_op: AssignmentAccept, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    assignment, event = _shift(target_id, world)
    _ensure_own(assignment, stamp)
    if assignment.status in ALLOCATED:
        return Noop()
    _ensure_still_offered(assignment, stamp)
    status = AssignmentStatus(step(ASSIGNMENT, assignment.status, "accept"))
    ensure_open(event)
    accepted = assignment.revise(status=status, status_at=stamp.occurred_at)
    staffed = _follow_staffing(accepted, world)
    return Accepted.of([accepted, *follow(event, "prepare"), *staffed])


def reject(op: AssignmentReject, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    assignment, _ = _shift(target_id, world)
    _ensure_own(assignment, stamp)
    if assignment.status in {AssignmentStatus.REJECTED, AssignmentStatus.CANCELLED}:
        return Noop()
    status = AssignmentStatus(step(ASSIGNMENT, assignment.status, "reject"))
    changes = {"status": status, "reject_reason": op.reason}
    return Accepted.of([assignment.revise(**changes, status_at=stamp.occurred_at)])


def cancel(op: AssignmentCancel, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    assignment, event = _shift(target_id, world)
    is_own = assignment.user_id == stamp.actor.id
    if not is_own and not runs_event(stamp.actor, event, world):
        raise Refusal(RefusalCode.NOT_YOURS)
    if assignment.status is AssignmentStatus.CANCELLED:
        return Noop()
    status = AssignmentStatus(step(ASSIGNMENT, assignment.status, "cancel"))
    reason = CancelReason.AGENT_DROPPED if is_own else _managers_reason(op.reason)
    cancelled = assignment.revise(
        status=status, cancel_reason=reason.value, status_at=stamp.occurred_at
    )
    return Accepted.of([cancelled, *_follow_staffing(cancelled, world)])


def _shift(target_id: UUID, world: World) -> tuple[StaffAssignment, EventInstance]:
    assignment = require(world, StaffAssignment, target_id)
    return assignment, require(world, EventInstance, assignment.event_instance_id)


def _ensure_own(assignment: StaffAssignment, stamp: Stamp) -> None:
    if assignment.user_id != stamp.actor.id:
        raise Refusal(RefusalCode.NOT_YOURS)


def _ensure_bookable(user: User) -> None:
    if user.role is Role.CLIENT or user.status != "active":
        raise Refusal(RefusalCode.NOT_ALLOWED)


def _ensure_activity_of(event: EventInstance, activity_id: UUID | None, world: World) -> None:
    if activity_id is None:
        return
    if require(world, Activity, activity_id).event_instance_id != event.id:
        raise Refusal(RefusalCode.UNKNOWN_TARGET)


def _ensure_no_other(op: AssignmentOffer, target_id: UUID, world: World) -> None:
    held = world.where(StaffAssignment, event_instance_id=op.event_instance_id, user_id=op.user_id)
    same = [a for a in held if a.activity_id == op.activity_id and a.id != target_id]
    if any(other.status in LIVE for other in same):
        raise Refusal(RefusalCode.ALREADY_BOOKED)


def _new_assignment(op: AssignmentOffer, target_id: UUID) -> StaffAssignment:
    return StaffAssignment(
        id=target_id,
        event_instance_id=op.event_instance_id,
        user_id=op.user_id,
        role=op.role,
    )


def _ensure_still_offered(assignment: StaffAssignment, stamp: Stamp) -> None:
    """Refuses what was withdrawn or has expired; a trusted yes from before then is flagged."""
    if assignment.status is AssignmentStatus.CANCELLED:
        code = _why_cancelled(assignment)
        if code is RefusalCode.AGENT_DROPPED:
            raise Refusal(code)  # their own later word: nothing to put right
        raise Refusal(code, *_answered_before(assignment.status_at, stamp))
    expires_at = assignment.expires_at
    if expires_at is not None and stamp.received_at > expires_at:
        raise Refusal(RefusalCode.OFFER_EXPIRED, *_answered_before(expires_at, stamp))


def _why_cancelled(assignment: StaffAssignment) -> RefusalCode:
    """The booking system writes reasons too, perhaps in words of its own."""
    reason = assignment.cancel_reason or CancelReason.OFFER_WITHDRAWN.value
    known = {code.value for code in CancelReason}
    return RefusalCode(reason) if reason in known else RefusalCode.CANCELLED_BY_MANAGER


def _answered_before(ended_at: dt.datetime | None, stamp: Stamp) -> list[Flag]:
    if ended_at is None or not stamp.clock.grade.is_trusted or stamp.occurred_at >= ended_at:
        return []
    evidence = {
        "answered_at": format_instant(stamp.occurred_at),
        "ended_at": format_instant(ended_at),
        "received_at": format_instant(stamp.received_at),
    }
    return [Flag(FlagCode.ANSWERED_BEFORE_WITHDRAWAL, evidence)]


def _managers_reason(reason: str) -> CancelReason:
    given = {code.value: code for code in CancelReason if code is not CancelReason.AGENT_DROPPED}
    return given.get(reason, CancelReason.CANCELLED_BY_MANAGER)


def _follow_staffing(changed: StaffAssignment, world: World) -> list[Record]:
    """The activity, planned or assigned as its live assignments now say."""
    if changed.activity_id is None:
        return []
    activity = world.find(Activity, changed.activity_id)
    if activity is None:
        return []
    others = world.where(StaffAssignment, activity_id=activity.id)
    live = [changed, *(other for other in others if other.id != changed.id)]
    verb = "staff" if any(a.status in ALLOCATED for a in live) else "unstaff"
    if not can_step(ACTIVITY, activity.status, verb):
        return []
    return [activity.revise(status=ActivityStatus(ACTIVITY[activity.status, verb]))]
