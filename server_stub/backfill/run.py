"""Making events for the bookings of a database in use: batch after batch, and back again.

Every hundred bookings are a transaction; a run that was killed goes on where it was.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from server_stub.backfill.booking import Backfilled, backfill
from server_stub.backfill.legacy import read_bookings
from server_stub.backfill.sources import BadSources, Sources, columns_of, ensure_there
from server_stub.backfill.writing import write
from server_stub.booking.recurrence import InvalidPattern
from server_stub.command import first_line
from server_stub.transactions import certain, is_transient

Tell = Callable[[UUID, str, str], None]
AT_ONCE = 100
NOWHERE = UUID(int=0)
DUE = """
    b.status IN ('approved', 'completed', 'cancelled')
    AND (b.status <> 'cancelled' OR b.approved_at IS NOT NULL)
    AND b.deleted_at IS NULL AND b.event_generation_status IS NULL
"""
"""Bookings that were approved at some time and have no events yet."""

COUNT = text(f"SELECT count(*) FROM bookings b WHERE {DUE}")
NEXT = text(f"SELECT b.id FROM bookings b WHERE {DUE} AND b.id > :after ORDER BY b.id LIMIT :most")
UNFINISHED = text("""
    SELECT id FROM backfill_batches WHERE finished_at IS NULL AND rolled_back_at IS NULL
    ORDER BY started_at LIMIT 1
""")
BEGIN = text("INSERT INTO backfill_batches DEFAULT VALUES RETURNING id")
FINISH = text("UPDATE backfill_batches SET finished_at = now() WHERE id = :batch")
ALONE = text("SELECT pg_advisory_xact_lock(hashtext('fieldkit backfill'))")


@dataclass
class Report:
    """What a run did, or would do. `batch_id` is None after a dry run."""

    batch_id: UUID | None = None
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, done: Backfilled) -> None:
        self.counts["bookings"] += 1
        self.counts["events"] += len(done.events)
        self.counts["activities linked"] += len(done.links)
        self.counts["shifts"] += len(done.shifts)
        self.counts["left for a person"] += len(done.notes)
        for event in done.events:
            self.counts[f"events {event.state.rule} {event.event.status}"] += 1
        for found in done.links.values():
            self.counts[f"links {found.rule}"] += 1
        for shift in done.shifts:
            self.counts[f"shifts {shift.state.rule} {shift.shift.status}"] += 1


def number_due(engine: Engine) -> int:
    """How many bookings a run has to do."""
    with engine.connect() as connection:
        return int(connection.execute(COUNT).scalar_one())


def run(
    engine: Engine,
    sources: Sources,
    *,
    now: dt.datetime,
    dry_run: bool,
    tell: Tell,
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """Work through every booking that was not done yet. Raises BadSources.

    `tell` gets a booking's id and title and a sentence for everything that is left to a person.
    """
    report, after = Report(), NOWHERE
    with engine.connect() as connection:
        ensure_there(connection, sources)
        _stop_at_unknown_words(connection, sources)
        _tell_orphans(connection, sources, tell)
    if not dry_run:
        with certain(engine) as connection:
            report.batch_id = _batch(connection)
    while True:
        with certain(engine) as connection:
            connection.execute(ALONE)
            ids = list(connection.execute(NEXT, {"after": after, "most": AT_ONCE}).scalars())
            made = _make(connection, ids, sources, now, report, tell)
            if report.batch_id is not None:
                made = _written(connection, report.batch_id, made, report, tell)
            for done in made:
                report.add(done)
                for note in done.notes:
                    tell(done.was.id, done.was.title, note)
        if not ids:
            break
        after = ids[-1]
        progress(len(ids))
    if report.batch_id is not None:
        with certain(engine) as connection:
            connection.execute(FINISH, {"batch": report.batch_id})
    return report


def _batch(connection: Connection) -> UUID:
    """The batch that was begun and never finished, or a new one."""
    begun: UUID | None = connection.execute(UNFINISHED).scalar()
    return begun or UUID(str(connection.execute(BEGIN).scalar_one()))


def _make(
    connection: Connection,
    ids: list[UUID],
    sources: Sources,
    now: dt.datetime,
    report: Report,
    tell: Tell,
) -> list[Backfilled]:
    made = []
    for old in read_bookings(connection, ids, sources) if ids else []:
        try:
            made.append(backfill(old, now))
        except InvalidPattern as error:
            report.counts["bookings left alone"] += 1
            for said in [*old.problems, f"no events: {error}"]:
                tell(old.was.id, old.was.title, said)
    return made


def _written(
    connection: Connection,
    batch_id: UUID,
    made: list[Backfilled],
    report: Report,
    tell: Tell,
) -> list[Backfilled]:
    """Write them all at once; where the database objects to one, the others one by one."""
    try:
        with connection.begin_nested():
            write(connection, batch_id, made)
        return made
    except DBAPIError as error:
        if is_transient(error):
            raise
    written = []
    for done in made:
        try:
            with connection.begin_nested():
                write(connection, batch_id, [done])
            written.append(done)
        except DBAPIError as error:
            if is_transient(error):
                raise
            report.counts["bookings left alone"] += 1
            tell(done.was.id, done.was.title, f"the database refused: {first_line(error)}")
    return written


def _stop_at_unknown_words(connection: Connection, sources: Sources) -> None:
    """Raises BadSources with every status that nobody has given a meaning."""
    old = sources.assignments
    if old is None or old.status is None:
        return
    query = f"SELECT {old.status} AS word, count(*) AS number FROM {old.table} GROUP BY 1"
    unknown = [
        f"{row.word!r} ({row.number})"
        for row in connection.execute(text(f"{query} ORDER BY 1"))
        if old.status_of(row.word) is None
    ]
    if unknown:
        raise BadSources(
            f"Nobody has said what these statuses in {old.table} mean: {', '.join(unknown)}. "
            "Say it under [assignments.statuses] in the sources."
        )


def _tell_orphans(connection: Connection, sources: Sources, tell: Tell) -> None:
    """Rows that no booking leads to are never reached."""
    column = sources.activities.booking_id
    if column is None:
        said = "activities say nowhere which booking they belong to, so none is linked"
        if connection.execute(text("SELECT EXISTS (SELECT FROM activities)")).scalar_one():
            tell(NOWHERE, "all", said)
    else:
        _tell(connection, "activities", column, "bookings", tell)
    old = sources.assignments
    if old is not None and old.activity_id is not None:
        _tell(connection, old.table, old.activity_id, "activities", tell)
    elif old is not None and old.booking_id is not None:
        _tell(connection, old.table, old.booking_id, "bookings", tell)


def _tell(
    connection: Connection,
    table: str,
    column: str,
    parent: str,
    tell: Tell,
) -> None:
    name = "id" if "id" in columns_of(connection, table) else column
    rows = connection.execution_options(yield_per=1000).execute(
        text(f"""SELECT {name} AS name, {column} AS leads_to FROM {table} r WHERE NOT EXISTS
            (SELECT FROM {parent} p WHERE p.id = r.{column}) ORDER BY 1""")
    )
    for row in rows:
        where = "nothing" if row.leads_to is None else f"{row.leads_to}, which is not there"
        tell(NOWHERE, table, f"{row.name} is left out: its {column} is {where}")
