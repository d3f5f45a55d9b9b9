"""The trail: who changed what, when it happened and when the server heard of it. Append-only."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, text

from field_app.domain.event import EventInstance
from field_app.domain.flags import Flag, Subject
from field_app.domain.operations import Envelope, target_table
from field_app.domain.person import Role
from field_app.domain.records import Record
from field_app.domain.review import ReviewItem
from server_stub.statements import run

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


ORIGIN = "none"
"""The state that a new event comes from."""


class Trail:
    """What operations leave behind beside their records, to be written all at once."""

    def __init__(self) -> None:
        self._entries: list[dict[str, Any]] = []
        self._moves: list[dict[str, Any]] = []

    def record(
        self, envelope: Envelope, target: Record | None, changes: list[Change], flags: list[Flag]
    ) -> None:
        """One entry for the target, whatever became of it, and one for every other change of state.

        The target's entry holds the operation's payload and clock, so that every punch behind
        the present times, also one that changed nothing, can be read from the trail alone.
        `target` is as it is by now.
        """
        state = _state(target)
        was = {after.id: _state(before) for before, after in changes}
        common = _common(envelope, target) | {"details": json.dumps(_details(envelope, flags))}
        states = {"from_state": was.get(envelope.target_id, state), "to_state": state}
        self._entries.append(common | states)
        for before, after in changes:
            if after.id == envelope.target_id or _state(before) == _state(after):
                continue
            moved: dict[str, Any] = {"table_name": after.table, "record_id": after.id}
            moved |= {"from_state": _state(before), "to_state": _state(after), "details": "{}"}
            self._entries.append(common | moved)
        self._log_events(envelope, changes, common)

    def forget(self) -> None:
        self._entries.clear()
        self._moves.clear()

    def flush(self, connection: Connection) -> None:
        if self._entries:
            run(connection, ENTRY, self._entries)
        if self._moves:
            run(connection, TRANSITION, self._moves)
        self.forget()

    def _log_events(
        self, envelope: Envelope, changes: list[Change], common: dict[str, Any]
    ) -> None:
        """One line in an event's own log for every change of its state."""
        said = getattr(envelope.operation, "reason", None)
        for before, after in changes:
            if isinstance(after, EventInstance) and _state(before) != _state(after):
                states = {"from_state": _state(before) or ORIGIN, "to_state": _state(after)}
                line = {"record_id": after.id, "reason": said or common["kind"]}
                self._moves.append(common | states | line)


def review_items(
    envelope: Envelope, target: Record | None, flags: Iterable[Flag]
) -> list[ReviewItem]:
    """A review item for every flag; the same operation makes the same ones."""
    stamp = envelope.stamp
    own = Subject(envelope.target_id, _event_id(target))
    return [
        ReviewItem(
            id=_item_id(stamp.operation_id, flag),
            event_instance_id=(flag.subject or own).event_instance_id,
            target_table=target_table(envelope.operation.kind),
            target_id=(flag.subject or own).id,
            operation_id=stamp.operation_id,
            flag=flag.code.value,
            evidence=flag.evidence,
        )
        for flag in flags
    ]


def _common(envelope: Envelope, target: Record | None) -> dict[str, Any]:
    stamp = envelope.stamp
    is_system = stamp.actor.role is Role.SYSTEM
    return {
        "operation_id": stamp.operation_id,
        "table_name": target_table(envelope.operation.kind),
        "record_id": envelope.target_id,
        "event_instance_id": _event_id(target),
        "kind": envelope.operation.kind,
        "actor_id": None if is_system else stamp.actor.id,
        "device_id": None if is_system else stamp.device_id,
        "occurred_at": stamp.occurred_at,
        "received_at": stamp.received_at,
    }


def _details(envelope: Envelope, flags: Iterable[Flag]) -> dict[str, Any]:
    payload = envelope.operation.model_dump(mode="json", exclude={"kind"}, exclude_none=True)
    return payload | {
        "clock": envelope.stamp.clock.model_dump(mode="json"),
        "flags": [flag.code.value for flag in flags],
    }


def _event_id(target: Record | None) -> UUID | None:
    if isinstance(target, EventInstance):
        return target.id
    return getattr(target, "event_instance_id", None)


def _item_id(operation_id: UUID, flag: Flag) -> UUID:
    about = f" {flag.subject.id}" if flag.subject else ""
    return uuid5(operation_id, flag.code.value + about)


def _state(record: Record | None) -> str | None:
    return getattr(record, "status", None)
