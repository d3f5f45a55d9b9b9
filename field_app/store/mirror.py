"""The mirror and its rebase: what the server said, and what this device did on top of it.

A mirror row that an operation touched here is *optimistic*; the server's own copy waits in
`confirmed`. A rebase rewinds to the confirmed copies, applies what came, and replays what
is still pending, through the same `decide()`.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, delete, select

from field_app.domain.mirrored import BY_TABLE
from field_app.domain.operations import target_table
from field_app.domain.records import Record
from field_app.domain.wire import Digest, digest_of
from field_app.store.tables import GONE, ROWS, ConfirmedRow, MirrorRow

R = TypeVar("R", bound=Record)
UNDECIDED = "SELECT target_id FROM outbox WHERE status IN ('pending', 'parked')"


class MirrorWorld:
    """The mirror as `decide()` sees it, optimistic rows included."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, kind: type[R], record_id: UUID) -> R | None:
        row = self._session.get(ROWS[kind], record_id, populate_existing=True)
        return None if row is None else to_record(kind, row)

    def where(self, kind: type[R], **equal: Any) -> list[R]:
        row_class = ROWS[kind]
        query = select(row_class).filter_by(**equal).order_by(col(getattr(row_class, "id")))  # noqa: B009
        rows = self._session.exec(query.execution_options(populate_existing=True))
        return [to_record(kind, row) for row in rows]


def to_record(kind: type[R], row: MirrorRow) -> R:
    return kind.model_validate(row.__dict__)


def version_of(session: Session, kind: str, target_id: UUID) -> int | None:
    """The server's version of an operation's target, as this device holds it."""
    row = session.get(ROWS[BY_TABLE[target_table(kind)]], target_id, populate_existing=True)
    return None if row is None or row.version == 0 else row.version


def put_optimistic(session: Session, record: Record) -> None:
    """Write a record over the mirror's, keeping the server's copy aside once."""
    row_class = ROWS[type(record)]
    row = session.get(row_class, record.id, populate_existing=True)
    if session.get(ConfirmedRow, (record.table, record.id)) is None:
        body = None if row is None else to_record(type(record), row).model_dump_json()
        generation = 0 if row is None else row.generation
        session.add(
            ConfirmedRow(table_name=record.table, id=record.id, body=body, generation=generation)
        )
        session.flush()
    dumped = record.model_dump(mode="json")
    _write_rows(session, record.table, [dumped], 0 if row is None else row.generation)


def rewind(session: Session) -> None:
    """Put every confirmed copy back over its optimistic row."""
    covered: dict[str, list[str]] = defaultdict(list)
    copies: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for kept in session.exec(select(ConfirmedRow)):
        covered[kept.table_name].append(str(kept.id))
        if kept.body is not None:
            copies[kept.table_name, kept.generation].append(json.loads(kept.body))
    for table, ids in covered.items():
        _delete(session, table, ids)
    for (table, generation), rows in copies.items():
        _write_rows(session, table, rows, generation)
    session.execute(delete(ConfirmedRow))
    session.expire_all()


def apply_rows(session: Session, changes: dict[str, list[dict[str, Any]]], generation: int) -> None:
    """Write the server's rows; tables this app does not know yet are passed over."""
    for table, rows in changes.items():
        if table in BY_TABLE and rows:
            _write_rows(session, table, rows, generation)
    session.expire_all()


def remove_rows(session: Session, removed: dict[str, list[str]]) -> None:
    """Drop rows that left the scope. One that an undecided operation needs stays, marked gone."""
    for table, ids in removed.items():
        if table not in BY_TABLE or not ids:
            continue
        parameters = {"ids": json.dumps(ids)}
        these = "id IN (SELECT value FROM json_each(:ids))"
        session.execute(
            text(f"UPDATE {table} SET generation = {GONE} WHERE {these} AND id IN ({UNDECIDED})"),
            parameters,
        )
        session.execute(
            text(f"DELETE FROM {table} WHERE {these} AND generation <> {GONE}"), parameters
        )
    session.expire_all()


def sweep(session: Session, generation: int) -> None:
    """End a snapshot: whatever it did not bring has left the scope."""
    for table in BY_TABLE:
        old = f"generation NOT IN (:generation, {GONE})"
        parameters = {"generation": generation}
        keep = f"UPDATE {table} SET generation = {GONE} WHERE {old} AND id IN ({UNDECIDED})"
        session.execute(text(keep), parameters)
        session.execute(text(f"DELETE FROM {table} WHERE {old}"), parameters)
    session.expire_all()


def forget_gone(session: Session) -> None:
    """Drop rows that only waited for a verdict which has come."""
    for table in BY_TABLE:
        session.execute(
            text(f"DELETE FROM {table} WHERE generation = {GONE} AND id NOT IN ({UNDECIDED})")
        )
    session.expire_all()


def clear(session: Session) -> None:
    """Empty the mirror; the outbox stays."""
    for table in [*BY_TABLE, "confirmed"]:
        session.execute(text(f"DELETE FROM {table}"))
    session.expire_all()


def digest(session: Session) -> Digest:
    """What the mirror holds of the server's rows, to compare with the server's own account.

    Rows that only this device made have version 0 and do not count; an optimistic row keeps
    the version it was made on.
    """
    return digest_of(
        (table, record_id, version)
        for table in BY_TABLE
        for record_id, version in session.execute(
            text(f"SELECT id, version FROM {table} WHERE version > 0 AND generation <> {GONE}")
        )
    )


def _write_rows(
    session: Session, table: str, rows: Sequence[dict[str, Any]], generation: int
) -> None:
    statement, names = _upsert(ROWS[BY_TABLE[table]])
    values = [(*(_stored(row.get(name)) for name in names), generation) for row in rows]
    session.connection().exec_driver_sql(statement, values)


def _stored(value: Any) -> Any:
    """A value of the wire as SQLite keeps it: lists and objects as JSON."""
    return json.dumps(value) if isinstance(value, dict | list) else value


def _delete(session: Session, table: str, ids: Iterable[str]) -> None:
    session.execute(
        text(f"DELETE FROM {table} WHERE id IN (SELECT value FROM json_each(:ids))"),
        {"ids": json.dumps(list(ids))},
    )


@cache
def _upsert(row_class: type[MirrorRow]) -> tuple[str, list[str]]:
    """The statement that writes a row, never back to an older version, and its columns in order."""
    table = row_class.__table__  # type: ignore[attr-defined]
    names = [column.name for column in table.columns if column.name != "generation"]
    listed = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join("?" * len(names))
    updates = ", ".join(f'"{name}" = excluded."{name}"' for name in names)
    statement = (
        f"INSERT INTO {table.name} ({listed}, generation) VALUES ({marks}, ?) "
        f"ON CONFLICT (id) DO UPDATE SET {updates}, generation = excluded.generation "
        f"WHERE excluded.version >= {table.name}.version "
        f"OR excluded.generation <> {table.name}.generation"
    )
    return statement, names
