"""What follows from the time alone. Only the server itself does these, as `Role.SYSTEM`."""

import datetime as dt
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from field_app.domain.assignment import AssignmentStatus, StaffAssignment
from field_app.domain.attendance import count_hours
from field_app.domain.clock import Stamp
from field_app.domain.decision import Accepted, Noop
from field_app.domain.event import EventInstance, EventStatus
from field_app.domain.flags import Flag, FlagCode
from field_app.domain.person import Role
from field_app.domain.records import format_instant
from field_app.domain.refusals import Refusal, RefusalCode
from field_app.domain.transitions import ASSIGNMENT, EVENT, can_step, step
from field_app.domain.world import World, require

CLOSE_AFTER = dt.timedelta(hours=4)
COMPLETE_AFTER = dt.timedelta(hours=2)
POST_PROCESS_AFTER = dt.timedelta(hours=24)


class AssignmentClose(BaseModel, frozen=True, extra="forbid"):
    """C7: nobody checked out, so the shift ends when it was planned to, provisionally."""

    kind: Literal["assignment.close"] = "assignment.close"


class EventAdvance(BaseModel, frozen=True, extra="forbid"):
    """An event that is over is completed, and a day later handed to post-processing."""

    kind: Literal["event.advance"] = "event.advance"


def close(_op: AssignmentClose, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    _ensure_system(stamp)
    shift = require(world, StaffAssignment, target_id)
    event = require(world, EventInstance, shift.event_instance_id)
    if shift.status is not AssignmentStatus.CHECKED_IN:
        return Noop()
    if stamp.occurred_at < event.ends_at + CLOSE_AFTER:
        raise Refusal(RefusalCode.TOO_EARLY)
    began_at = shift.check_in_time or event.starts_at
    ended_at = max(event.ends_at, began_at)
    status = AssignmentStatus(step(ASSIGNMENT, shift.status, "check_out"))
    closed = shift.revise(
        status=status,
        status_at=stamp.occurred_at,
        check_out_time=ended_at,
        location_at_check_out={
            "provisional": True,
            "received_at": format_instant(stamp.received_at),
        },
    )
    counted, odd = count_hours(closed)
    evidence = {"closed_at": format_instant(ended_at)}
    return Accepted.of([counted], [Flag(FlagCode.MISSING_CHECK_OUT, evidence), *odd])


def advance(_op: EventAdvance, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    _ensure_system(stamp)
    event = require(world, EventInstance, target_id)
    verb = _due(event, stamp.occurred_at, world)
    if verb is None or not can_step(EVENT, event.status, verb):
        return Noop()
    return Accepted.of([event.revise(status=EventStatus(EVENT[event.status, verb]))])


def _due(event: EventInstance, now: dt.datetime, world: World) -> str | None:
    if event.status is EventStatus.IN_PROGRESS:
        shifts = world.where(StaffAssignment, event_instance_id=event.id)
        all_out = all(shift.status is not AssignmentStatus.CHECKED_IN for shift in shifts)
        return "complete" if all_out and now >= event.ends_at + COMPLETE_AFTER else None
    if event.status is EventStatus.COMPLETED:
        return "post_process" if now >= event.ends_at + POST_PROCESS_AFTER else None
    return None


def _ensure_system(stamp: Stamp) -> None:
    if stamp.actor.role is not Role.SYSTEM:
        raise Refusal(RefusalCode.NOT_ALLOWED)
