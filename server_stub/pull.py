"""What has changed for a device: its person's scope now, against what it was last sent.

A *client view* is what a device holds: 16 bytes of id and 8 of version for every row, by
table. An answer is the difference between two views, so deletes, reassignments and whoever
else writes to the database need no machinery of their own.
"""

import datetime as dt
import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, text

from field_app.domain.mirrored import BY_TABLE
from field_app.domain.records import format_instant
from field_app.domain.wire import Digest, Verdict, digest_of
from server_stub import scope as scopes
from server_stub.auth import Caller
from server_stub.scope import Scope
from server_stub.settings import ServerSettings

TABLES = list(BY_TABLE)
ENTRY = struct.Struct(">16sq")
TODO = struct.Struct(">H16s")

Entries = dict[str, bytes]
Key = tuple[str, bytes]


@dataclass(frozen=True)
class Position:
    """Where a device is: the view it holds, and how far it is through a longer answer."""

    view_id: UUID
    offset: int
    todo: bytes | None
    digest: Digest | None

    @property
    def is_paging(self) -> bool:
        return self.todo is not None and self.offset < len(self.todo)


@dataclass(frozen=True)
class Page:
    """One answer's rows: for each table a JSON array as text, made by PostgreSQL."""

    cursor: str
    changes: dict[str, str]
    removed: dict[str, list[str]]
    full: bool = False
    more: bool = False
    digest: Digest | None = None


def answer(
    engine: Engine,
    settings: ServerSettings,
    caller: Caller,
    cursor: str | None,
    page_rows: int,
    verdicts: list[Verdict],
) -> bytes:
    """The body of a sync response, from one snapshot of the database."""
    isolated = engine.execution_options(isolation_level="REPEATABLE READ")
    with isolated.begin() as connection:
        now = dt.datetime.now(dt.UTC)
        scope = scopes.of(connection, caller.person, settings, now)
        epoch = connection.execute(
            text("SELECT value FROM server_meta WHERE key = 'epoch'")
        ).scalar_one()
        page = _page(connection, caller, scope, cursor, page_rows)
    return _body(now, epoch, verdicts, page)


def _page(
    connection: Connection, caller: Caller, scope: Scope, cursor: str | None, page_rows: int
) -> Page:
    shape = scopes.shape(caller.person.role) + f":{caller.person.id}"
    position = _find_position(connection, caller.device_id, shape, cursor)
    if position is not None:
        _forget_other_views(connection, caller.device_id, position.view_id)
    if position is not None and position.is_paging:
        return _next_page(connection, scope, position, page_rows)
    held = _held(connection, position.view_id) if position else {}
    now = _entries(connection, scope)
    if position is not None and cursor is not None and held == now:
        return Page(cursor, {}, {}, digest=position.digest)
    changed, gone = _difference(held, now)
    digest = digest_of(_identities(now))
    view_id = _store_view(connection, caller.device_id, shape, now, digest)
    full = position is None
    if len(changed) <= page_rows:
        rows = _rows(connection, scope, changed)
        return Page(_store_cursor(connection, view_id), rows, gone, full, digest=digest)
    todo = _todays_work_first(connection, scope, changed)
    connection.execute(
        text("UPDATE client_views SET todo = :todo WHERE id = :id"),
        {"id": view_id, "todo": b"".join(TODO.pack(TABLES.index(t), i) for t, i in todo)},
    )
    rows = _rows(connection, scope, todo[:page_rows])
    at = page_rows * TODO.size
    return Page(_store_cursor(connection, view_id, at), rows, gone, full, more=True)


def _next_page(connection: Connection, scope: Scope, position: Position, page_rows: int) -> Page:
    """The next rows of a longer answer, as they are by now; what has vanished is passed over.

    Every page says that more follows. After the last one the device asks again and gets the
    ordinary difference to what was changed meanwhile, with the digest.
    """
    assert position.todo is not None
    until = min(position.offset + page_rows * TODO.size, len(position.todo))
    keys = [
        (TABLES[number], record_id)
        for number, record_id in TODO.iter_unpack(position.todo[position.offset : until])
    ]
    rows = _rows(connection, scope, keys)
    return Page(_store_cursor(connection, position.view_id, until), rows, {}, more=True)


def _find_position(
    connection: Connection, device_id: UUID, shape: str, cursor: str | None
) -> Position | None:
    """The position behind a cursor; None where it is unknown, another device's or outdated."""
    try:
        cursor_id = UUID(cursor or "")
    except ValueError:
        return None
    row = connection.execute(
        text(
            "SELECT v.id, v.todo, v.digest, c.todo_offset FROM client_cursors c "
            "JOIN client_views v ON v.id = c.view_id "
            "WHERE c.cursor = :cursor AND v.device_id = :device AND v.shape = :shape"
        ),
        {"cursor": cursor_id, "device": device_id, "shape": shape},
    ).one_or_none()
    if row is None:
        return None
    digest = Digest.model_validate(row.digest) if row.digest else None
    return Position(row.id, row.todo_offset, row.todo, digest)


def _entries(connection: Connection, scope: Scope) -> Entries:
    """The scope as it is now: per table the packed (id, version) of its rows, by id."""
    parts = [
        f"SELECT '{table}' AS table_name, string_agg(uuid_send(t.id) || int8send(t.version), "
        f"''::bytea ORDER BY t.id) AS entries FROM {table} t WHERE {scope.condition(table)}"
        for table in TABLES
    ]
    rows = connection.execute(text(" UNION ALL ".join(parts)), scope.parameters)
    return {row.table_name: bytes(row.entries) for row in rows if row.entries}


