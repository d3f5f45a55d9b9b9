"""The trail: who changed what, when it happened and when the server heard of it. Append-only."""

import json
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, text

from field_app.domain.event import EventInstance
from field_app.domain.flags import Flag
from field_app.domain.operations import Envelope, target_table
from field_app.domain.records import Record

Change = tuple[Record | None, Record]

ENTRY = text("""
    INSERT INTO audit_entries (operation_id, table_name, record_id, event_instance_id, kind,
        from_state, to_state, actor_id, device_id, occurred_at, received_at, details)
    VALUES (:operation_id, :table_name, :record_id, :event_instance_id, :kind, :from_state,
        :to_state, :actor_id, :device_id, :occurred_at, :received_at, CAST(:details AS jsonb))
""")
TRANSITION = text("""
    INSERT INTO event_state_transitions
        (event_instance_id, from_state, to_state, changed_by_id, reason, metadata, created_at)
    VALUES (:event_instance_id, :from_state, :to_state, :actor_id, :kind,
        jsonb_build_object('operation_id', CAST(:operation_id AS text)),
        CAST(:occurred_at AS timestamptz) AT TIME ZONE 'UTC')
""")
REVIEW = text("""
    INSERT INTO review_items
        (id, event_instance_id, target_table, target_id, operation_id, flag, evidence)
    VALUES (:id, :event_instance_id, :target_table, :target_id, :operation_id, :flag,
        CAST(:evidence AS jsonb))
    ON CONFLICT (id) DO NOTHING
""")


def record_changes(
    connection: Connection, envelope: Envelope, changes: list[Change], event_id: UUID | None
) -> None:
    """One entry for the target, whatever it was, and one for every other change of state.

    The target's entry holds the operation's payload, so that every punch behind the present
    times can be read from the trail alone.
    """
    written = {after.id: (before, after) for before, after in changes}
    target = written.pop(envelope.target_id, None)
    table = target_table(envelope.operation.kind)
    payload = envelope.operation.model_dump(mode="json", exclude={"kind"}, exclude_none=True)
    common = _common(envelope, event_id)
    states = _states(*target) if target else (None, None)
    entries = [
        common
        | {"table_name": table, "record_id": envelope.target_id, "details": json.dumps(payload)}
        | {"from_state": states[0], "to_state": states[1]}
    ]
    for before, after in written.values():
        from_state, to_state = _states(before, after)
        if from_state == to_state:
            continue
        moved = {"from_state": from_state, "to_state": to_state}
        entries.append(
            common | moved | {"table_name": after.table, "record_id": after.id, "details": "{}"}
        )
        if isinstance(after, EventInstance):
            connection.execute(TRANSITION, common | moved | {"event_instance_id": after.id})
    connection.execute(ENTRY, entries)


def raise_flags(
    connection: Connection, envelope: Envelope, flags: tuple[Flag, ...], event_id: UUID | None
) -> None:
    """A review item for every flag; the same operation never makes a second one."""
    items = [
        {
            "id": uuid5(envelope.stamp.operation_id, flag.code.value),
            "event_instance_id": event_id,
            "target_table": target_table(envelope.operation.kind),
            "target_id": envelope.target_id,
            "operation_id": envelope.stamp.operation_id,
            "flag": flag.code.value,
            "evidence": json.dumps(flag.evidence),
        }
        for flag in flags
    ]
    if items:
        connection.execute(REVIEW, items)


def _common(envelope: Envelope, event_id: UUID | None) -> dict[str, Any]:
    stamp = envelope.stamp
    return {
        "operation_id": stamp.operation_id,
        "event_instance_id": event_id,
        "kind": envelope.operation.kind,
        "actor_id": stamp.actor.id,
        "device_id": stamp.device_id,
        "occurred_at": stamp.occurred_at,
        "received_at": stamp.received_at,
    }


def _states(before: Record | None, after: Record) -> tuple[str | None, str | None]:
    return getattr(before, "status", None), getattr(after, "status", None)
