"""The central database as `decide()` sees it, and writing what it decided."""

import contextlib
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, select

from field_app.domain.event import EventInstance
from field_app.domain.kit import ActivityKit, KitInstance
from field_app.domain.mirrored import BY_TABLE
from field_app.domain.records import Record
from server_stub.tables import table_of

R = TypeVar("R", bound=Record)

STAMPED_HERE = {"version", "created_at", "updated_at"}
"""Columns that the database fills in itself."""


class LostRace(Exception):
    """Somebody else changed a row between our reading and our writing; decide again."""


class CentralWorld:
    """Records as they are in one transaction, what it wrote itself included."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[type[Record], UUID], Record | None] = {}

    def lock(
        self,
        *,
        targets: Iterable[tuple[str, UUID]],
        events: Iterable[object],
        kits: Iterable[object] = (),
    ) -> None:
        """Lock these rows and their events against other writers, in one order everywhere.

        Whatever concerns one event is decided one after the other: rules look at more than the
        rows they change (is anybody else staffed?), and a lock on those rows alone would not
        keep what was seen true. A kit goes from event to event, so it is locked by itself.
        `events` and `kits` are ids as they were sent, some of them perhaps no ids.
        """
        by_table: dict[str, set[UUID]] = defaultdict(set)
        for table, record_id in targets:
            by_table[table].add(record_id)
        by_table[EventInstance.table] |= self._events_of(by_table) | _ids(events)
        by_table[KitInstance.table] |= self._kits_of(by_table[ActivityKit.table]) | _ids(kits)
        self._lock_rows(EventInstance, by_table.pop(EventInstance.table))
        for table in sorted(by_table):
            self._lock_rows(BY_TABLE[table], by_table[table])

    def forget(self) -> None:
        """Read everything anew: after a savepoint was rolled back."""
        self._known.clear()

    def find(self, kind: type[R], record_id: UUID) -> R | None:
        if (kind, record_id) not in self._known:
            rows = table_of(kind)
            row = self._connection.execute(select(rows).where(rows.c.id == record_id)).first()
            if row is None:
                self._known[kind, record_id] = None
            else:
                self._keep(kind, row._mapping)
        known = self._known[kind, record_id]
        return known if isinstance(known, kind) else None

    def where(self, kind: type[R], **equal: Any) -> list[R]:
        rows = table_of(kind)
        query = select(rows).filter_by(**equal).order_by(rows.c.id)
        if "deleted_at" in rows.c:
            query = query.where(rows.c.deleted_at.is_(None))
        return [kind.model_validate(dict(row._mapping)) for row in self._connection.execute(query)]

    def write(self, record: Record) -> tuple[Record | None, Record]:
        """Insert or update a record; returns it as it was and as it is, with its new version."""
        before = self.find(type(record), record.id)
        version = self._insert(record) if before is None else self._update(before, record)
        after = record.revise(version=version)
        self._known[type(record), record.id] = after
        return before, after

    def _insert(self, record: Record) -> int:
        rows = table_of(type(record))
        values = {name: value for name, value in record if name not in STAMPED_HERE}
        answer = self._connection.execute(rows.insert().values(values).returning(rows.c.version))
        return int(answer.scalar_one())

    def _update(self, before: Record, record: Record) -> int:
        rows = table_of(type(record))
        old = dict(before)
        changed = {
            name: value for name, value in record if name not in STAMPED_HERE and value != old[name]
        }
        if not changed:
            return before.version
        is_same = (rows.c.id == record.id) & (rows.c.version == before.version)
        statement = rows.update().where(is_same).values(changed).returning(rows.c.version)
        version = self._connection.execute(statement).scalar_one_or_none()
        if version is None:
            raise LostRace(f"{record.table} {record.id}")
        return int(version)

    def _events_of(self, by_table: dict[str, set[UUID]]) -> set[UUID]:
        found: set[UUID] = set()
        for table, ids in by_table.items():
            rows = table_of(BY_TABLE[table])
            if "event_instance_id" in rows.c:
                query = select(rows.c.event_instance_id).where(rows.c.id.in_(ids))
                found |= set(self._connection.execute(query).scalars())
        return found

    def _kits_of(self, needs: set[UUID]) -> set[UUID]:
        rows = table_of(ActivityKit)
        query = select(rows.c.kit_instance_id).where(rows.c.id.in_(needs))
        return set(self._connection.execute(query).scalars()) - {None} if needs else set()

    def _lock_rows(self, kind: type[Record], ids: set[UUID]) -> None:
        if not ids:
            return
        rows = table_of(kind)
        query = select(rows).where(rows.c.id.in_(ids)).order_by(rows.c.id)
        for row in self._connection.execute(query.with_for_update(key_share=True)):
            self._keep(kind, row._mapping)

    def _keep(self, kind: type[Record], row: Any) -> None:
        record = kind.model_validate(dict(row))
        is_deleted = getattr(record, "deleted_at", None) is not None
        self._known[kind, record.id] = None if is_deleted else record


def _ids(sent: Iterable[object]) -> set[UUID]:
    found = set()
    for each in sent:
        with contextlib.suppress(ValueError):
            found.add(UUID(str(each)))
    return found
