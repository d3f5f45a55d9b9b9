"""Whether events, shifts and kits fit their bookings: one check for each promise.

Each check says what it expects and what it found, and names what does not fit.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import Connection, Engine, select, text

from field_app.domain.booking import Booking, BookingStatus
from server_stub.booking.occurrences import occurrence
from server_stub.booking.recurrence import MOST_EVENTS, InvalidPattern
from server_stub.booking.series import Order, orders, plan
from server_stub.tables import table_of

AT_ONCE = 100
MOST_NAMED = 20
LONGEST_H = 16


@dataclass(frozen=True)
class Check:
    """What one check found. It fails where `misses` has a sentence."""

    name: str
    expected: str
    found: str
    misses: list[str] = field(default_factory=list)

    @property
    def is_met(self) -> bool:
        return not self.misses


def verify(engine: Engine, now: dt.datetime | None = None) -> list[Check]:
    """Every check, in order, on one snapshot of the database. Changes nothing."""
    now = now or dt.datetime.now(dt.UTC)
    with engine.execution_options(isolation_level="REPEATABLE READ").begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        return [check(connection, now) for check in CHECKS]


def events_as_previewed(connection: Connection, now: dt.datetime) -> Check:
    """A booking without a plan of its own cannot be compared, and is passed over."""
    misses, expected, found = [], 0, 0
    for booking, order, held in _planned_bookings(connection):
        try:
            made_at = booking.last_event_generated_at or now
            series = plan(order, made_at, MOST_EVENTS + len(held))
        except InvalidPattern as error:
            misses.append(f"{booking.title} ({booking.id}): {error}")
            continue
        wanted = {planned.occurrence.key for planned in series.events}
        expected, found = expected + len(wanted), found + len(held & wanted)
        if missing := wanted - held:
            misses.append(f"{booking.title} ({booking.id}): {', '.join(sorted(missing))}")
    return Check("every approved booking has its events", str(expected), str(found), misses)


def _planned_bookings(connection: Connection) -> Iterator[tuple[Booking, Order, set[str]]]:
    """Every approved booking with a plan, and the keys of its events, by the hundred."""
    rows, after = table_of(Booking), UUID(int=0)
    query = select(rows).where(
        rows.c.status == BookingStatus.APPROVED,
        rows.c.starts_on.is_not(None),
        rows.c.deleted_at.is_(None),
    )
    while True:
        page = query.where(rows.c.id > after).order_by(rows.c.id).limit(AT_ONCE)
        bookings = [Booking.model_validate(dict(row._mapping)) for row in connection.execute(page)]
        if not bookings:
            return
        after = bookings[-1].id
        held: dict[UUID, set[str]] = defaultdict(set)
        for row in connection.execute(KEYS, {"bookings": [each.id for each in bookings]}):
            held[row.booking_id].add(row.occurrence_key)
        for booking_id, order in orders(connection, bookings).items():
            yield order.booking, order, held[booking_id]


def wall_times(connection: Connection, _now: dt.datetime) -> Check:
    """Date and times, taken to the venue's zone, are the stored instants."""
    misses, odd, total = [], 0, 0
    for row in connection.execute(TIMES, execution_options={"yield_per": 1000}):
        total += 1
        try:
            zone = ZoneInfo(row.time_zone or "UTC")
            made = occurrence(row.date, row.start_time, row.end_time, zone)
        except (ValueError, KeyError) as error:
            misses.append(f"{row.id}: {error}")
            continue
        odd += bool(made.notes)
        if (made.starts_at, made.ends_at) != (row.starts_at, row.ends_at):
            misses.append(f"{row.id} on {row.date}: stored {row.starts_at:%H:%M %Z}")
    what = "instants are the venue's wall time"
    return Check(what, str(total), f"{total - len(misses)}, {odd} by a change of clocks", misses)


def known_zones(connection: Connection, _now: dt.datetime) -> Check:
    zones = available_timezones()
    rows = connection.execute(VENUES).all()
    misses = [f"{r.name}: {r.time_zone}" for r in rows if r.time_zone and r.time_zone not in zones]
    bare = sum(row.time_zone is None for row in rows)
    found = f"{len(rows) - len(misses)}, {bare} without a zone"
    return Check("venues' time zones are known", str(len(rows)), found, misses)


def _none(name: str, query: str, say: Callable[[Any], str]) -> Callable[..., Check]:
    """A check that a query finds nothing."""
    statement = text(query)

    def check(connection: Connection, now: dt.datetime) -> Check:
        parameters = {"now": now} if ":now" in query else {}
        rows = connection.execute(statement, parameters).all()
        return Check(name, "0", str(len(rows)), [say(row) for row in rows])

    return check


KEYS = text("""
    SELECT booking_id, occurrence_key FROM event_instances
    WHERE booking_id = ANY(:bookings) AND occurrence_key IS NOT NULL
""")
TIMES = text("""
    SELECT e.id, e.date, e.start_time, e.end_time, e.starts_at, e.ends_at, l.time_zone
    FROM event_instances e LEFT JOIN locations l ON l.id = e.location_id ORDER BY e.id
""")
VENUES = text("SELECT name, time_zone FROM locations ORDER BY name, id")

