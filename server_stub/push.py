"""Deciding a device's operations: kept first, judged once, answered word for word for ever."""

import datetime as dt
import logging
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from field_app.domain.decision import Accepted, Decision, Noop, Refused
from field_app.domain.mirrored import BY_TABLE
from field_app.domain.operations import FACTS, KINDS, Envelope, decide, target_table
from field_app.domain.refusals import SENTENCES, RefusalCode
from field_app.domain.wire import Verdict, VerdictStatus, WireEnvelope, from_wire
from server_stub import audit, ledger
from server_stub.auth import Caller
from server_stub.ledger import Received
from server_stub.problems import ProblemError, first_error
from server_stub.world import CentralWorld, LostRace

log = logging.getLogger(__name__)

TRIES = 3
PARK_AFTER = 3
TRANSIENT = {"40001", "40P01", "55P03", "57014"}
"""Serialization failure, deadlock, lock not available, query cancelled."""

GUARDS = {"staff_assignments_one_live": RefusalCode.ALREADY_BOOKED}
"""Constraints that back a rule against two writers at once, and the refusal they mean."""


@dataclass
class Batch:
    """What deciding one request's operations needs to know."""

    connection: Connection
    caller: Caller
    world: CentralWorld
    now: dt.datetime
    refused: dict[UUID, list[ledger.Refusal]]
    held: set[UUID] = field(default_factory=set)
    """Lanes with an operation left undecided; what follows in them waits, to keep the order."""


def handle(engine: Engine, caller: Caller, raw: list[Any]) -> list[Verdict]:
    """Decide these operations, in order; one that has no verdict yet is missing in the answer.

    Raises a problem where an operation has no readable id: there is nothing to answer it by.
    """
    if not raw:
        return []
    received = [each for each in map(ledger.receive, raw) if each is not None]
    if len(received) != len(raw):
        raise ProblemError(422, detail="operations: one has no readable id")
    with engine.begin() as connection:
        ledger.keep(connection, caller, received)
    for attempt in range(TRIES):
        try:
            with engine.begin() as connection:
                return _decide_all(connection, caller, received)
        except (DBAPIError, LostRace) as error:
            if not _is_transient(error):
                raise
            log.info("operations collided with another writer, try %d", attempt + 1)
    return []


def _decide_all(connection: Connection, caller: Caller, received: list[Received]) -> list[Verdict]:
    known = ledger.lock(connection, received)
    readable = [each.wire for each in received if each.wire and each.wire.kind in KINDS]
    world = CentralWorld(connection)
    world.lock((target_table(wire.kind), wire.target_id) for wire in readable)
    targets = [wire.target_id for wire in readable]
    refused = ledger.refused_in(connection, caller, targets)
    batch = Batch(connection, caller, world, dt.datetime.now(dt.UTC), refused)
    verdicts = []
    for each in received:
        row = known[each.operation_id]
        if (verdict := _known_verdict(batch, each, row)) is None:
            verdict = _decide_one(batch, each, row)
        if verdict is not None:
            verdicts.append(verdict)
    return verdicts


def _known_verdict(batch: Batch, each: Received, row: Any) -> Verdict | None:
    """The first answer again; or a refusal, where the id belongs to another operation."""
    if bytes(row.sha256) != each.sha256 or row.author_id != batch.caller.person.id:
        ledger.keep_conflict(batch.connection, batch.caller, each)
        return _refusal(batch, each, RefusalCode.OPERATION_ID_REUSED)
    return Verdict.model_validate(row.verdict) if ledger.is_final(row) else None


def _decide_one(batch: Batch, each: Received, row: Any) -> Verdict | None:
    """Judge one operation inside a savepoint; a fault in it harms no other."""
    lane = each.wire.target_id if each.wire else each.operation_id
    if lane in batch.held:
        return None
    try:
        with batch.connection.begin_nested():
            verdict = _judge(batch, each, row.received_at)
            ledger.decide(batch.connection, verdict)
    except (LostRace, DBAPIError) as error:
        batch.world.forget()
        if _is_transient(error):
            raise
        return _after_fault(batch, each, row, lane, error)
    except Exception as error:
        batch.world.forget()
        return _after_fault(batch, each, row, lane, error)
    if verdict.status is VerdictStatus.REFUSED and each.wire:
        refusal = ledger.Refusal(each.wire.seq, each.wire.kind, batch.now)
        batch.refused.setdefault(lane, []).append(refusal)
    return verdict


