"""One device's store: a SQLite file that screens read, one write door, news of every commit."""

import logging
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlmodel import Session, create_engine

from field_app.domain.decision import Refused
from field_app.domain.operations import Envelope
from field_app.store import migrations, outbox, photo_queue, salvage, settings
from field_app.store.journal import Journal
from field_app.store.salvage import Salvaged
from field_app.store.settings import Setting

log = logging.getLogger(__name__)
T = TypeVar("T")
FILE_NAME = "field.db"
BUSY_TIMEOUT_MS = 10_000
TIDY_FROM_BYTES = 256 * 1024
DAMAGED = (
    "The data on this device is damaged. Close the app and open it again: what you saved before is "
    "kept."
)
PRAGMAS = (
    f"busy_timeout = {BUSY_TIMEOUT_MS}",
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
)
"""WAL and FULL: a commit that returned is on the disk, and readers never wait for it."""


class CannotSave(Exception):
    """The device could not keep what was done; the message is a sentence for the person."""


class Store:
    """A device folder. Raises `CannotSave` in words when the disk refuses."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        path = folder / FILE_NAME
        self.journal = Journal(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            kept = self._set_aside(path)
            path.touch(mode=0o600)
        except OSError as error:
            raise CannotSave("This device's folder cannot be used.") from error
        self._engine = open_engine(path)
        self._writer = self._engine.execution_options(writes=True)
        self._writing = threading.Lock()
        self._listeners: list[Callable[[], None]] = []
        self.write(migrations.prepare)
        self._restore(kept)

    def read(self, query: Callable[[Session], T]) -> T:
        """The query's answer, from one consistent snapshot."""
        with Session(self._engine, expire_on_commit=False) as session:
            return query(session)

    def write(self, change: Callable[[Session], T]) -> T:
        """Run a change in one durable transaction, then tell the listeners."""
        answer = self.write_quietly(change)
        for listener in list(self._listeners):
            listener()
        return answer

    def write_quietly(self, change: Callable[[Session], T]) -> T:
        """The same for what no screen shows: nobody is told."""
        try:
            with self._writing, Session(self._writer, expire_on_commit=False) as session:
                answer = change(session)
                session.commit()
        except OperationalError as error:
            raise CannotSave(_in_words(error)) from error
        except DatabaseError as error:
            if not salvage.is_damage(error.orig):
                raise
            salvage.mark(self.folder)
            raise CannotSave(DAMAGED) from error
        return answer

    def perform(self, envelope: Envelope) -> Refused | None:
        """Do an operation here and now and queue it; None once it is durable on this device.

        The photos that it names are queued with it; their files are on the disk already.
        """

        def change(session: Session) -> tuple[Refused | None, dict[str, Any] | None]:
            refused = outbox.perform(session, envelope)
            if refused is None:
                photo_queue.follow(session, envelope)
            return refused, outbox.journaled(session, envelope.stamp.operation_id)

        refused, entry = self.write(change)
        if entry is not None:
            self.journal.note(entry)
        return refused

    def subscribe(self, on_commit: Callable[[], None]) -> Callable[[], None]:
        """Have `on_commit` called after every commit, on the thread that made it."""
        self._listeners.append(on_commit)
        return lambda: self._listeners.remove(on_commit)

    def get_setting(self, name: str) -> str | None:
        return self.read(lambda session: settings.get(session, name))

    def put_setting(self, name: str, value: str | int | None) -> None:
        self.write(lambda session: settings.put(session, name, value))
        if name in salvage.OWN:
            self.journal.note({"setting": str(name), "value": value})

    def close(self) -> None:
        self._engine.dispose()

    def _set_aside(self, path: Path) -> Salvaged | None:
        """What was left of a damaged database; an empty one where it is gone altogether."""
        if not path.exists() and self.journal.entries():
            return Salvaged()
        return salvage.set_aside(path)

    def _restore(self, kept: Salvaged | None) -> None:
        if kept is not None:
            journaled = self.journal.entries()
            number = self.write(lambda session: salvage.restore(session, kept, journaled))
            self.write(migrations.prepare)
            self.write(lambda session: settings.put(session, Setting.SALVAGED, number))
            log.warning("%d operations were taken over from a damaged database", number)
        if self.journal.size > TIDY_FROM_BYTES:
            self.journal.rewrite(self.read(_worth_keeping))


def _worth_keeping(session: Session) -> list[dict[str, Any]]:
    """What the journal has to hold: who this device is, and what is not settled yet."""
    own = [{"setting": str(n), "value": settings.get(session, n)} for n in salvage.OWN]
    return own + outbox.all_journaled(session)


def open_engine(path: Path) -> Engine:
    """An engine whose transactions begin where they should: see `_begin`."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin in _begin, not in the driver
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _in_words(error: DatabaseError) -> str:
    text = str(error.orig)
    if "full" in text:
        return "This device's storage is full. Free some space and try again: nothing was lost."
    if "locked" in text:
        return "The app is busy in another window. Try again: nothing was lost."
    log.warning("the device's file refused: %s", text)
    return "This device could not save it. Nothing was lost; try again."