def _held(connection: Connection, view_id: UUID) -> Entries:
    rows = connection.execute(
        text("SELECT table_name, entries FROM client_view_tables WHERE view_id = :id"),
        {"id": view_id},
    )
    return {row.table_name: bytes(row.entries) for row in rows}


def _difference(held: Entries, now: Entries) -> tuple[list[Key], dict[str, list[str]]]:
    """Rows to send, in table and id order, and ids to remove."""
    changed: list[Key] = []
    gone: dict[str, list[str]] = {}
    for table in TABLES:
        before, after = held.get(table, b""), now.get(table, b"")
        if before == after:
            continue
        old, new = dict(ENTRY.iter_unpack(before)), dict(ENTRY.iter_unpack(after))
        changed += [(table, key) for key, version in new.items() if old.get(key) != version]
        if missing := [str(UUID(bytes=key)) for key in old if key not in new]:
            gone[table] = missing
    return changed, gone


def _identities(entries: Entries) -> Iterator[tuple[str, str, int]]:
    for table, packed in entries.items():
        for record_id, version in ENTRY.iter_unpack(packed):
            yield table, str(UUID(bytes=record_id)), version


def _rows(connection: Connection, scope: Scope, keys: Iterable[Key]) -> dict[str, str]:
    """The rows of these keys that are in scope, as one JSON array a table, by id."""
    wanted: dict[str, list[UUID]] = {}
    for table, record_id in keys:
        wanted.setdefault(table, []).append(UUID(bytes=record_id))
    arrays: dict[str, str] = {}
    for table in [t for t in TABLES if t in wanted]:
        query = (
            f"SELECT json_agg(row_to_json(r))::text FROM (SELECT {scopes.columns(table)} "
            f"FROM {table} t WHERE t.id = ANY(:ids) AND {scope.condition(table)} ORDER BY t.id) r"
        )
        found = connection.execute(text(query), scope.parameters | {"ids": wanted[table]})
        if (array := found.scalar_one()) is not None:
            arrays[table] = array
    return arrays


def _todays_work_first(connection: Connection, scope: Scope, changed: list[Key]) -> list[Key]:
    """Put what the person needs today on the first pages; the rest keeps its order."""
    near = connection.execute(
        text(
            "SELECT e.id, e.location_id, e.booking_id FROM event_instances e "
            "WHERE e.id = ANY(:events) AND e.ends_at > now() - interval '6 hours' "
            "AND e.starts_at < now() + interval '2 days'"
        ),
        scope.parameters,
    ).all()
    first = {value.bytes for row in near for value in row if value is not None}
    first.add(scope.person.id.bytes)
    parameters = scope.parameters | {"near": [row.id for row in near]}
    for table in ("staff_assignments", "activities", "activity_kits", "event_team_members"):
        found = connection.execute(
            text(f"SELECT id FROM {table} WHERE event_instance_id = ANY(:near)"), parameters
        )
        first |= {record_id.bytes for record_id in found.scalars()}
    return sorted(changed, key=lambda key: key[1] not in first)


def _store_view(
    connection: Connection, device_id: UUID, shape: str, now: Entries, digest: Digest
) -> UUID:
    view_id = uuid4()
    connection.execute(
        text(
            "INSERT INTO client_views (id, device_id, shape, digest) "
            "VALUES (:id, :device, :shape, CAST(:digest AS jsonb))"
        ),
        {
            "id": view_id,
            "device": device_id,
            "shape": shape,
            "digest": digest.model_dump_json(),
        },
    )
    if now:
        connection.execute(
            text("INSERT INTO client_view_tables VALUES (:view, :table, :entries)"),
            [{"view": view_id, "table": t, "entries": e} for t, e in now.items()],
        )
    return view_id


def _store_cursor(connection: Connection, view_id: UUID, offset: int = 0) -> str:
    cursor = uuid4()
    connection.execute(
        text("INSERT INTO client_cursors (cursor, view_id, todo_offset) VALUES (:c, :v, :o)"),
        {"c": cursor, "v": view_id, "o": offset},
    )
    return str(cursor)


def _forget_other_views(connection: Connection, device_id: UUID, keep: UUID) -> None:
    """A device that presents a cursor has its view; older ones, and lost newer ones, can go."""
    connection.execute(
        text("DELETE FROM client_views WHERE device_id = :device AND id <> :keep"),
        {"device": device_id, "keep": keep},
    )


def _body(now: dt.datetime, epoch: str, verdicts: list[Verdict], page: Page) -> bytes:
    """The response, with PostgreSQL's arrays passed through as they are."""
    head = {
        "server_time": format_instant(now),
        "epoch": epoch,
        "verdicts": [verdict.model_dump(mode="json") for verdict in verdicts],
        "cursor": page.cursor,
        "full": page.full,
        "more": page.more,
        "removed": page.removed,
        "digest": page.digest.model_dump() if page.digest else None,
        "photos_wanted": [],
        "notice": None,
    }
    changes = ",".join(f'"{table}":{array}' for table, array in page.changes.items())
    return f'{json.dumps(head)[:-1]},"changes":{{{changes}}}}}'.encode()
