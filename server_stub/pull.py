"""What has changed for a device: its person's scope now, against what it was last sent.

An answer is the difference between two client views, so deletes, reassignments and whoever
else writes to the database need no machinery of their own.
"""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from itertools import compress
from operator import not_
from uuid import UUID

from sqlalchemy import Connection, Engine, TextClause, text
from sqlalchemy.exc import DBAPIError

from field_app.domain.records import format_instant
from field_app.domain.wire import Digest, Verdict, digest_of
from server_stub import client_views as views
from server_stub import scope as scopes
from server_stub.client_views import Entries, Key, Position, Step
from server_stub.replica import Behind, Replica
from server_stub.scope import Scope
from server_stub.sessions import sqlstate_of
from server_stub.settings import ServerSettings
from server_stub.statements import fetch
from server_stub.tokens import Caller
from server_stub.transactions import TRIES, is_transient

NOWHERE = "none"
"""A cursor that nobody knows: who comes with it starts anew."""
EPOCH = text("SELECT value FROM server_meta WHERE key = 'epoch'")
FOREIGN_KEY_VIOLATION = "23503"
NEAR = text("""
    SELECT e.id, e.location_id, e.booking_id FROM event_instances e
    WHERE e.id = ANY(:events) AND e.ends_at > now() - interval '6 hours'
        AND e.starts_at < now() + interval '2 days'
""")


@dataclass(frozen=True)
class Rows:
    """A table's, as PostgreSQL made a JSON array of them."""

    array: str
    number: int


@dataclass(frozen=True)
class Page:
    """One answer's rows."""

    cursor: str
    changes: dict[str, Rows]
    removed: dict[str, list[str]]
    is_full: bool = False
    digest: Digest | None = None
    """None where more follows."""


@dataclass(frozen=True)
class Asked:
    """Who asks, holding what."""

    caller: Caller
    cursor: str | None
    page_rows: int
    verdicts: list[Verdict]


@dataclass(frozen=True)
class Answer:
    """A sync response, and how many rows are in it."""

    body: bytes
    rows: int


def answer(
    engine: Engine, replica: Replica | None, settings: ServerSettings, asked: Asked
) -> Answer:
    """A sync response, from one snapshot of the database or of its replica."""
    if replica is not None and replica.is_ready:
        try:
            with replica.snapshot(engine) as connection:
                read = _read(connection, settings, asked)
            return _keep(engine, asked, read)
        except (Behind, DBAPIError) as error:
            if isinstance(error, Behind) or not _is_twin(error):
                replica.rest(error)
    for _ in range(TRIES - 1):
        try:
            return _keep(engine, asked, _read_here(engine, settings, asked))
        except DBAPIError as error:
            if not _is_twin(error):
                raise
    return _keep(engine, asked, _read_here(engine, settings, asked))


def nothing(engine: Engine, cursor: str | None, verdicts: list[Verdict]) -> bytes:
    """Verdicts alone, for whoever gets no rows: the cursor stays where it is."""
    with engine.connect() as connection:
        epoch = connection.execute(EPOCH).scalar_one()
    return _body(dt.datetime.now(dt.UTC), epoch, verdicts, Page(cursor or NOWHERE, {}, {}))


@dataclass(frozen=True)
class Read:
    """What was read of one snapshot, and what is to be remembered before it is answered."""

    now: dt.datetime
    epoch: str
    page: Page
    step: Step | None
    presented: UUID | None


def _read_here(engine: Engine, settings: ServerSettings, asked: Asked) -> Read:
    with engine.execution_options(isolation_level="REPEATABLE READ").begin() as connection:
        return _read(connection, settings, asked)


def _read(connection: Connection, settings: ServerSettings, asked: Asked) -> Read:
    now = dt.datetime.now(dt.UTC)
    scope = scopes.of(connection, asked.caller.person, settings, now)
    shape = scopes.shape(asked.caller.person)
    epoch, position = views.find(connection, asked.caller.device_id, shape, asked.cursor)
    page, step = _page(connection, scope, position, asked)
    return Read(now, epoch, page, step, position.view_id if position else None)


def _keep(engine: Engine, asked: Asked, read: Read) -> Answer:
    """The answer, once what it says is remembered on the primary."""
    if read.step is not None:
        shape = scopes.shape(asked.caller.person)
        views.keep(engine, asked.caller.device_id, shape, read.step, read.presented)
    rows = sum(each.number for each in read.page.changes.values())
    return Answer(_body(read.now, read.epoch, asked.verdicts, read.page), rows)


