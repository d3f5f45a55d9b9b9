"""Deciding a device's operations: kept first, judged once, answered word for word for ever."""

import datetime as dt
import logging
import traceback
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from field_app.domain.operations import FACTS, KINDS, target_table
from field_app.domain.refusals import RefusalCode
from field_app.domain.wire import Verdict, VerdictStatus
from server_stub import judge, ledger
from server_stub.ledger import EarlierRefusal, Entry, Received
from server_stub.tokens import Caller
from server_stub.transactions import TRIES, certain, is_transient, sqlstate_of
from server_stub.world import CentralWorld, LostRace

log = logging.getLogger(__name__)

PARK_AFTER = 3


@dataclass
class Batch:
    """What deciding one request's operations needs to know."""

    connection: Connection
    caller: Caller
    world: CentralWorld
    entries: dict[UUID, Entry]
    refused: dict[UUID, list[EarlierRefusal]]
    now: dt.datetime
    decided: list[Verdict] = field(default_factory=list)
    held: set[UUID] = field(default_factory=set)
    """Lanes with an operation left undecided; what follows in them waits, to keep the order."""


def handle(engine: Engine, caller: Caller, raw: list[Any]) -> list[Verdict]:
    """Decide these operations, in order; one that has no verdict yet is missing in the answer."""
    if not raw:
        return []
    received = [ledger.receive(caller, each) for each in raw]
    with certain(engine) as connection:
        ledger.keep(connection, caller, received)
    for attempt in range(1, TRIES + 1):
        try:
            with certain(engine) as connection:
                return _decide_all(connection, caller, received)
        except (DBAPIError, LostRace) as error:
            if not _is_worth_a_try(error):
                raise
            log.info("operations met another writer, try %d of %d", attempt, TRIES)
    return []


def _decide_all(connection: Connection, caller: Caller, received: list[Received]) -> list[Verdict]:
    entries = ledger.lock(connection, received)
    readable = [each.wire for each in received if each.wire and each.wire.kind in KINDS]
    world = CentralWorld(connection)
    world.lock(
        targets=[(target_table(wire.kind), wire.target_id) for wire in readable],
        events=[wire.payload.get("event_instance_id") for wire in readable],
        kits=[wire.payload.get("kit_instance_id") for wire in readable],
    )
    refused = ledger.refused_before(connection, caller, [wire.target_id for wire in readable])
    batch = Batch(connection, caller, world, entries, refused, _now())
    verdicts = [_known_verdict(batch, each) or _decide_one(batch, each) for each in received]
    ledger.decide(connection, batch.decided)
    return [verdict for verdict in verdicts if verdict is not None]


def _known_verdict(batch: Batch, each: Received) -> Verdict | None:
    """The first answer again; or a refusal, where the id belongs to another operation."""
    entry = batch.entries[each.operation_id]
    if (entry.sha256, entry.author_id) != (each.sha256, batch.caller.person.id):
        came_at = ledger.keep_conflict(batch.connection, batch.caller, each)
        return judge.refusal(each, RefusalCode.OPERATION_ID_REUSED, came_at)
    is_answered = entry.is_final or (entry.is_parked and batch.caller.is_leaving)
    return entry.verdict if is_answered else None


def _decide_one(batch: Batch, each: Received) -> Verdict | None:
    """Judge one operation inside a savepoint; a fault in it harms no other."""
    entry = batch.entries[each.operation_id]
    if each.lane in batch.held:
        return None
    try:
        with batch.connection.begin_nested():
            verdict = _judge(batch, each, entry)
    except Exception as error:
        batch.world.forget()
        if _is_worth_a_try(error):
            raise
        return _after_fault(batch, each, entry, error)
    if verdict.status is VerdictStatus.REFUSED and each.wire:
        refusal = EarlierRefusal(each.wire.seq, each.wire.kind, verdict.decided_at)
        batch.refused.setdefault(each.lane, []).append(refusal)
    return _settle(batch, entry, verdict)


def _judge(batch: Batch, each: Received, entry: Entry) -> Verdict:
    if batch.caller.is_leaving:
        return judge.set_apart(each, batch.now)
    if _depends_on_refused(batch, each):
        return judge.refusal(each, RefusalCode.DEPENDS_ON_REFUSED, batch.now)
    return judge.judge(
        batch.connection, batch.world, batch.caller, each, entry.received_at, batch.now
    )


def _after_fault(batch: Batch, each: Received, entry: Entry, error: Exception) -> Verdict | None:
    """A guard of the database means a refusal; anything else counts, and is parked in the end.

    What is parked is tried again whenever it comes again, and answered the same until it works.
    """
    if (code := judge.guarded(error)) is not None:
        return _settle(batch, entry, judge.refusal(each, code, batch.now))
    log.error("operation %s failed: %s", each.operation_id, _where(error))
    ledger.count_fault(batch.connection, each.operation_id)
    if entry.is_parked:
        return entry.verdict
    if entry.attempts + 1 < PARK_AFTER:
        batch.held.add(each.lane)
        return None
    return _settle(batch, entry, judge.parked(each, batch.now))


def _settle(batch: Batch, entry: Entry, verdict: Verdict) -> Verdict:
    entry.verdict = verdict
    batch.decided.append(verdict)
    return verdict


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


def _where(error: Exception) -> str:
    """What failed and where; never the message, which may quote what somebody sent."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [each for each in frames if "site-packages" not in each.filename]
    code = sqlstate_of(error) or "no SQLSTATE"
    return f"{type(error).__name__} ({code}) at {ours[-1].filename}:{ours[-1].lineno}"


def _now() -> dt.datetime:
    """To the millisecond, as the wire tells it."""
    now = dt.datetime.now(dt.UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
