"""The central database as `decide()` sees it, and writing what it decided."""

import contextlib
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Select, Update, Uuid, any_, bindparam, func, select, union
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.dml import ReturningInsert

from field_app.domain.event import EventInstance
from field_app.domain.kit import KitInstance
from field_app.domain.mirrored import BY_TABLE
from field_app.domain.records import Record
from server_stub.tables import table_of

R = TypeVar("R", bound=Record)
Key = tuple[type[Record], UUID]
Question = tuple[type[Record], frozenset[tuple[str, Any]]]

IDS = ARRAY(Uuid())
NAMED_IN: dict[type[Record], str] = {
    EventInstance: "event_instance_id",
    KitInstance: "kit_instance_id",
}
"""What is locked because other rows belong to it: the column that says so in them."""
STAMPED_HERE = {"version", "created_at", "updated_at"}
"""Columns that the database fills in itself."""


class LostRace(Exception):
    """Somebody else changed a row between our reading and our writing; decide again."""


class CentralWorld:
    """Records as they are in one transaction, what it wrote itself included.

    A hundred operations share a transaction, so reading and writing go by the set: `write()`
    only remembers until `flush()`, and what is asked of one locked event is read for all of them.
    A record that says of itself that it is new is believed, unless `is_careful`.
    """

    def __init__(self, connection: Connection, *, is_careful: bool = False) -> None:
        self.connection, self._is_careful = connection, is_careful
        self._stored: dict[Key, Record | None] = {}
        self._written: dict[Key, Record] = {}
        self._answers: dict[Question, list[UUID]] = {}
        self._events: set[UUID] = set()

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
        named = by_table.pop(EventInstance.table, set()) | _ids(events)
        self._events = self._lock_rows(EventInstance, named, by_table)
        by_table[KitInstance.table] |= _ids(kits)
        for table in sorted(by_table):
            self._lock_rows(BY_TABLE[table], by_table[table], by_table)

    def forget(self) -> None:
        """Read everything anew, write nothing: after a savepoint was rolled back."""
        self._stored.clear()
        self._written.clear()
        self._answers.clear()

    def find(self, kind: type[R], record_id: UUID) -> R | None:
        key = (kind, record_id)
        if key not in self._written and key not in self._stored:
            row = self.connection.execute(_by_id(kind), {"its_id": record_id}).first()
            if row is None:
                self._stored[key] = None
            else:
                self._keep(kind, row._mapping)
        known = self._written.get(key) or self._stored[key]
        return known if isinstance(known, kind) else None

    def where(self, kind: type[R], **equal: Any) -> list[R]:
        ids = {*self._answer(kind, equal), *(each for of, each in self._written if of is kind)}
        found = (self.find(kind, each) for each in sorted(ids))
        return [
            record
            for record in found
            if record and all(getattr(record, name) == value for name, value in equal.items())
        ]

    def write(self, record: Record) -> tuple[Record | None, Record]:
        """Insert or update a record at the next `flush()`; returns it as it was and as it is."""
        key = (type(record), record.id)
        if record.version == 0 and not self._is_careful and key not in self._written:
            self._stored.setdefault(key, None)
        before = self.find(*key)
        after = record.revise(version=before.version + 1 if before else 1)
        self._written.pop(key, None)  # the order is that of the last writing
        self._written[key] = after
        return before, after

    def flush(self) -> None:
        """Write what was remembered: new rows, parents first, and then what changed in others.

        Raises LostRace where a row is not as it was read, and whatever the database objects to.
        """
        groups: dict[tuple[type[Record], frozenset[str]], list[Record]] = defaultdict(list)
        fresh: dict[type[Record], list[Record]] = {kind: [] for kind in BY_TABLE.values()}
        for key, record in self._written.items():
            before = self._stored[key]
            if before is None:
                fresh[key[0]].append(record)
            elif changed := _changed(before, record):
                groups[key[0], changed].append(record)
        for kind, records in fresh.items():
            self._insert(kind, records)
        for (kind, columns), records in groups.items():
            self._update(kind, columns, records)
        self._written.clear()

    def _insert(self, kind: type[Record], records: list[Record]) -> None:
        if not records:
            return
        values = [{n: v for n, v in record if n not in STAMPED_HERE} for record in records]
        made = self.connection.execute(_inserting(kind), values)
        self._take_versions(kind, records, {row.id: row.version for row in made})

    def _update(self, kind: type[Record], columns: frozenset[str], records: list[Record]) -> None:
        values = [
            {f"new_{n}": getattr(record, n) for n in columns}
            | {"its_id": record.id, "its_version": self._version_stored(kind, record.id)}
            for record in records
        ]
        change, rows = _updating(kind, columns), table_of(kind)
        if len(values) == 1:  # which is usual, and says its version by itself
            made = self.connection.execute(change.returning(rows.c.id, rows.c.version), values[0])
            versions = {row.id: row.version for row in made}
            is_done = len(versions) == 1
        else:
            is_done = self.connection.execute(change, values).rowcount == len(records)
            query = select(rows.c.id, rows.c.version).where(rows.c.id.in_([r.id for r in records]))
            versions = {row.id: row.version for row in self.connection.execute(query)}
        if not is_done:
            raise LostRace(f"{kind.table}: one of {len(records)} rows")
        self._take_versions(kind, records, versions)

    def _version_stored(self, kind: type[Record], record_id: UUID) -> int:
        stored = self._stored[kind, record_id]
        assert stored is not None
        return stored.version

    def _take_versions(
        self, kind: type[Record], records: list[Record], versions: dict[UUID, int]
    ) -> None:
        for record in records:
            self._stored[kind, record.id] = record.revise(version=versions[record.id])

    def _answer(self, kind: type[Record], equal: dict[str, Any]) -> list[UUID]:
        """The ids of stored rows; what is asked of one locked event is asked of all of them."""
        question = _question(kind, equal)
        if question in self._answers:
            return self._answers[question]
        rows, asked, rest = table_of(kind), [equal], dict(equal)
        among = rows.c.id.is_not(None)
        if rest.get("event_instance_id") in self._events:
            del rest["event_instance_id"]
            asked = [{**rest, "event_instance_id": each} for each in self._events]
            among = rows.c.event_instance_id.in_(self._events)
        self._answers |= {_question(kind, each): [] for each in asked}
        for row in self.connection.execute(select(rows).filter_by(**rest).where(among)):
            record = self._keep(kind, row._mapping)
            own = {name: getattr(record, name) for name in equal}
            self._answers[_question(kind, own)].append(record.id)
        return self._answers[question]

    def _lock_rows(
        self, kind: type[Record], ids: set[UUID], others: dict[str, set[UUID]]
    ) -> set[UUID]:
        """Lock rows by id, and the ones that belong to other rows, by table; returns their ids."""
        column = NAMED_IN.get(kind, "")
        tables = sorted(t for t, its in others.items() if its and column in table_of(BY_TABLE[t]).c)
        if not ids and not tables:
            return set()
        self._stored |= {(kind, each): None for each in ids}
        asked = {"its_ids": list(ids)} | {table: list(others[table]) for table in tables}
        found = self.connection.execute(_locking(kind, tuple(tables)), asked).all()
        for row in found:
            self._stored.pop((kind, row.id), None)
            self._keep(kind, row._mapping)
        return ids | {row.id for row in found}

    def _keep(self, kind: type[Record], row: Any) -> Record:
        """Remember a row unless it is known already; one that was deleted softly is not there."""
        record = kind.model_validate(dict(row))
        is_deleted = getattr(record, "deleted_at", None) is not None
        self._stored.setdefault((kind, record.id), None if is_deleted else record)
        return record


