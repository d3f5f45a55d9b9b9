"""Deciding a device's operations: kept first, judged once, answered word for word for ever."""

import contextlib
import datetime as dt
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine

from field_app.domain.mirrored import BY_TABLE
from field_app.domain.operations import FACTS, KINDS, target_table
from field_app.domain.refusals import RefusalCode
from field_app.domain.sight import sees
from field_app.domain.wire import Verdict, VerdictStatus
from server_stub import judge, ledger
from server_stub.faults import told
from server_stub.judge import Judgement, UnitOfWork
from server_stub.ledger import EarlierRefusal, Entry, Received
from server_stub.problems import ProblemError
from server_stub.tokens import Caller
from server_stub.transactions import TRIES, certain, is_transient
from server_stub.world import LostRace

log = logging.getLogger(__name__)

PARK_AFTER = 3


@dataclass
class Batch:
    """What deciding one request's operations needs to know."""

    unit: UnitOfWork
    caller: Caller
    entries: dict[UUID, Entry]
    refused: dict[UUID, list[EarlierRefusal]]
    now: dt.datetime
    is_careful: bool
    """Each operation inside a savepoint of its own, so that a fault in it harms no other."""
    decided: dict[UUID, Verdict] = field(default_factory=dict)
    held: set[UUID] = field(default_factory=set)
    """Lanes with an operation left undecided; what follows in them waits, to keep the order."""


def handle(
    engine: Engine, caller: Caller, raw: list[Any], *, is_asking: bool = True
) -> list[Verdict]:
    """Decide these operations, in order; one that has no verdict yet is missing in the answer.

    `is_asking`: the device itself is answered, and needs no telling that something has changed.

    Rows are written by the set, which is several times faster than one operation at a time. What
    the database objects to is found out by deciding all of them again, with care.
    """
    if not raw:
        return []
    received = [ledger.receive(caller, each) for each in raw]
    with certain(engine) as connection:
        ledger.keep(connection, caller, received)
    asking = caller.device_id if is_asking else None
    is_careful = False
    for attempt in range(1, TRIES + 1):
        try:
            with certain(engine) as connection:
                return _decide_all(connection, caller, received, is_careful, asking)
        except Exception as error:
            if _is_worth_a_try(error):
                log.info("operations met another writer, try %d of %d", attempt, TRIES)
            elif is_careful or isinstance(error, ProblemError):
                raise
            is_careful = True
    return []


def _decide_all(
    connection: Connection,
    caller: Caller,
    received: list[Received],
    is_careful: bool,
    asking: UUID | None,
) -> list[Verdict]:
    entries = ledger.lock(connection, received, asking)
    readable = [each.wire for each in received if each.wire and each.wire.kind in KINDS]
    unit = UnitOfWork(connection, is_careful=is_careful)
    unit.world.lock(
        targets=[(target_table(wire.kind), wire.target_id) for wire in readable],
        events=[wire.payload.get("event_instance_id") for wire in readable],
        kits=[wire.payload.get("kit_instance_id") for wire in readable],
    )
    claims = [wire.target_id for wire in readable if wire.kind not in FACTS]
    refused = ledger.refused_before(connection, caller, claims)
    batch = Batch(unit, caller, entries, refused, _now(), is_careful)
    known = [_known_verdict(batch, each) or _decide_one(batch, each) for each in received]
    unit.flush()
    decided = {each.operation_id: _with_version(batch, each) for each in received}
    ledger.decide(connection, [verdict for verdict in decided.values() if verdict is not None])
    answers = [
        first or decided[each.operation_id] for first, each in zip(known, received, strict=True)
    ]
    return [verdict for verdict in answers if verdict is not None]


def _known_verdict(batch: Batch, each: Received) -> Verdict | None:
    """The first answer again; or a refusal, where the id belongs to another operation."""
    entry = batch.entries[each.operation_id]
    if (entry.sha256, entry.author_id) != (each.sha256, batch.caller.person.id):
        came_at = ledger.keep_conflict(batch.unit.connection, batch.caller, each)
        return judge.refusal(each, RefusalCode.OPERATION_ID_REUSED, came_at)
    is_answered = entry.is_final or (entry.is_parked and batch.caller.is_leaving)
    return entry.verdict if is_answered else None


