"""Being there: check-in, check-out, no-show, and correcting the times.

Check-in and check-out are facts: whatever they say, they are kept, and flagged where
something is off.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from field_app.domain.assignment import AssignmentStatus, StaffAssignment
from field_app.domain.clock import ClockGrade, Stamp
from field_app.domain.decision import Accepted, Noop
from field_app.domain.event import EventInstance, EventStatus, ensure_runs, follow, runs_event
from field_app.domain.evidence import Fallback, Proof, Punch, prove
from field_app.domain.flags import Flag, FlagCode
from field_app.domain.geofence import FenceVerdict
from field_app.domain.person import Actor
from field_app.domain.records import format_instant
from field_app.domain.refusals import Refusal, RefusalCode
from field_app.domain.text import Line, Paragraph, Reason, WireInstant
from field_app.domain.transitions import ASSIGNMENT, step
from field_app.domain.world import World, require

NO_SHOW_AFTER = dt.timedelta(minutes=30)
LONG_SHIFT = dt.timedelta(hours=16)
MOST_HOURS = Decimal("999.99")  # what DECIMAL(5,2) can hold


class AssignmentCheckIn(Punch, frozen=True, extra="forbid"):
    """I am here."""

    kind: Literal["assignment.check_in"] = "assignment.check_in"


class AssignmentCheckOut(Punch, frozen=True, extra="forbid"):
    """I am leaving. `claimed_start` answers "When did you start?" where no check-in is known."""

    kind: Literal["assignment.check_out"] = "assignment.check_out"
    feedback: Paragraph | None = None
    claimed_start: WireInstant | None = None


class AssignmentNoShow(BaseModel, frozen=True, extra="forbid"):
    """They did not come."""

    kind: Literal["assignment.no_show"] = "assignment.no_show"
    note: Line | None = None


class AssignmentCorrectTime(BaseModel, frozen=True, extra="forbid"):
    """A manager sets the times right. A time left out stays as it is."""

    kind: Literal["assignment.correct_time"] = "assignment.correct_time"
    check_in_time: WireInstant | None = None
    check_out_time: WireInstant | None = None
    reason: Reason


def check_in(op: AssignmentCheckIn, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    shift, event = _punched_shift(op, target_id, stamp, world)
    proof = prove(op, event, stamp, world)
    match shift.status:
        case AssignmentStatus.ACCEPTED:
            return _arrive(shift, event, proof, stamp)
        case AssignmentStatus.NO_SHOW:
            return _contest_no_show(shift, event, proof, stamp)
        case AssignmentStatus.CHECKED_IN | AssignmentStatus.CHECKED_OUT:
            return _check_in_again(shift, proof, stamp)
        case _:
            kept = shift.revise(
                check_in_time=shift.check_in_time or stamp.occurred_at,
                location_at_check_in=shift.location_at_check_in or proof.document,
            )
            return _with_hours(kept, proof, _unexpected(shift, stamp))


def check_out(
    op: AssignmentCheckOut, target_id: UUID, stamp: Stamp, world: World
) -> Accepted | Noop:
    shift, event = _punched_shift(op, target_id, stamp, world)
    proof = prove(op, event, stamp, world)
    if op.feedback:
        shift = shift.revise(feedback=op.feedback)
    match shift.status:
        case AssignmentStatus.CHECKED_IN:
            return _leave(shift, proof, stamp)
        case AssignmentStatus.ACCEPTED:
            claimed = shift.revise(claimed_start=op.claimed_start)
            return _leave(claimed, proof, stamp, Flag(FlagCode.MISSING_CHECK_IN))
        case AssignmentStatus.CHECKED_OUT:
            return _check_out_again(shift, proof, stamp)
        case AssignmentStatus.NO_SHOW:
            evidence = proof.document | {"punch": "check_out", "at": _at(stamp)}
            return Accepted.of([shift], [Flag(FlagCode.NO_SHOW_CONTESTED, evidence), *proof.flags])
        case _:
            kept = shift.revise(
                check_out_time=shift.check_out_time or stamp.occurred_at,
                location_at_check_out=shift.location_at_check_out or proof.document,
            )
            return _with_hours(kept, proof, _unexpected(shift, stamp))


def no_show(_op: AssignmentNoShow, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    """The note stays with the operation, for the audit entry."""
    shift = require(world, StaffAssignment, target_id)
    event = require(world, EventInstance, shift.event_instance_id)
    ensure_runs(stamp.actor, event, world)
    if shift.status is AssignmentStatus.NO_SHOW:
        return Noop()
    status = AssignmentStatus(step(ASSIGNMENT, shift.status, "no_show"))
    if stamp.occurred_at < event.starts_at + NO_SHOW_AFTER:
        raise Refusal(RefusalCode.TOO_EARLY)
    return Accepted.of([shift.revise(status=status, status_at=stamp.occurred_at)])


def correct_time(
    op: AssignmentCorrectTime, target_id: UUID, stamp: Stamp, world: World
) -> Accepted:
    shift = require(world, StaffAssignment, target_id)
    event = require(world, EventInstance, shift.event_instance_id)
    ensure_runs(stamp.actor, event, world)
    ensure_not_own(shift, stamp.actor)
    start = op.check_in_time or shift.check_in_time
    end = op.check_out_time or shift.check_out_time
    if start is None and end is None:
        raise Refusal(RefusalCode.WRONG_STATE)  # a no-show stays one until a time says otherwise
    if start is not None and end is not None and end <= start:
        raise Refusal(RefusalCode.TIMES_OUT_OF_ORDER)
    verb = "correct_in" if end is None else "correct_out"
    status = AssignmentStatus(step(ASSIGNMENT, shift.status, verb))
    corrected = shift.revise(
        status=status,
        status_at=shift.status_at if status is shift.status else stamp.occurred_at,
        check_in_time=start,
        check_out_time=end,
        times_corrected_at=stamp.occurred_at,
    )
    counted, odd = count_hours(corrected)
    return Accepted.of([counted], odd)


def ensure_not_own(shift: StaffAssignment | None, actor: Actor) -> None:
    """Four eyes: nobody decides about the times they are paid for, whatever their role."""
    if shift is not None and shift.user_id == actor.id:
        raise Refusal(RefusalCode.OWN_TIMES)


def _punched_shift(
    op: Punch, target_id: UUID, stamp: Stamp, world: World
) -> tuple[StaffAssignment, EventInstance]:
    """The shift, if it is this person's own, or somebody else's for which they vouch as manager."""
    shift = require(world, StaffAssignment, target_id)
    event = require(world, EventInstance, shift.event_instance_id)
    may = runs_event(stamp.actor, event, world) if op.vouched else shift.user_id == stamp.actor.id
    if not may:
        raise Refusal(RefusalCode.NOT_YOURS)
    if op.vouched:
        ensure_not_own(shift, stamp.actor)
    return shift, event


def _arrive(
    shift: StaffAssignment, event: EventInstance, proof: Proof, stamp: Stamp, *extra: Flag
) -> Accepted:
    status = AssignmentStatus(step(ASSIGNMENT, shift.status, "check_in"))
    arrived = shift.revise(
        status=status,
        status_at=stamp.occurred_at,
        check_in_time=stamp.occurred_at,
        location_at_check_in=proof.document,
    )
    flags = [*extra, *proof.flags]
    if event.status is EventStatus.CANCELLED:
        flags.insert(0, Flag(FlagCode.WORKED_WHILE_CANCELLED, {"cancelled": "event"}))
    return Accepted.of([arrived, *follow(event, "start")], flags)


def _contest_no_show(
    shift: StaffAssignment, event: EventInstance, proof: Proof, stamp: Stamp
) -> Accepted:
    """C5: a trusted check-in with proof of place overturns the no-show; any other contests it."""
    evidence = proof.document | {"punch": "check_in", "at": _at(stamp)}
    there = proof.verdict in {FenceVerdict.INSIDE, FenceVerdict.NEAR}
    is_proven = there or proof.punch.vouched or proof.punch.fallback is Fallback.PHOTO
    if stamp.clock.grade.is_trusted and is_proven:
        return _arrive(shift, event, proof, stamp, Flag(FlagCode.NO_SHOW_OVERTURNED, evidence))
    return Accepted.of([], [Flag(FlagCode.NO_SHOW_CONTESTED, evidence), *proof.flags])


def _check_in_again(shift: StaffAssignment, proof: Proof, stamp: Stamp) -> Accepted | Noop:
    if shift.times_corrected_at is not None:
        return _after_correction(shift, "check_in", proof, stamp)
    current = shift.location_at_check_in or {}
    came_at = shift.check_in_time
    if came_at is None or _outranks(came_at, current, proof, stamp):
        document = proof.document | _witness(shift)
        revised = shift.revise(
            check_in_time=stamp.occurred_at, location_at_check_in=document, claimed_start=None
        )
        return _with_hours(revised, proof)
    if proof.punch.vouched and "vouched_by" not in current and "witness" not in current:
        witnessed = current | {"witness": proof.document | {"at": _at(stamp)}}
        return Accepted.of([shift.revise(location_at_check_in=witnessed)])
    return Noop()


def _check_out_again(shift: StaffAssignment, proof: Proof, stamp: Stamp) -> Accepted | Noop:
    if shift.times_corrected_at is not None:
        return _after_correction(shift, "check_out", proof, stamp)
    current = shift.location_at_check_out or {}
    ended_at = shift.check_out_time
    if ended_at is None or "provisional" in current or _outranks(ended_at, current, proof, stamp):
        revised = shift.revise(
            check_out_time=stamp.occurred_at, location_at_check_out=proof.document
        )
        return _with_hours(revised, proof)
    return Noop()


def _witness(shift: StaffAssignment) -> dict[str, Any]:
    """C9: the vouch so far, to be kept beside the punch that takes its place."""
    current, at = shift.location_at_check_in or {}, shift.check_in_time
    if at is not None and "vouched_by" in current:
        return {"witness": current | {"at": format_instant(at)}}
    return {"witness": current["witness"]} if "witness" in current else {}


def _outranks(at: dt.datetime, current: dict[str, Any], proof: Proof, stamp: Stamp) -> bool:
    """C8, C9: a person's own punch beats a vouch; of two alike the earliest trusted one stays."""
    if ("vouched_by" in current) != proof.punch.vouched:
        return not proof.punch.vouched
    was_trusted = current.get("clock", {}).get("grade") != ClockGrade.LOW
    return stamp.clock.grade.is_trusted and (not was_trusted or stamp.occurred_at < at)