@cache
def _by_id(kind: type[Record]) -> Select[Any]:
    """Built once: it is asked for every record that an operation makes."""
    rows = table_of(kind)
    return select(rows).where(rows.c.id == bindparam("its_id"))


@cache
def _locking(kind: type[Record], others: tuple[str, ...]) -> Select[Any]:
    """Rows by `its_ids`, and those that rows of these tables belong to, whose ids go by table."""
    rows, ids = table_of(kind), bindparam("its_ids", type_=IDS)
    wanted = rows.c.id == any_(ids)
    if others:
        owned = [table_of(BY_TABLE[table]) for table in others]
        named = [
            select(each.c[NAMED_IN[kind]]).where(each.c.id == any_(bindparam(each.name, type_=IDS)))
            for each in owned
        ]
        wanted = rows.c.id.in_(union(select(func.unnest(ids)), *named))
    return select(rows).where(wanted).order_by(rows.c.id).with_for_update(key_share=True, of=rows)


@cache
def _inserting(kind: type[Record]) -> ReturningInsert[Any]:
    rows = table_of(kind)
    return rows.insert().returning(rows.c.id, rows.c.version)


@cache
def _updating(kind: type[Record], columns: frozenset[str]) -> Update:
    """Where a row is as it was read."""
    rows = table_of(kind)
    is_same = (rows.c.id == bindparam("its_id")) & (rows.c.version == bindparam("its_version"))
    return rows.update().where(is_same).values({n: bindparam(f"new_{n}") for n in columns})


def _question(kind: type[Record], equal: dict[str, Any]) -> Question:
    return kind, frozenset(equal.items())


def _changed(before: Record, after: Record) -> frozenset[str]:
    old = dict(before)
    return frozenset(
        name for name, value in after if name not in STAMPED_HERE and value != old[name]
    )


def _ids(sent: Iterable[object]) -> set[UUID]:
    found = set()
    for each in sent:
        with contextlib.suppress(ValueError):
            found.add(UUID(str(each)))
    return found