def _page(
    connection: Connection, scope: Scope, position: Position | None, asked: Asked
) -> tuple[Page, Step | None]:
    if position is not None and position.is_paging:
        return _next_page(connection, scope, Step(position), asked.page_rows)
    held = position.held if position else {}
    now = _entries(connection, scope)
    if position is not None and asked.cursor is not None and held == now:
        return Page(asked.cursor, {}, {}, digest=position.digest), None
    changed, gone = views.difference(held, now)
    digest = digest_of(views.identities(now))
    is_long = len(changed) > asked.page_rows
    todo = _todays_work_first(connection, scope, changed) if is_long else []
    step = Step(views.new_position(todo, digest), entries=now)
    is_full = position is None
    if todo:
        first, step = _next_page(connection, scope, step, asked.page_rows)
        return replace(first, removed=gone, is_full=is_full), step
    rows = _rows(connection, scope, changed)
    return Page(str(step.cursor), rows, gone, is_full, digest), step


def _next_page(
    connection: Connection, scope: Scope, step: Step, page_rows: int
) -> tuple[Page, Step]:
    """The next rows of a longer answer, as they are by now; what has vanished is passed over.

    Every page says that more follows. After the last one the device asks again and gets the
    ordinary difference to what was changed meanwhile, with the digest.
    """
    keys, offset = step.position.next_keys(page_rows)
    rows = _rows(connection, scope, keys)
    return Page(str(step.cursor), rows, {}), replace(step, offset=offset)


def _entries(connection: Connection, scope: Scope) -> Entries:
    """The scope as it is now: per table the packed (id, version) of its rows, by id."""
    rows = fetch(connection, _entries_sql(), scope.parameters)
    return {row.table_name: bytes(row.entries) for row in rows}


@cache
def _entries_sql() -> TextClause:
    """Of all tables at once, in fewer than 4096 characters: psycopg reads longer ones each time."""
    tables = " UNION ALL ".join(
        f"SELECT '{table}' AS name, t.id, t.version FROM {table} t WHERE {scopes.condition(table)}"
        for table in views.TABLES
    )
    entries = "string_agg(uuid_send(id) || int8send(version), ''::bytea ORDER BY id)"
    sql = f"SELECT name AS table_name, {entries} AS entries FROM ({tables}) t GROUP BY name"
    return text(" ".join(sql.split()))


def _rows(connection: Connection, scope: Scope, keys: Iterable[Key]) -> dict[str, Rows]:
    """The rows of these keys that are in scope, for each table by id."""
    rows: dict[str, Rows] = {}
    for table, ids in views.ids_by_table(keys).items():
        sql = (
            f"SELECT json_agg(row_to_json(r))::text, count(*) FROM (SELECT {scopes.columns(table)} "
            f"FROM {table} t WHERE t.id = ANY(:ids) AND {scopes.condition(table)} ORDER BY t.id) r"
        )
        ((array, number),) = fetch(connection, scopes.query(sql), scope.parameters | {"ids": ids})
        if array is not None:
            rows[table] = Rows(array, number)
    return rows


def _todays_work_first(connection: Connection, scope: Scope, changed: list[Key]) -> list[Key]:
    """Put what the person needs today on the first pages; the rest keeps its order."""
    near = connection.execute(NEAR, scope.parameters).all()
    first = {value.bytes for row in near for value in row if value is not None}
    first.add(scope.person.id.bytes)
    for table in ("staff_assignments", "activities", "activity_kits", "event_team_members"):
        ids = "string_agg(uuid_send(id), ''::bytea)"
        query = scopes.query(f"SELECT {ids} FROM {table} WHERE event_instance_id = ANY(:near)")
        found = connection.execute(query, {"near": [row.id for row in near]}).scalar_one() or b""
        first |= {found[at : at + 16] for at in range(0, len(found), 16)}
    is_first = [key[1] in first for key in changed]
    return [*compress(changed, is_first), *compress(changed, map(not_, is_first))]


def _is_twin(error: DBAPIError) -> bool:
    """Two requests of one device met: one has removed a view that the other one built on."""
    return is_transient(error) or sqlstate_of(error) == FOREIGN_KEY_VIOLATION


def _body(now: dt.datetime, epoch: str, verdicts: list[Verdict], page: Page) -> bytes:
    """The response, with PostgreSQL's arrays passed through as they are."""
    head = {
        "server_time": format_instant(now),
        "epoch": epoch,
        "verdicts": [verdict.model_dump(mode="json") for verdict in verdicts],
        "cursor": page.cursor,
        "full": page.is_full,
        "more": page.digest is None,
        "removed": page.removed,
        "digest": page.digest.model_dump() if page.digest else None,
        "photos_wanted": [],
        "notice": None,
    }
    changes = ",".join(f'"{table}":{rows.array}' for table, rows in page.changes.items())
    return f'{json.dumps(head)[:-1]},"changes":{{{changes}}}}}'.encode()
