"""The ledger of operations: kept as they came, before anybody judges them."""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID, uuid5

from pydantic import ValidationError
from sqlalchemy import Connection, text

from field_app.domain.wire import Verdict, VerdictStatus, WireEnvelope
from server_stub.problems import first_error
from server_stub.statements import fetch, run
from server_stub.tokens import Caller

KEEP = text("""
    INSERT INTO sync_operations (operation_id, device_id, author_id, seq, kind, target_id,
        base_version, occurred_at, envelope, sha256)
    VALUES (:operation_id, :device_id, :author_id, :seq, :kind, :target_id, :base_version,
        :occurred_at, CAST(:envelope AS jsonb), :sha256)
    ON CONFLICT (operation_id) DO NOTHING
""")
KEEP_CONFLICT = text("""
    WITH known AS (
        SELECT received_at FROM sync_operation_conflicts
        WHERE operation_id = :operation_id AND author_id = :author_id
            AND envelope = CAST(:envelope AS jsonb)
    ), kept AS (
        INSERT INTO sync_operation_conflicts (operation_id, device_id, author_id, envelope)
        SELECT CAST(:operation_id AS uuid), CAST(:device_id AS uuid), CAST(:author_id AS uuid),
            CAST(:envelope AS jsonb)
        WHERE NOT EXISTS (SELECT FROM known)
        RETURNING received_at
    )
    SELECT min(received_at) FROM (TABLE known UNION ALL TABLE kept) found
""")
# With it the transaction names the device that asks: what it changes is in the answer, and that
# device's own stream is not told.
LOCK = text("""
    SELECT operation_id, author_id, sha256, verdict, attempts, received_at,
        set_config('field.device', :device, true)
    FROM sync_operations WHERE operation_id = ANY(:ids) ORDER BY operation_id FOR UPDATE
""")
# A repeat writes too: it must wait for a synchronous standby like the first time.
TOUCH = text("UPDATE sync_operations SET status = status WHERE operation_id = ANY(:ids)")
DECIDE = text("""
    UPDATE sync_operations SET status = :status, verdict = CAST(:verdict AS jsonb),
        decided_at = :decided_at WHERE operation_id = :operation_id
""")
FAULT = text(
    "UPDATE sync_operations SET attempts = attempts + 1 WHERE operation_id = :operation_id"
)
REFUSED_BEFORE = text("""
    SELECT target_id, seq, kind, decided_at FROM sync_operations
    WHERE device_id = :device_id AND author_id = :author_id AND target_id = ANY(:targets)
        AND status = 'refused'
""")


@dataclass(frozen=True)
class Received:
    """One operation of a request: how it came, and its envelope if that could be read."""

    operation_id: UUID
    raw: Any
    sha256: bytes
    wire: WireEnvelope | None = None
    problem: str | None = None

    @property
    def lane(self) -> UUID:
        return self.wire.target_id if self.wire else self.operation_id


@dataclass
class Entry:
    """What the ledger holds of an operation."""

    author_id: UUID
    sha256: bytes
    received_at: dt.datetime
    attempts: int
    verdict: Verdict | None

    @property
    def is_final(self) -> bool:
        return self.verdict is not None and not self.is_parked

    @property
    def is_parked(self) -> bool:
        return self.verdict is not None and self.verdict.status is VerdictStatus.PARKED


@dataclass(frozen=True)
class EarlierRefusal:
    """A refused operation of a lane."""

    seq: int
    kind: str
    decided_at: dt.datetime


def receive(caller: Caller, raw: Any) -> Received:
    """Read one envelope by itself. One without a readable id gets one from its content."""
    canonical = json.dumps(raw, sort_keys=True, separators=(",", ":")).encode()
    sha256 = hashlib.sha256(canonical).digest()
    try:
        wire = WireEnvelope.model_validate(raw)
        return Received(wire.id, raw, sha256, wire)
    except ValidationError as error:
        problem = first_error(error.errors())
    try:
        operation_id = UUID(raw["id"])
    except (TypeError, KeyError, ValueError, AttributeError):
        operation_id = uuid5(caller.device_id, sha256.hex())
    return Received(operation_id, raw, sha256, problem=problem)


def keep(connection: Connection, caller: Caller, received: list[Received]) -> None:
    """Store the envelopes that are new. Nothing is judged before this is committed."""
    run(connection, KEEP, [_row(caller, each) for each in received])


def keep_conflict(connection: Connection, caller: Caller, received: Received) -> dt.datetime:
    """Keep another operation that came under a known id, once; returns when it first came."""
    ((first_came_at,),) = fetch(connection, KEEP_CONFLICT, _row(caller, received))
    return cast("dt.datetime", first_came_at)


def lock(
    connection: Connection, received: list[Received], asking: UUID | None
) -> dict[UUID, Entry]:
    """The ledger's entries of these operations, locked in one order everywhere.

    `asking` is the device that is being answered, if it is a device.
    """
    ids = [each.operation_id for each in received]
    entries = {
        row.operation_id: Entry(
            author_id=row.author_id,
            sha256=bytes(row.sha256),
            received_at=row.received_at,
            attempts=row.attempts,
            verdict=Verdict.model_validate(row.verdict) if row.verdict else None,
        )
        for row in fetch(connection, LOCK, {"ids": ids, "device": str(asking or "")})
    }
    if known := [operation_id for operation_id, entry in entries.items() if entry.verdict]:
        run(connection, TOUCH, {"ids": known})
    return entries


def decide(connection: Connection, verdicts: list[Verdict]) -> None:
    """Store verdicts; from now on they are what these operations are answered with."""
    rows = [
        {
            "operation_id": verdict.operation_id,
            "status": verdict.status.value,
            "verdict": verdict.model_dump_json(),
            "decided_at": verdict.decided_at,
        }
        for verdict in verdicts
    ]
    if rows:
        run(connection, DECIDE, rows)


def count_fault(connection: Connection, operation_id: UUID) -> None:
    run(connection, FAULT, {"operation_id": operation_id})


def refused_before(
    connection: Connection, caller: Caller, targets: list[UUID]
) -> dict[UUID, list[EarlierRefusal]]:
    """What this person was refused on this device before, by lane."""
    if not targets:
        return {}
    parameters = {
        "device_id": caller.device_id,
        "author_id": caller.person.id,
        "targets": targets,
    }
    lanes: dict[UUID, list[EarlierRefusal]] = {}
    for row in fetch(connection, REFUSED_BEFORE, parameters):
        refusal = EarlierRefusal(row.seq, row.kind, row.decided_at)
        lanes.setdefault(row.target_id, []).append(refusal)
    return lanes


def _row(caller: Caller, each: Received) -> dict[str, Any]:
    wire = each.wire
    return {
        "operation_id": each.operation_id,
        "device_id": caller.device_id,
        "author_id": caller.person.id,
        "seq": wire.seq if wire else None,
        "kind": wire.kind if wire else "unreadable",
        "target_id": wire.target_id if wire else None,
        "base_version": wire.base_version if wire else None,
        "occurred_at": wire.occurred_at if wire else None,
        "envelope": _storable(each.raw),
        "sha256": each.sha256,
    }


def _storable(raw: Any) -> str:
    """JSON that PostgreSQL can hold; one with NUL or lone surrogates is kept as quoted text."""
    document = json.dumps(raw, ensure_ascii=False)
    try:
        document.encode()
    except UnicodeEncodeError:
        return json.dumps({"unreadable": json.dumps(raw)})
    return json.dumps({"unreadable": document}) if "\\u0000" in document else document