CHECKS: list[Callable[[Connection, dt.datetime], Check]] = [
    events_as_previewed,
    _none(
        "no events of bookings that were never approved",
        """SELECT e.id, b.title, b.status FROM event_instances e JOIN bookings b
            ON b.id = e.booking_id
        WHERE b.status IN ('draft', 'pending', 'changes_requested', 'rejected')
            AND e.deleted_at IS NULL""",
        lambda row: f"{row.id} of {row.title}, which is {row.status}",
    ),
    wall_times,
    _none(
        "no occurrence twice",
        """SELECT booking_id, occurrence_key, count(*) AS number FROM event_instances
        WHERE occurrence_key IS NOT NULL
        GROUP BY booking_id, occurrence_key HAVING count(*) > 1""",
        lambda row: f"{row.occurrence_key} of booking {row.booking_id}: {row.number} times",
    ),
    _none(
        "kits and shifts belong to the event of their activity",
        """SELECT 'kit' AS what, k.id FROM activity_kits k JOIN activities a
            ON a.id = k.activity_id
        WHERE k.event_instance_id IS DISTINCT FROM a.event_instance_id
        UNION ALL
        SELECT 'shift', s.id FROM staff_assignments s JOIN activities a ON a.id = s.activity_id
        WHERE s.event_instance_id IS DISTINCT FROM a.event_instance_id""",
        lambda row: f"{row.what} {row.id}",
    ),
    _none(
        "nothing that lies ahead is over",
        """SELECT id, status, starts_at FROM event_instances
        WHERE status IN ('completed', 'post_processing') AND starts_at > :now""",
        lambda row: f"{row.id} is {row.status} and begins {row.starts_at:%Y-%m-%d %H:%M} UTC",
    ),
    _none(
        "every event has one origin in its log",
        """SELECT e.id, count(t.id) AS number FROM event_instances e
            LEFT JOIN event_state_transitions t
            ON t.event_instance_id = e.id AND t.from_state = 'none'
        GROUP BY e.id HAVING count(t.id) <> 1""",
        lambda row: f"{row.id} has {row.number}",
    ),
    known_zones,
    _none(
        "no kit is in two places at once",
        """SELECT a.id AS one, b.id AS other, a.kit_instance_id FROM activity_kits a
            JOIN activity_kits b ON b.kit_instance_id = a.kit_instance_id AND a.id < b.id
            AND a.reserved_during && b.reserved_during
            JOIN kit_instances i ON i.id = a.kit_instance_id AND NOT i.disputed
        WHERE a.status IN ('assigned', 'prepared', 'checked_out')
            AND b.status IN ('assigned', 'prepared', 'checked_out')
            AND a.deleted_at IS NULL AND b.deleted_at IS NULL""",
        lambda row: f"kit {row.kit_instance_id}: {row.one} and {row.other}",
    ),
    _none(
        "odd hours have been flagged",
        f"""SELECT s.id, s.hours_worked FROM staff_assignments s
        WHERE s.status = 'checked_out' AND s.deleted_at IS NULL
            AND (s.hours_worked IS NULL OR s.hours_worked NOT BETWEEN 0 AND {LONGEST_H}
                 OR s.check_out_time < s.check_in_time)
            AND NOT EXISTS (SELECT FROM review_items r WHERE r.target_id = s.id)""",
        lambda row: f"shift {row.id}: {row.hours_worked} hours",
    ),
    _none(
        "bookings count their events",
        """SELECT b.id, b.title, b.event_count, count(e.id) AS number FROM bookings b
            LEFT JOIN event_instances e ON e.booking_id = b.id AND e.deleted_at IS NULL
        WHERE b.event_count IS NOT NULL GROUP BY b.id
        HAVING b.event_count <> count(e.id)
            OR b.series_start_date IS DISTINCT FROM min(e.date)
            OR b.series_end_date IS DISTINCT FROM max(e.date)""",
        lambda row: f"{row.title} ({row.id}) says {row.event_count}, has {row.number}",
    ),
    _none(
        "a backfill changed nothing else",
        """SELECT d.booking_id, d.batch_id FROM backfill_bookings d
            JOIN backfill_batches b ON b.id = d.batch_id
        WHERE b.rolled_back_at IS NULL AND d.untouched_before <> d.untouched_after""",
        lambda row: f"booking {row.booking_id} in batch {row.batch_id}",
    ),
    _none(
        "no activity is on another booking's event",
        """SELECT a.id, e.booking_id FROM backfill_bookings d
            JOIN backfill_batches b ON b.id = d.batch_id AND b.rolled_back_at IS NULL
            CROSS JOIN LATERAL unnest(d.activities) AS linked(id)
            JOIN activities a ON a.id = linked.id
            JOIN event_instances e ON e.id = a.event_instance_id
        WHERE d.booking_id <> e.booking_id""",
        lambda row: f"activity {row.id} is on an event of booking {row.booking_id}",
    ),
]
"""All of them, in the order they are told."""


def tell(checks: Iterable[Check]) -> Iterable[str]:
    """Lines for people."""
    for check in checks:
        mark = "ok  " if check.is_met else "MISS"
        yield f"{mark}  {check.name}: expected {check.expected}, found {check.found}"
        yield from (f"      {miss}" for miss in check.misses[:MOST_NAMED])
        if len(check.misses) > MOST_NAMED:
            yield f"      and {len(check.misses) - MOST_NAMED} more"
