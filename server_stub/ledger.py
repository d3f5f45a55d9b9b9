"""The ledger of operations: kept as they came, before anybody judges them."""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import Connection, Row, text

from field_app.domain.wire import Verdict, VerdictStatus, WireEnvelope
from server_stub.auth import Caller
from server_stub.problems import first_error

KEEP = text("""
    INSERT INTO sync_operations (operation_id, device_id, author_id, seq, kind, target_id,
        base_version, occurred_at, envelope, sha256)
    VALUES (:operation_id, :device_id, :author_id, :seq, :kind, :target_id, :base_version,
        :occurred_at, CAST(:envelope AS jsonb), :sha256)
    ON CONFLICT (operation_id) DO NOTHING
""")
CONFLICT = text("""
    INSERT INTO sync_operation_conflicts (operation_id, device_id, author_id, envelope)
    VALUES (:operation_id, :device_id, :author_id, CAST(:envelope AS jsonb))
""")
LOCK = text("""
    SELECT operation_id, author_id, sha256, verdict, status, attempts, received_at
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
    WHERE device_id = :device_id AND target_id = ANY(:targets) AND status = 'refused'
""")


@dataclass(frozen=True)
class Received:
    """One operation of a request: its id, how it came, and its envelope if it could be read."""

    operation_id: UUID
    raw: Any
    wire: WireEnvelope | None
    problem: str | None

    @property
    def sha256(self) -> bytes:
        text_form = json.dumps(self.raw, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text_form.encode()).digest()


def receive(raw: Any) -> Received | None:
    """Read one envelope by itself; None where not even its id can be read."""
    try:
        operation_id = UUID(raw["id"])
    except (TypeError, KeyError, ValueError, AttributeError):
        return None
    try:
        return Received(operation_id, raw, WireEnvelope.model_validate(raw), None)
    except ValidationError as error:
        return Received(operation_id, raw, None, first_error(error.errors()))


def keep(connection: Connection, caller: Caller, received: list[Received]) -> None:
    """Store the envelopes that are new. Nothing is judged before this is committed."""
    connection.execute(KEEP, [_row(caller, each) for each in received])


def keep_conflict(connection: Connection, caller: Caller, received: Received) -> None:
    """Another operation came under a known id: kept beside it, for somebody to look at."""
    connection.execute(CONFLICT, _row(caller, received))


def lock(connection: Connection, received: list[Received]) -> dict[UUID, Row[Any]]:
    """The ledger's rows of these operations, locked in one order everywhere."""
    ids = [each.operation_id for each in received]
    rows = {row.operation_id: row for row in connection.execute(LOCK, {"ids": ids})}
    connection.execute(TOUCH, {"ids": ids})
    return rows


def is_final(row: Row[Any]) -> bool:
    return row.status not in (None, VerdictStatus.PARKED.value)


def decide(connection: Connection, verdict: Verdict) -> None:
    connection.execute(
        DECIDE,
        {
            "operation_id": verdict.operation_id,
            "status": verdict.status.value,
            "verdict": verdict.model_dump_json(),
            "decided_at": verdict.decided_at,
        },
    )


def count_fault(connection: Connection, operation_id: UUID) -> None:
    connection.execute(FAULT, {"operation_id": operation_id})


@dataclass(frozen=True)
class Refusal:
    """A refused operation of a lane."""

    seq: int
    kind: str
    decided_at: dt.datetime


def refused_in(
    connection: Connection, caller: Caller, targets: list[UUID]
) -> dict[UUID, list[Refusal]]:
    """What this device was refused before, by lane."""
    found = connection.execute(REFUSED_BEFORE, {"device_id": caller.device_id, "targets": targets})
    lanes: dict[UUID, list[Refusal]] = {}
    for row in found:
        refusal = Refusal(row.seq or 0, row.kind, row.decided_at)
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
