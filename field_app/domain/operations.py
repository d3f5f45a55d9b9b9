"""Every operation there is, and `decide()`: the one place where an operation meets the rules.

The same function runs at the tap, at the rebase and on the server.
"""

from typing import Annotated, assert_never, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from field_app.domain import attendance, offers
from field_app.domain.attendance import (
    AssignmentCheckIn,
    AssignmentCheckOut,
    AssignmentCorrectTime,
    AssignmentNoShow,
)
from field_app.domain.clock import Stamp
from field_app.domain.decision import Accepted, Decision, Noop, Refused
from field_app.domain.offers import (
    AssignmentAccept,
    AssignmentCancel,
    AssignmentOffer,
    AssignmentReject,
    AssignmentWithdraw,
)
from field_app.domain.refusals import Refusal
from field_app.domain.world import World

Operation = Annotated[
    AssignmentOffer
    | AssignmentWithdraw
    | AssignmentAccept
    | AssignmentReject
    | AssignmentCancel
    | AssignmentCheckIn
    | AssignmentCheckOut
    | AssignmentNoShow
    | AssignmentCorrectTime,
    Field(discriminator="kind"),
]
OPERATION: TypeAdapter[Operation] = TypeAdapter(Operation)
_MEMBERS = get_args(get_args(Operation)[0])

KINDS = frozenset(get_args(member.model_fields["kind"].annotation)[0] for member in _MEMBERS)
"""Every kind of operation that this version knows."""

FACTS = frozenset({"assignment.check_in", "assignment.check_out"})
"""Kinds that happened whether we like it or not; everything else is a claim."""

TARGETS = {"assignment": "staff_assignments"}
"""The table of an operation's target row, by the first word of its kind."""


def target_table(kind: str) -> str:
    return TARGETS[kind.partition(".")[0]]


class Envelope(BaseModel):
    """What is queued and sent: an operation, its target and its stamp. `seq` counts per device."""

    model_config = ConfigDict(frozen=True)

    stamp: Stamp
    seq: int
    target_id: UUID
    time_zone_offset_min: int
    operation: Operation


def decide(envelope: Envelope, world: World) -> Decision:
    """Judge an operation against the records of this side. Writes nothing, raises nothing."""
    try:
        return _dispatch(envelope, world)
    except Refusal as refusal:
        return Refused(refusal.code, refusal.flags)


def _dispatch(envelope: Envelope, world: World) -> Accepted | Noop:
    target_id, stamp = envelope.target_id, envelope.stamp
    match envelope.operation:
        case AssignmentOffer() as op:
            return offers.offer(op, target_id, stamp, world)
        case AssignmentWithdraw() as op:
            return offers.withdraw(op, target_id, stamp, world)
        case AssignmentAccept():
            return offers.accept(target_id, stamp, world)
        case AssignmentReject() as op:
            return offers.reject(op, target_id, stamp, world)
        case AssignmentCancel() as op:
            return offers.cancel(op, target_id, stamp, world)
        case AssignmentCheckIn() as op:
            return attendance.check_in(op, target_id, stamp, world)
        case AssignmentCheckOut() as op:
            return attendance.check_out(op, target_id, stamp, world)
        case AssignmentNoShow() as op:
            return attendance.no_show(op, target_id, stamp, world)
        case AssignmentCorrectTime() as op:
            return attendance.correct_time(op, target_id, stamp, world)
        case other:
            assert_never(other)
