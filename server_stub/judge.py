"""Judging one operation against the central records, and writing down what follows from it."""

import datetime as dt
from dataclasses import dataclass

from pydantic import ValidationError
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from field_app.domain.decision import Accepted, Decision, Noop, Refused
from field_app.domain.mirrored import BY_TABLE
from field_app.domain.operations import FACTS, Envelope, decide, target_table
from field_app.domain.refusals import SENTENCES, RefusalCode
from field_app.domain.review import ReviewItem
from field_app.domain.upcasts import upcast
from field_app.domain.wire import Verdict, VerdictStatus, from_wire
from server_stub.audit import Trail, review_items
from server_stub.ledger import Received
from server_stub.problems import first_error
from server_stub.tokens import Caller
from server_stub.world import CentralWorld

GUARDS = {
    "staff_assignments_one_live": RefusalCode.ALREADY_BOOKED,
    "activity_kits_reserved_once": RefusalCode.KIT_NOT_AVAILABLE,
}
"""Constraints that back a rule against two writers at once, and the refusal they mean."""

SET_APART = "set_apart"
"""The code of operations that wait for an operator because their author has no access any more."""

PARKED = "The office has to look at this one. It is kept, and nothing else waits for it."


@dataclass(frozen=True)
class Judgement:
    """A verdict; where rules came to a decision also that, so that it can be carried out."""

    verdict: Verdict
    envelope: Envelope | None = None
    decision: Decision | None = None


class UnitOfWork:
    """The records and the trail of operations that share a transaction, written by `flush()`."""

    def __init__(self, connection: Connection, *, is_careful: bool = True) -> None:
        self.connection = connection
        self.world = CentralWorld(connection, is_careful=is_careful)
        self.trail = Trail()

    def carry_out(self, envelope: Envelope, decision: Decision) -> None:
        """Have rows, audit entry and review items written at the next flush."""
        changes = []
        if isinstance(decision, Accepted):
            changes = [self.world.write(record) for record in decision.records]
        flags = [] if isinstance(decision, Noop) else list(decision.flags)
        kind = BY_TABLE[target_table(envelope.operation.kind)]
        target = self.world.find(kind, envelope.target_id)
        if not isinstance(decision, Refused):
            self.trail.record(envelope, target, changes, flags)
        for item in review_items(envelope, target, flags):
            if self.world.find(ReviewItem, item.id) is None:
                self.world.write(item)

    def flush(self) -> None:
        self.world.flush()
        self.trail.flush(self.connection)

    def forget(self) -> None:
        self.world.forget()
        self.trail.forget()


def judge(
    world: CentralWorld,
    caller: Caller,
    each: Received,
    received_at: dt.datetime,
    now: dt.datetime,
) -> Judgement:
    """Decide one operation; writes nothing."""
    if each.wire is None:
        return Judgement(refusal(each, RefusalCode.MALFORMED, now, detail=each.problem))
    wire = upcast(each.wire)
    if wire is None:
        return Judgement(refusal(each, RefusalCode.UNKNOWN_KIND, now))
    try:
        envelope = from_wire(wire, caller.actor, caller.device_id, received_at)
    except ValidationError as error:
        problem = first_error(error.errors())
        return Judgement(refusal(each, RefusalCode.MALFORMED, now, detail=problem))
    decision = decide(envelope, world)
    match decision:
        case Refused(code=code):
            verdict = refusal(each, code, now)
        case Noop():
            verdict = _verdict(each, VerdictStatus.NOOP, now)
        case Accepted(flags=flags):
            codes = [flag.code.value for flag in flags]
            verdict = _verdict(each, VerdictStatus.APPLIED, now, flags=codes)
    return Judgement(verdict, envelope, decision)


def refusal(
    each: Received,
    code: RefusalCode,
    now: dt.datetime,
    *,
    detail: str | None = None,
) -> Verdict:
    """`detail` says what could not be read, after the refusal's own sentence."""
    said = f"{SENTENCES[code]} ({detail})" if detail else SENTENCES[code]
    return _verdict(each, VerdictStatus.REFUSED, now, code=code, message=said)


def parked(each: Received, now: dt.datetime) -> Verdict:
    return _verdict(each, VerdictStatus.PARKED, now, message=PARKED)


def set_apart(each: Received, now: dt.datetime) -> Verdict:
    """C12: what somebody without access any more did before; an operator decides about facts."""
    if each.wire is None or each.wire.kind not in FACTS:
        return refusal(each, RefusalCode.NOT_ALLOWED, now)
    return _verdict(each, VerdictStatus.PARKED, now, code=SET_APART, message=PARKED)


def guarded(error: Exception) -> RefusalCode | None:
    """The refusal that an error of the database stands for; None where it is a fault."""
    if not isinstance(error, IntegrityError):
        return None
    diagnostics = getattr(error.orig, "diag", None)
    return GUARDS.get(getattr(diagnostics, "constraint_name", None) or "")


def _verdict(
    each: Received,
    status: VerdictStatus,
    now: dt.datetime,
    *,
    code: str | None = None,
    message: str | None = None,
    flags: list[str] | None = None,
) -> Verdict:
    return Verdict(
        operation_id=each.operation_id,
        status=status,
        code=code,
        message=message,
        flags=flags or [],
        decided_at=now,
    )
