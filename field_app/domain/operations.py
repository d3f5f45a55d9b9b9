"""Every operation there is, and `decide()`: the one place where an operation meets the rules.

The same function runs at the tap, at the rebase and on the server.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Final, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from field_app.domain import (
    attendance,
    bookings,
    handling,
    issues,
    kit_issues,
    offers,
    reservations,
    reviews,
    running,
    triage,
    upkeep,
)
from field_app.domain.attendance import (
    AssignmentCheckIn,
    AssignmentCheckOut,
    AssignmentCorrectTime,
    AssignmentNoShow,
)
from field_app.domain.bookings import BookingTransition
from field_app.domain.clock import Stamp
from field_app.domain.decision import Accepted, Decision, Noop, Refused
from field_app.domain.handling import KitCheckOut, KitHandOver, KitReturn
from field_app.domain.issues import IssueAddPhoto, IssueRemovePhoto, IssueReport
from field_app.domain.kit_issues import KitReportIssue, KitResolveIssue
from field_app.domain.mirrored import BY_TABLE
from field_app.domain.offers import (
    AssignmentAccept,
    AssignmentCancel,
    AssignmentOffer,
    AssignmentReject,
    AssignmentWithdraw,
)
from field_app.domain.records import Record
from field_app.domain.refusals import Refusal, RefusalCode
from field_app.domain.reservations import KitAssign, KitPrepare, KitUnassign
from field_app.domain.reviews import ReviewDecide
from field_app.domain.running import ActivityTransition, EventTransition
from field_app.domain.sight import NAMED_IN, Without, unseen
from field_app.domain.triage import (
    IssueAcknowledge,
    IssueReopen,
    IssueResolve,
    IssueSetSeverity,
    IssueStart,
)
from field_app.domain.upkeep import AssignmentClose, EventAdvance
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
    | AssignmentCorrectTime
    | AssignmentClose
    | KitAssign
    | KitUnassign
    | KitPrepare
    | KitCheckOut
    | KitHandOver
    | KitReturn
    | KitReportIssue
    | KitResolveIssue
    | IssueReport
    | IssueAddPhoto
    | IssueRemovePhoto
    | IssueAcknowledge
    | IssueStart
    | IssueResolve
    | IssueReopen
    | IssueSetSeverity
    | EventTransition
    | EventAdvance
    | ActivityTransition
    | ReviewDecide
    | BookingTransition,
    Field(discriminator="kind"),
]
OPERATION: TypeAdapter[Operation] = TypeAdapter(Operation)
_MEMBERS = get_args(get_args(Operation)[0])

KINDS = frozenset(get_args(member.model_fields["kind"].annotation)[0] for member in _MEMBERS)
"""Every kind of operation that this version knows."""

FACTS = frozenset(
    {
        "assignment.check_in",
        "assignment.check_out",
        "kit.check_out",
        "kit.hand_over",
        "kit.return",
        "kit.report_issue",
        "issue.report",
        "issue.add_photo",
    }
)
"""Kinds that happened whether we like it or not; everything else is a claim."""

TARGETS = {
    "assignment": "staff_assignments",
    "kit": "activity_kits",
    "issue": "event_issues",
    "event": "event_instances",
    "activity": "activities",
    "review": "review_items",
    "booking": "bookings",
}
"""The table of an operation's target row, by the first word of its kind."""


def target_table(kind: str) -> str:
    return TARGETS[kind.partition(".")[0]]


Rule = Callable[[Any, UUID, Stamp, World], Accepted | Noop]

RULES: Final[Mapping[type[BaseModel], Rule]] = {
    AssignmentOffer: offers.offer,
    AssignmentWithdraw: offers.withdraw,
    AssignmentAccept: offers.accept,
    AssignmentReject: offers.reject,
    AssignmentCancel: offers.cancel,
    AssignmentCheckIn: attendance.check_in,
    AssignmentCheckOut: attendance.check_out,
    AssignmentNoShow: attendance.no_show,
    AssignmentCorrectTime: attendance.correct_time,
    AssignmentClose: upkeep.close,
    KitAssign: reservations.assign,
    KitUnassign: reservations.unassign,
    KitPrepare: reservations.prepare,
    KitCheckOut: handling.check_out,
    KitHandOver: handling.hand_over,
    KitReturn: handling.give_back,
    KitReportIssue: kit_issues.report_issue,
    KitResolveIssue: kit_issues.resolve_issue,
    IssueReport: issues.report,
    IssueAddPhoto: issues.add_photo,
    IssueRemovePhoto: issues.remove_photo,
    IssueAcknowledge: triage.acknowledge,
    IssueStart: triage.start,
    IssueResolve: triage.resolve,
    IssueReopen: triage.reopen,
    IssueSetSeverity: triage.set_severity,
    EventTransition: running.move_event,
    EventAdvance: upkeep.advance,
    ActivityTransition: running.move_activity,
    ReviewDecide: reviews.decide_item,
    BookingTransition: bookings.move_booking,
}
"""The rule that judges each operation. A rule raises `Refusal`, and looks, but never writes."""


class Envelope(BaseModel):
    """What is queued and sent: an operation, its target and its stamp. `seq` counts per device."""

    model_config = ConfigDict(frozen=True)

    stamp: Stamp
    seq: int
    target_id: UUID
    time_zone_offset_min: int
    operation: Operation


def decide(envelope: Envelope, world: World) -> Decision:
    """Judge an operation against the records of this side. Writes nothing, raises nothing.

    What changes nothing never tells that something is there which this person may not know of.
    """
    decision = _judge(envelope, world)
    if isinstance(decision, Accepted):
        return decision
    hidden = unseen(envelope.stamp.actor, _named(envelope), world)
    if not hidden:
        return decision
    as_if_absent = _judge(envelope, Without(world, hidden))
    is_refused = isinstance(as_if_absent, Refused)
    return as_if_absent if is_refused else Refused(RefusalCode.UNKNOWN_TARGET)


def _judge(envelope: Envelope, world: World) -> Decision:
    try:
        rule = RULES[type(envelope.operation)]
        return rule(envelope.operation, envelope.target_id, envelope.stamp, world)
    except Refusal as refusal:
        return Refused(refusal.code, refusal.flags)


def _named(envelope: Envelope) -> Iterator[tuple[type[Record], UUID]]:
    """The records that an operation is about, or names."""
    yield BY_TABLE[target_table(envelope.operation.kind)], envelope.target_id
    for name, kind in NAMED_IN.items():
        if (record_id := getattr(envelope.operation, name, None)) is not None:
            yield kind, record_id
