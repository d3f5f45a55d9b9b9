"""Starting again after the database's file was damaged: what was saved and not settled is kept.

The damaged file stays in the folder. What can still be read of it is taken over first, with its
verdicts; the journal brings the rest. Rows of the server come back with the next sync.
"""

import json
import logging
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlmodel import Session, SQLModel, col, func, select

from field_app.domain.wire import WireEnvelope
from field_app.store import settings
from field_app.store.settings import Setting
from field_app.store.tables import PRECIOUS, OutboxRow

log = logging.getLogger(__name__)

MARK = "field.damaged"
OWN = (Setting.DEVICE_ID, Setting.PERSON)
"""Settings without which a device would not know who it is."""


@dataclass
class Salvaged:
    """What was read of a damaged file: rows by table, as SQLite has them."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def is_damage(error: BaseException | None) -> bool:
    """Whether SQLite says that the file is no database, or a broken one."""
    return type(error) is sqlite3.DatabaseError


def mark(folder: Path) -> None:
    """Have the next start look at the file, which is damaged somewhere."""
    with suppress(OSError):
        (folder / MARK).touch()


def set_aside(path: Path) -> Salvaged | None:
    """Move a damaged file out of the way; what could be read of it, None where it is sound."""
    marker = path.parent / MARK
    if not path.exists() or not (marker.exists() or _is_broken(path)):
        return None
    number = len(list(path.parent.glob("damaged-*.db"))) + 1
    aside = path.parent / f"damaged-{number}.db"
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    marker.unlink(missing_ok=True)
    log.warning("the database was damaged and is now %s", aside.name)
    return Salvaged({table: _rows_of(aside, table) for table in PRECIOUS})


def restore(session: Session, salvaged: Salvaged, journal: list[dict[str, Any]]) -> int:
    """Fill a new store with what was kept; returns how many operations there are."""
    for table, rows in salvaged.rows.items():
        known = SQLModel.metadata.tables[table].columns.keys()
        for row in rows:
            _insert(session, table, {name: row[name] for name in row if name in known})
    forget = (Setting.CURSOR, Setting.SNAPSHOT, Setting.MIRROR_SCHEMA, Setting.GENERATION)
    for name in forget:
        settings.put(session, name, None)
    held = set(session.exec(select(OutboxRow.operation_id)))
    for entry in journal:
        if "setting" in entry:
            settings.put(session, entry["setting"], entry["value"])
        elif UUID(entry["envelope"]["id"]) not in held:
            session.add(_pending(entry))
            held.add(UUID(entry["envelope"]["id"]))
    session.flush()
    highest = session.exec(select(func.max(col(OutboxRow.seq)))).one() or 0
    last = max(highest, settings.get_int(session, Setting.LAST_SEQ))
    settings.put(session, Setting.LAST_SEQ, last)
    return len(held)


def _is_broken(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(path)) as database:
            database.execute("SELECT count(*) FROM sqlite_master").fetchone()
            tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
            for table in tables & {*PRECIOUS}:
                for _ in database.execute(f"SELECT * FROM {table}"):
                    pass
    except sqlite3.DatabaseError as error:
        return is_damage(error)
    return False


def _rows_of(path: Path, table: str) -> list[dict[str, Any]]:
    """The rows up to the first that cannot be read."""
    rows: list[dict[str, Any]] = []
    with closing(sqlite3.connect(path)) as database, suppress(sqlite3.DatabaseError):
        database.row_factory = sqlite3.Row
        for row in database.execute(f"SELECT * FROM {table}"):
            rows.append(dict(row))
    return rows


def _insert(session: Session, table: str, row: dict[str, Any]) -> None:
    names = ", ".join(row)
    marks = ", ".join(f":{name}" for name in row)
    statement = f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({marks})"
    session.connection().exec_driver_sql(statement, row)


def _pending(entry: dict[str, Any]) -> OutboxRow:
    wire = WireEnvelope.model_validate(entry["envelope"])
    return OutboxRow(
        seq=wire.seq,
        operation_id=wire.id,
        author_id=UUID(entry["author"]),
        target_id=wire.target_id,
        kind=wire.kind,
        occurred_at=wire.occurred_at,
        envelope=json.dumps(entry["envelope"]),
    )
