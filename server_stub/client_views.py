"""What each device was last sent: its *client view*, and the cursors that stand for it.

A view holds, by table, 16 bytes of id and 8 of version for every row, by id. A longer answer
leaves a list of what is still to be sent with the view; a cursor says how far it was read.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, text

from field_app.domain.mirrored import BY_TABLE
from field_app.domain.wire import Digest
from server_stub.statements import fetch, run

TABLES = list(BY_TABLE)
NUMBERS = {table: number for number, table in enumerate(TABLES)}
ENTRY = struct.Struct(">16sq")
TODO = struct.Struct(">H16s")

Entries = dict[str, bytes]
Key = tuple[str, bytes]
"""A row: its table and its id's bytes."""

FIND = text("""
    SELECT m.value AS epoch, v.id, v.todo, v.digest, c.todo_offset,
        ARRAY(SELECT table_name FROM client_view_tables WHERE view_id = v.id
              ORDER BY table_name) AS tables,
        ARRAY(SELECT entries FROM client_view_tables WHERE view_id = v.id
              ORDER BY table_name) AS entries
    FROM server_meta m
    LEFT JOIN (client_cursors c JOIN client_views v ON v.id = c.view_id
               AND v.device_id = :device AND v.shape = :shape) ON c.cursor = :cursor
    WHERE m.key = 'epoch'
""")
ONE_AT_A_TIME = text("""
    SELECT pg_advisory_xact_lock(hashtextextended(:device, 0)),
        set_config('synchronous_commit', 'local', true)
""")
# One statement each, because every statement costs more than what it writes. What it writes itself
# it does not see: of the older views, `:newest` stay.
STORE_CURSOR = """
    cursor AS (INSERT INTO client_cursors (cursor, view_id, todo_offset)
               VALUES (:cursor, :view, :offset))
    DELETE FROM client_views WHERE device_id = :device AND id <> ALL(:kept)
        AND id NOT IN (SELECT id FROM client_views WHERE device_id = :device
                       ORDER BY created_at DESC, id LIMIT :newest)
"""
KEEP_CURSOR = text(f"WITH {STORE_CURSOR}")
KEEP_VIEW = text(f"""
    WITH view AS (INSERT INTO client_views (id, device_id, shape, todo, digest)
                  VALUES (:view, :device, :shape, :todo, CAST(:digest AS jsonb))),
    entries AS (INSERT INTO client_view_tables (view_id, table_name, entries)
                SELECT CAST(:view AS uuid), * FROM
                    unnest(CAST(:tables AS text[]), CAST(:entries AS bytea[]))),
    {STORE_CURSOR}
""")


@dataclass(frozen=True)
class Position:
    """Where a device is: the view it holds, and how far it is through a longer answer."""

    view_id: UUID
    todo: bytes
    offset: int
    digest: Digest
    held: Entries = field(default_factory=dict)

    @property
    def is_paging(self) -> bool:
        return self.offset < len(self.todo)

    def next_keys(self, most: int) -> tuple[list[Key], int]:
        """The next rows to be sent, and the offset after them."""
        until = min(self.offset + most * TODO.size, len(self.todo))
        todo = TODO.iter_unpack(self.todo[self.offset : until])
        return [(TABLES[number], record_id) for number, record_id in todo], until


@dataclass(frozen=True)
class Step:
    """One answer to be remembered: a new cursor for a position, and the view where it is new."""

    position: Position
    offset: int = 0
    entries: Entries | None = None
    """Of a new view; None where the position's view is kept already."""
    cursor: UUID = field(default_factory=uuid4)


def new_position(todo: Sequence[Key], digest: Digest) -> Position:
    """At the beginning of a new view; `todo` are the rows of a longer answer, in order."""
    packed = b"".join(TODO.pack(NUMBERS[table], key) for table, key in todo)
    return Position(uuid4(), packed, 0, digest)


def find(
    connection: Connection, device_id: UUID, shape: str, cursor: str | None
) -> tuple[str, Position | None]:
    """The database's epoch, and the position behind a cursor.

    There is none where the cursor is unknown, another device's or outdated.
    """
    presented = {"cursor": _read(cursor), "device": device_id, "shape": shape}
    (row,) = fetch(connection, FIND, presented)
    if row.id is None:
        return row.epoch, None
    digest = Digest.model_validate(row.digest)
    held = dict(zip(row.tables, map(bytes, row.entries), strict=True))
    return row.epoch, Position(row.id, row.todo or b"", row.todo_offset, digest, held)


def _read(cursor: str | None) -> UUID | None:
    try:
        return UUID(cursor or "")
    except ValueError:
        return None


def keep(engine: Engine, device_id: UUID, shape: str, step: Step, presented: UUID | None) -> None:
    """Remember what a device is being sent, and forget what it cannot ask for any more.

    Left are the view that it presented and the two newest: a late copy of an old request must not
    take away what a newer one was answered. No standby is waited for: who comes to a new primary
    with a cursor that did not get there starts anew.
    """
    position = step.position
    kept = [position.view_id, *([presented] if presented else [])]
    of_view = {"view": position.view_id, "device": device_id, "kept": kept}
    cursor = of_view | {"cursor": step.cursor, "offset": step.offset}
    with engine.begin() as connection:
        run(connection, ONE_AT_A_TIME, {"device": str(device_id)})
        if step.entries is None:
            run(connection, KEEP_CURSOR, cursor | {"newest": 2})
            return
        view = {
            "shape": shape,
            "todo": position.todo,
            "digest": position.digest.model_dump_json(),
            "tables": [*step.entries],
            "entries": [*step.entries.values()],
        }
        run(connection, KEEP_VIEW, cursor | view | {"newest": 1})


def difference(held: Entries, now: Entries) -> tuple[list[Key], dict[str, list[str]]]:
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


def identities(entries: Entries) -> Iterator[tuple[str, str, int]]:
    """Every (table, id, version), as the digest takes them."""
    for table, packed in entries.items():
        for record_id, version in ENTRY.iter_unpack(packed):
            digits = record_id.hex()  # what str(UUID(...)) says, in a third of its time
            yield (
                table,
                f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}",
                version,
            )


def ids_by_table(keys: Iterable[Key]) -> dict[str, list[UUID]]:
    """Parents first."""
    wanted: dict[str, list[UUID]] = {table: [] for table in TABLES}
    for table, record_id in keys:
        wanted[table].append(UUID(bytes=record_id))
    return {table: ids for table, ids in wanted.items() if ids}