def _after_correction(shift: StaffAssignment, punch: str, proof: Proof, stamp: Stamp) -> Accepted:
    """C10: the manager's correction stays; the raw punch is kept beside it."""
    evidence = proof.document | {"punch": punch, "at": _at(stamp)}
    return Accepted.of([shift], [Flag(FlagCode.CORRECTED_BEFORE_PUNCH_ARRIVED, evidence)])


def _leave(shift: StaffAssignment, proof: Proof, stamp: Stamp, *extra: Flag) -> Accepted:
    left = shift.revise(
        status=AssignmentStatus(step(ASSIGNMENT, shift.status, "check_out")),
        status_at=stamp.occurred_at,
        check_out_time=stamp.occurred_at,
        location_at_check_out=proof.document,
    )
    return _with_hours(left, proof, extra)


def _unexpected(shift: StaffAssignment, stamp: Stamp) -> list[Flag]:
    """A punch on a shift nobody expected to be worked: kept, and somebody should know."""
    if shift.status is not AssignmentStatus.CANCELLED:
        return [Flag(FlagCode.NOT_ACCEPTED, {"status": shift.status.value})]
    knew = stamp.base_version is not None and stamp.base_version >= shift.version
    evidence = {"cancelled": "assignment", "reason": shift.cancel_reason, "device_knew": knew}
    return [Flag(FlagCode.WORKED_WHILE_CANCELLED, evidence)]


