"""Running an event: its states and those of its activities."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from field_app.domain.activity import Activity, ActivityStatus
from field_app.domain.assignment import AssignmentStatus, CancelReason, StaffAssignment
from field_app.domain.clock import Stamp
from field_app.domain.counts import add_metrics
from field_app.domain.decision import Accepted, Noop
from field_app.domain.event import (
    EventInstance,
    EventStatus,
    EventTeamMember,
    ensure_runs,
    runs_event,
)
from field_app.domain.person import Actor, Role
from field_app.domain.records import Record
from field_app.domain.refusals import Refusal, RefusalCode
from field_app.domain.text import Paragraph, Reason
from field_app.domain.transitions import ACTIVITY, EVENT, can_step, step, verb_between
from field_app.domain.world import World, require

LEAD = "lead"
REOPEN_WITHIN = dt.timedelta(hours=24)
NOT_BEGUN = frozenset(
    {AssignmentStatus.ASSIGNED, AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED}
)
OFFICE_ONLY = frozenset({"post_process", "reinstate"})
WITH_A_REASON = frozenset({"cancel", "reopen"})

Increments = Annotated[
    dict[Reason, Annotated[float, Field(ge=-1e9, le=1e9)]], Field(min_length=1, max_length=50)
]


class EventTransition(BaseModel, frozen=True, extra="forbid"):
    """Move an event on. Calling it off needs a reason."""

    kind: Literal["event.transition"] = "event.transition"
    to_state: EventStatus
    reason: Reason | None = None


class ActivityTransition(BaseModel, frozen=True, extra="forbid"):
    """Move an activity on, and count. `metrics` are increments, so that two can count at once."""

    kind: Literal["activity.transition"] = "activity.transition"
    to_state: ActivityStatus
    completion_notes: Paragraph | None = None
    reason: Reason | None = None
    metrics: Increments | None = None


def move_event(op: EventTransition, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    event = require(world, EventInstance, target_id)
    ensure_runs(stamp.actor, event, world)
    if event.status is op.to_state:
        return Noop()
    verb = verb_between(EVENT, event.status, op.to_state)
    if verb in OFFICE_ONLY and stamp.actor.role is Role.FIELD_MANAGER:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    if verb in WITH_A_REASON and op.reason is None:
        raise Refusal(RefusalCode.REASON_NEEDED)
    if verb == "reinstate" and stamp.occurred_at >= event.starts_at:
        raise Refusal(RefusalCode.TOO_LATE)
    moved = event.revise(status=op.to_state)
    return Accepted.of([moved, *(call_off(event, stamp, world) if verb == "cancel" else [])])


def move_activity(
    op: ActivityTransition, target_id: UUID, stamp: Stamp, world: World
) -> Accepted | Noop:
    activity = require(world, Activity, target_id)
    event = require(world, EventInstance, activity.event_instance_id)
    may_manage = runs_event(stamp.actor, event, world)
    if not may_manage and not leads(stamp.actor, event, world):
        raise Refusal(RefusalCode.NOT_ALLOWED)
    if activity.status is op.to_state:
        moved = activity
    else:
        verb = verb_between(ACTIVITY, activity.status, op.to_state)
        _ensure_may_move(verb, op, activity, stamp, may_manage)
        moved = activity.revise(status=op.to_state, status_at=stamp.occurred_at)
    if op.completion_notes is not None:
        moved = moved.revise(completion_notes=op.completion_notes)
    if op.metrics is not None:
        moved = add_metrics(moved, op.metrics)
    return Noop() if moved == activity else Accepted.of([moved])


def leads(actor: Actor, event: EventInstance, world: World) -> bool:
    """Whether this person leads the team at an event."""
    where = {"event_instance_id": event.id, "user_id": actor.id}
    team = [member.role for member in world.where(EventTeamMember, **where)]
    shifts = world.where(StaffAssignment, **where)
    worked = [s.role for s in shifts if s.status is not AssignmentStatus.CANCELLED]
    return LEAD in team + worked


def _ensure_may_move(
    verb: str, op: ActivityTransition, activity: Activity, stamp: Stamp, may_manage: bool
) -> None:
    if verb in WITH_A_REASON and not may_manage:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    if verb in WITH_A_REASON and op.reason is None:
        raise Refusal(RefusalCode.REASON_NEEDED)
    completed_at = activity.status_at
    if verb == "reopen" and completed_at and stamp.occurred_at > completed_at + REOPEN_WITHIN:
        raise Refusal(RefusalCode.TOO_LATE)


def call_off(event: EventInstance, stamp: Stamp, world: World) -> list[Record]:
    """Nobody is expected any more; what was worked stays as it is."""
    records: list[Record] = []
    for shift in world.where(StaffAssignment, event_instance_id=event.id):
        if shift.status in NOT_BEGUN:
            cancelled = shift.revise(
                status=AssignmentStatus.CANCELLED,
                cancel_reason=CancelReason.EVENT_CANCELLED.value,
                status_at=stamp.occurred_at,
            )
            records.append(cancelled)
    for activity in world.where(Activity, event_instance_id=event.id):
        if can_step(ACTIVITY, activity.status, "cancel"):
            status = ActivityStatus(step(ACTIVITY, activity.status, "cancel"))
            records.append(activity.revise(status=status, status_at=stamp.occurred_at))
    return records