def _judge(batch: Batch, each: Received, received_at: dt.datetime) -> Verdict:
    if each.wire is None:
        return _refusal(batch, each, RefusalCode.MALFORMED, each.problem)
    if each.wire.kind not in KINDS:
        return _refusal(batch, each, RefusalCode.UNKNOWN_KIND)
    if _depends_on_refused(batch, each.wire):
        return _refusal(batch, each, RefusalCode.DEPENDS_ON_REFUSED)
    try:
        caller = batch.caller
        envelope = from_wire(each.wire, caller.actor, caller.device_id, received_at)
    except ValidationError as error:
        return _refusal(batch, each, RefusalCode.MALFORMED, first_error(error.errors()))
    return _write(batch, each, envelope, decide(envelope, batch.world))


def _write(batch: Batch, each: Received, envelope: Envelope, decision: Decision) -> Verdict:
    """Rows, audit entries, review items and verdict, all in the batch's one transaction."""
    changes = []
    if isinstance(decision, Accepted):
        changes = [batch.world.write(record) for record in decision.records]
    kind = BY_TABLE[target_table(envelope.operation.kind)]
    target = batch.world.find(kind, envelope.target_id)
    event_id = getattr(target, "event_instance_id", None)
    if isinstance(decision, Accepted):
        audit.record_changes(batch.connection, envelope, changes, event_id)
    flags = () if isinstance(decision, Noop) else decision.flags
    audit.raise_flags(batch.connection, envelope, flags, event_id)
    version = target.version if target else None
    match decision:
        case Refused(code=code):
            return _refusal(batch, each, code, version=version)
        case Noop():
            return _verdict(batch, each, VerdictStatus.NOOP, version=version)
        case Accepted():
            codes = [flag.code.value for flag in flags]
            return _verdict(batch, each, VerdictStatus.APPLIED, flags=codes, version=version)


def _after_fault(
    batch: Batch, each: Received, row: Any, lane: UUID, error: Exception
) -> Verdict | None:
    """A guard of the database means a refusal; anything else counts, and is parked in the end."""
    if isinstance(error, IntegrityError) and (code := _guarded(error)):
        verdict = _refusal(batch, each, code)
        ledger.decide(batch.connection, verdict)
        return verdict
    log.error("operation %s failed: %s", each.operation_id, type(error).__name__, exc_info=error)
    ledger.count_fault(batch.connection, each.operation_id)
    if row.attempts + 1 < PARK_AFTER:
        batch.held.add(lane)
        return None
    said = "The office has to look at this one. It is kept and nothing else waits for it."
    verdict = _verdict(batch, each, VerdictStatus.PARKED, message=said)
    ledger.decide(batch.connection, verdict)
    return verdict


def _depends_on_refused(batch: Batch, wire: WireEnvelope) -> bool:
    """A claim made before its device could know that an earlier step in its lane was refused."""
    if wire.kind in FACTS:
        return False
    return any(
        earlier.seq < wire.seq
        and earlier.kind != wire.kind
        and wire.occurred_at <= earlier.decided_at
        for earlier in batch.refused.get(wire.target_id, [])
    )


def _guarded(error: IntegrityError) -> RefusalCode | None:
    diagnostics = getattr(error.orig, "diag", None)
    return GUARDS.get(str(getattr(diagnostics, "constraint_name", "")))


def _is_transient(error: Exception) -> bool:
    if isinstance(error, LostRace):
        return True
    return getattr(getattr(error, "orig", None), "sqlstate", None) in TRANSIENT


def _refusal(
    batch: Batch,
    each: Received,
    code: RefusalCode,
    detail: str | None = None,
    version: int | None = None,
) -> Verdict:
    said = f"{SENTENCES[code]} ({detail})" if detail else SENTENCES[code]
    return _verdict(batch, each, VerdictStatus.REFUSED, code=code, message=said, version=version)


def _verdict(
    batch: Batch,
    each: Received,
    status: VerdictStatus,
    *,
    code: str | None = None,
    message: str | None = None,
    flags: list[str] | None = None,
    version: int | None = None,
) -> Verdict:
    now = batch.now.replace(microsecond=batch.now.microsecond // 1000 * 1000)
    return Verdict(
        operation_id=each.operation_id,
        status=status,
        code=code,
        message=message,
        flags=flags or [],
        record_version=version,
        decided_at=now,
    )
