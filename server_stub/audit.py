"""The trail: who changed what, when it happened and when the server heard of it. Append-only."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, text

from field_app.domain.event import EventInstance
from field_app.domain.flags import Flag, Subject
from field_app.domain.operations import Envelope, target_table
from field_app.domain.person import Role
from field_app.domain.records import Record

Change = tuple[Record | None, Record]
"""A record as it was, None for a new one, and as it is."""

ENTRY = text("""
    INSERT INTO audit_entries (operation_id, table_name, record_id, event_instance_id, kind,
        from_state, to_state, actor_id, device_id, occurred_at, received_at, details)
    VALUES (:operation_id, :table_name, :record_id, :event_instance_id, :kind, :from_state,
        :to_state, :actor_id, :device_id, :occurred_at, :received_at, CAST(:details AS jsonb))
""")
TRANSITION = text("""
    INSERT INTO event_state_transitions
        (event_instance_id, from_state, to_state, changed_by_id, reason, metadata, created_at)
    VALUES (:record_id, :from_state, :to_state, :actor_id, :reason,
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


@dataclass(frozen=True)
class Trail:
    """What one operation leaves behind beside its records. `target` is as it is by now."""

    connection: Connection
    envelope: Envelope
    target: Record | None

    def record(self, changes: list[Change], flags: Iterable[Flag]) -> None:
        """One entry for the target, whatever became of it, and one for every other change of state.

        The target's entry holds the operation's payload and clock, so that every punch behind
        the present times, also one that changed nothing, can be read from the trail alone.
        """
        target_id, state = self.envelope.target_id, _state(self.target)
        was = {after.id: _state(before) for before, after in changes}
        common = self._common() | {"details": json.dumps(self._details(flags))}
        entries = [common | {"from_state": was.get(target_id, state), "to_state": state}]
        for before, after in changes:
            if after.id == target_id or _state(before) == _state(after):
                continue
            moved: dict[str, Any] = {"table_name": after.table, "record_id": after.id}
            moved |= {"from_state": _state(before), "to_state": _state(after), "details": "{}"}
            entries.append(common | moved)
        self.connection.execute(ENTRY, entries)
        self._log_events(changes, common)

    def _log_events(self, changes: list[Change], common: dict[str, Any]) -> None:
        """One line in an event's own log for every change of its state."""
        said = getattr(self.envelope.operation, "reason", None)
        for before, after in changes:
            if isinstance(after, EventInstance) and _state(before) != _state(after):
                states = {"from_state": _state(before), "to_state": _state(after)}
                line = {"record_id": after.id, "reason": said or common["kind"]}
                self.connection.execute(TRANSITION, common | states | line)

    def raise_flags(self, flags: Iterable[Flag]) -> None:
        """A review item for every flag; the same operation never makes a second one."""
        operation_id = self.envelope.stamp.operation_id
        own = Subject(self.envelope.target_id, self._event_id())
        items = [
            {
                "id": _item_id(operation_id, flag),
                "event_instance_id": (flag.subject or own).event_instance_id,
                "target_table": target_table(self.envelope.operation.kind),
                "target_id": (flag.subject or own).id,
                "operation_id": operation_id,
                "flag": flag.code.value,
                "evidence": json.dumps(flag.evidence),
            }
            for flag in flags
        ]
        if items:
            self.connection.execute(REVIEW, items)

    def _common(self) -> dict[str, Any]:
        stamp = self.envelope.stamp
        return {
            "operation_id": stamp.operation_id,
            "table_name": target_table(self.envelope.operation.kind),
            "record_id": self.envelope.target_id,
            "event_instance_id": self._event_id(),
            "kind": self.envelope.operation.kind,
            "actor_id": None if stamp.actor.role is Role.SYSTEM else stamp.actor.id,
            "device_id": None if stamp.actor.role is Role.SYSTEM else stamp.device_id,
            "occurred_at": stamp.occurred_at,
            "received_at": stamp.received_at,
        }

    def _details(self, flags: Iterable[Flag]) -> dict[str, Any]:
        operation = self.envelope.operation
        return operation.model_dump(mode="json", exclude={"kind"}, exclude_none=True) | {
            "clock": self.envelope.stamp.clock.model_dump(mode="json"),
            "flags": [flag.code.value for flag in flags],
        }

    def _event_id(self) -> UUID | None:
        if isinstance(self.target, EventInstance):
            return self.target.id
        return getattr(self.target, "event_instance_id", None)


def _item_id(operation_id: UUID, flag: Flag) -> UUID:
    about = f" {flag.subject.id}" if flag.subject else ""
    return uuid5(operation_id, flag.code.value + about)


def _state(record: Record | None) -> str | None:
    return getattr(record, "status", None)