def _decide_one(batch: Batch, each: Received) -> Verdict | None:
    """Judge one operation; None where its verdict is among the decided ones now, or has to wait."""
    if each.lane in batch.held or each.operation_id in batch.decided:
        return None
    entry = batch.entries[each.operation_id]
    try:
        with _alone(batch):
            judgement = _judge(batch, each, entry)
            if judgement.envelope and judgement.decision:
                batch.unit.carry_out(judgement.envelope, judgement.decision)
    except Exception as error:
        if _is_worth_a_try(error) or not batch.is_careful:
            raise
        batch.unit.forget()
        return _after_fault(batch, each, entry, error)
    verdict = judgement.verdict
    if verdict.status is VerdictStatus.REFUSED and each.wire:
        refusal = EarlierRefusal(each.wire.seq, each.wire.kind, verdict.decided_at)
        batch.refused.setdefault(each.lane, []).append(refusal)
    batch.decided[each.operation_id] = verdict
    return None


@contextlib.contextmanager
def _alone(batch: Batch) -> Iterator[None]:
    """With care, what happens here is written by itself, and taken back by itself."""
    if not batch.is_careful:
        yield
        return
    with batch.unit.connection.begin_nested():
        yield
        batch.unit.flush()


def _judge(batch: Batch, each: Received, entry: Entry) -> Judgement:
    if batch.caller.is_leaving:
        return Judgement(judge.set_apart(each, batch.now))
    if _depends_on_refused(batch, each):
        return Judgement(judge.refusal(each, RefusalCode.DEPENDS_ON_REFUSED, batch.now))
    return judge.judge(batch.unit.world, batch.caller, each, entry.received_at, batch.now)


def _after_fault(batch: Batch, each: Received, entry: Entry, error: Exception) -> Verdict | None:
    """A guard of the database means a refusal; anything else counts, and is parked in the end.

    What is parked is tried again whenever it comes again, and answered the same until it works.
    """
    if (code := judge.guarded(error)) is not None:
        batch.decided[each.operation_id] = judge.refusal(each, code, batch.now)
        return None
    log.error("operation %s failed: %s", each.operation_id, told(error))
    ledger.count_fault(batch.unit.connection, each.operation_id)
    if entry.is_parked:
        return entry.verdict
    if entry.attempts + 1 < PARK_AFTER:
        batch.held.add(each.lane)
    else:
        batch.decided[each.operation_id] = judge.parked(each, batch.now)
    return None


def _with_version(batch: Batch, each: Received) -> Verdict | None:
    """A verdict of this batch, with its target's version now that everything is written."""
    verdict = batch.decided.get(each.operation_id)
    if verdict is None or each.wire is None or each.wire.kind not in KINDS:
        return verdict
    world = batch.unit.world
    target = world.find(BY_TABLE[target_table(each.wire.kind)], each.wire.target_id)
    if target is None or not (_is_done(verdict) or sees(batch.caller.actor, target, world)):
        return verdict
    return verdict.model_copy(update={"record_version": target.version})


def _is_done(verdict: Verdict) -> bool:
    return verdict.status in {VerdictStatus.APPLIED, VerdictStatus.NOOP}


def _depends_on_refused(batch: Batch, each: Received) -> bool:
    """A claim made before its device could know that an earlier step in its lane was refused."""
    wire = each.wire
    if wire is None or wire.kind in FACTS:
        return False
    return any(
        earlier.seq < wire.seq
        and earlier.kind != wire.kind
        and wire.occurred_at <= earlier.decided_at
        for earlier in batch.refused.get(wire.target_id, [])
    )


def _is_worth_a_try(error: Exception) -> bool:
    return isinstance(error, LostRace) or is_transient(error)


def _now() -> dt.datetime:
    """To the millisecond, as the wire tells it."""
    now = dt.datetime.now(dt.UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