def _with_hours(shift: StaffAssignment, proof: Proof, first: Iterable[Flag] = ()) -> Accepted:
    counted, odd = count_hours(shift)
    return Accepted.of([counted], [*first, *odd, *proof.flags])


def count_hours(shift: StaffAssignment) -> tuple[StaffAssignment, list[Flag]]:
    """The shift with `hours_worked`, two decimals half-up; long or negative ones are flagged.

    Instants are subtracted, never local times, so overnight and DST nights come out right.
    """
    if shift.check_in_time is None or shift.check_out_time is None:
        return shift.revise(hours_worked=None), []
    # In UTC: Python subtracts two times of one zone by their wall clocks.
    elapsed = shift.check_out_time.astimezone(dt.UTC) - shift.check_in_time.astimezone(dt.UTC)
    worked = Decimal(elapsed // dt.timedelta(seconds=1)) / 3600
    hours = worked.quantize(Decimal("0.01"), ROUND_HALF_UP)
    is_odd = not dt.timedelta(0) <= elapsed <= LONG_SHIFT
    flags = [Flag(FlagCode.IMPLAUSIBLE_HOURS, {"hours": float(hours)})] if is_odd else []
    return shift.revise(hours_worked=hours if abs(hours) <= MOST_HOURS else None), flags


def _at(stamp: Stamp) -> str:
    return format_instant(stamp.occurred_at)
