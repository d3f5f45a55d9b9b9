"""Judging one operation against the central records, and writing down what follows from it."""

import datetime as dt

from pydantic import ValidationError
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from field_app.domain.decision import Accepted, Decision, Noop, Refused
from field_app.domain.mirrored import BY_TABLE
from field_app.domain.operations import FACTS, Envelope, decide, target_table
from field_app.domain.refusals import SENTENCES, RefusalCode
from field_app.domain.upcasts import upcast
from field_app.domain.wire import Verdict, VerdictStatus, from_wire
from server_stub.audit import Trail
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


def judge(
    connection: Connection,
    world: CentralWorld,
    caller: Caller,
    each: Received,
    received_at: dt.datetime,
    now: dt.datetime,
) -> Verdict:
    """Decide one operation; its rows and its trail are written, its verdict is returned."""
    if each.wire is None:
        return refusal(each, RefusalCode.MALFORMED, now, detail=each.problem)
    wire = upcast(each.wire)
    if wire is None:
        return refusal(each, RefusalCode.UNKNOWN_KIND, now)
    try:
        envelope = from_wire(wire, caller.actor, caller.device_id, received_at)
    except ValidationError as error:
        return refusal(each, RefusalCode.MALFORMED, now, detail=first_error(error.errors()))
    decision, version = carry_out(connection, world, envelope)
    match decision:
        case Refused(code=code):
            return refusal(each, code, now, version=version)
        case Noop():
            return _verdict(each, VerdictStatus.NOOP, now, version=version)
        case Accepted(flags=flags):
            codes = [flag.code.value for flag in flags]
            return _verdict(each, VerdictStatus.APPLIED, now, flags=codes, version=version)


def refusal(
    each: Received,
    code: RefusalCode,
    now: dt.datetime,
    *,
    detail: str | None = None,
    version: int | None = None,
) -> Verdict:
    """`detail` says what could not be read, after the refusal's own sentence."""
    said = f"{SENTENCES[code]} ({detail})" if detail else SENTENCES[code]
    return _verdict(each, VerdictStatus.REFUSED, now, code=code, message=said, version=version)


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


def carry_out(
    connection: Connection, world: CentralWorld, envelope: Envelope
) -> tuple[Decision, int | None]:
    """Decide and write rows, audit entries and review items; the target's version comes last."""
    decision = decide(envelope, world)
    changes = []
    if isinstance(decision, Accepted):
        changes = [world.write(record) for record in decision.records]
    kind = BY_TABLE[target_table(envelope.operation.kind)]
    target = world.find(kind, envelope.target_id)
    flags = () if isinstance(decision, Noop) else decision.flags
    trail = Trail(connection, envelope, target)
    if not isinstance(decision, Refused):
        trail.record(changes, flags)
    trail.raise_flags(flags)
    return decision, target.version if target else None


def _verdict(
    each: Received,
    status: VerdictStatus,
    now: dt.datetime,
    *,
    code: str | None = None,
    message: str | None = None,
    flags: list[str] | None = None,
    version: int | None = None,
) -> Verdict:
    return Verdict(
        operation_id=each.operation_id,
        status=status,
        code=code,
        message=message,
        flags=flags or [],
        record_version=version,
        decided_at=now,
    )
