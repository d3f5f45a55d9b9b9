"""Fills a database with the demo: people, venues, bookings, events and what happened there."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, text

from field_app.domain.assignment import StaffAssignment
from field_app.domain.booking import RecurrencePattern
from field_app.domain.event import EventInstance, EventStatus
from field_app.domain.issue import IssueEntry, IssuePhoto
from field_app.domain.mirrored import MIRRORED
from field_app.domain.person import Presence
from field_app.domain.records import Record, format_instant
from server_stub.demo import kits, pictures, series, stories
from server_stub.demo.custody import follow_custody, presences
from server_stub.demo.history import audit_entries
from server_stub.demo.people import (
    AGENCY,
    DEMO_DOMAIN,
    DEMO_PASSWORD,
    PEOPLE,
    demo_id,
    organizations,
    users,
)
from server_stub.demo.places import places
from server_stub.demo.roster import event_records
from server_stub.demo.stories import Book
from server_stub.passwords import hash_of
from server_stub.photos.store import PhotoStore


class NotADemo(Exception):
    """The database holds people who are not of the demo; nothing was touched."""


def seed_demo(
    engine: Engine,
    *,
    now: dt.datetime | None = None,
    reset: bool = False,
    photos: PhotoStore | None = None,
) -> None:
    """Add what the demo needs at this moment and lacks; never touch a row that is there.

    Today is never empty: called again later, it adds the event of that day and the next
    offers. `reset` starts anew. Raises NotADemo.
    """
    now = now or dt.datetime.now(dt.UTC)
    with engine.begin() as connection:
        _ensure_demo(connection)
        if reset:
            _empty(connection)
        is_new = not connection.scalar(text("SELECT count(*) FROM bookings"))
        book = _records(connection, now, is_new=is_new)
        for table, rows in _by_table(book.values()):
            _insert(connection, table, rows)
        _insert(connection, Presence.table, _as_json(presences(book, now)))
        _insert(connection, "audit_entries", audit_entries(book, now))
        _insert(connection, IssuePhoto.table, _as_json(_photos(book)))
        _insert(connection, IssueEntry.table, _as_json(stories.issue_entries(book)))
        _insert_credentials(connection)
    if photos is not None:
        pictures.store_all_but_the_last(engine, photos, demo_id("organization", AGENCY))


def _records(connection: Connection, now: dt.datetime, *, is_new: bool) -> Book:
    """All records by id: the whole story in a new demo, only what is still to come in an old."""
    today = now.astimezone(series.COLD_BREW.zone).date()
    book: Book = {}
    _add(book, [*organizations(), *users(), *places().values(), *kits.templates()])
    _add(book, (series.booking(one, today) for one in series.ALL))
    _add(book, (series.recurrence(one) for one in series.REGULAR))
    _add(book, kits.instances())
    held = _held_events(connection)
    for one in series.REGULAR:
        for event in series.occurrences(one, today):
            if event.id in held:
                _add(book, _newly_staffed(one, event, now, held[event.id]))
            elif is_new or event.starts_at > now:
                _add(book, event_records(one, event, now))
    if is_new:
        stories.tell_past(book)
        stories.tell_withdrawn_offer(book, _next_cold_brew(book, now), now)
    if not _has_pop_up(connection, now):
        event = series.pop_up(now)
        _add(book, event_records(series.POP_UP, event, now))
        stories.crowd_pop_up(book, event)
    follow_custody(book)
    return book


def _held_events(connection: Connection) -> dict[UUID, EventStatus]:
    rows = connection.execute(text("SELECT id, status FROM event_instances"))
    return {event_id: EventStatus(status) for event_id, status in rows}


def _newly_staffed(
    one: series.Series, event: EventInstance, now: dt.datetime, status: EventStatus
) -> Iterator[Record]:
    """The shifts of an event that was planned by an earlier run and has come near by now."""
    if event.starts_at > now and status in {EventStatus.SCHEDULED, EventStatus.PREPARATION}:
        for record in event_records(one, event, now):
            if isinstance(record, EventInstance | StaffAssignment):
                yield record


def _next_cold_brew(book: Book, now: dt.datetime) -> EventInstance:
    booking_id = series.COLD_BREW.booking_id
    held = [r for r in book.values() if isinstance(r, EventInstance) and r.starts_at > now]
    coming = [event for event in held if event.booking_id == booking_id]
    return min(coming, key=lambda event: event.starts_at)


def _has_pop_up(connection: Connection, now: dt.datetime) -> bool:
    query = """SELECT count(*) FROM event_instances
        WHERE booking_id = :booking AND :now BETWEEN starts_at AND ends_at"""
    values = {"booking": series.POP_UP.booking_id, "now": now}
    return bool(connection.scalar(text(query), values))


def _photos(book: Book) -> Iterator[IssuePhoto]:
    for issue in stories.critical_issues(book):
        yield from stories.photos(issue)


def _insert_credentials(connection: Connection) -> None:
    """One hash for all: the password is public and the same, and a hash costs 50 ms on purpose."""
    if connection.scalar(text("SELECT count(*) FROM credentials")) == len(PEOPLE):
        return
    password_hash = hash_of(DEMO_PASSWORD)
    at = format_instant(dt.datetime.now(dt.UTC))
    rows = [
        {"user_id": str(person.id), "password_hash": password_hash, "updated_at": at}
        for person in PEOPLE
    ]
    _insert(connection, "credentials", rows)


def _add(book: Book, records: Iterable[Record]) -> None:
    for record in records:
        book[record.id] = record


def _by_table(records: Iterable[Record]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The rows of each table, parents first."""
    held = list(records)
    kinds: list[type[Record]] = [*MIRRORED, RecurrencePattern]
    for kind in kinds:
        yield kind.table, _as_json(r for r in held if isinstance(r, kind))


def _as_json(records: Iterable[Record]) -> list[dict[str, Any]]:
    return [record.model_dump(mode="json") for record in records]


def _insert(connection: Connection, table: str, rows: Iterable[dict[str, Any]]) -> None:
    """Insert rows given as JSON; Postgres knows the types. Rows that exist are left alone."""
    statement = f"""INSERT INTO {table}
        SELECT * FROM jsonb_populate_recordset(NULL::{table}, CAST(:rows AS jsonb))
        ON CONFLICT DO NOTHING"""
    connection.execute(text(statement), {"rows": json.dumps(list(rows))})


def _ensure_demo(connection: Connection) -> None:
    query = "SELECT count(*) FROM users WHERE email IS NULL OR email NOT LIKE :pattern"
    if strangers := connection.scalar(text(query), {"pattern": f"%@{DEMO_DOMAIN}"}):
        raise NotADemo(
            f"This database holds {strangers} people who are not of the demo. "
            "Demo data is only put into an empty database or one of its own."
        )


def _empty(connection: Connection) -> None:
    """Delete every row, and begin a new epoch, so that devices void what they hold."""
    kinds = ", ".join(kind.table for kind in MIRRORED)
    connection.execute(text(f"TRUNCATE {kinds}, audit_entries, sync_operation_conflicts CASCADE"))
    renew = "UPDATE server_meta SET value = gen_random_uuid()::text WHERE key = 'epoch'"
    connection.execute(text(renew))
