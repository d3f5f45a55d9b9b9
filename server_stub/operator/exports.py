"""Hours, issues and custody as tables, for payroll and reports."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from sqlalchemy import Engine, text

CHUNK = 2000


def _there(column: str) -> str:
    """A stored UTC timestamp by the venue's clock."""
    zoned = f"{column} AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(l.time_zone, 'UTC')"
    return f"to_char({zoned}, 'YYYY-MM-DD HH24:MI')"


EVENT = """
    JOIN event_instances e ON e.id = {table}.event_instance_id
    JOIN bookings b ON b.id = e.booking_id
    LEFT JOIN locations l ON l.id = e.location_id
"""
PERIOD = "e.date BETWEEN :since AND :until"

HOURS = f"""
    SELECT u.name, u.email, s.role, b.title AS event, e.date, l.name AS venue, s.status,
        {_there("s.check_in_time")} AS checked_in, {_there("s.check_out_time")} AS checked_out,
        s.hours_worked AS hours,
        CASE WHEN s.times_corrected_at IS NOT NULL THEN 'yes' END AS corrected,
        CASE WHEN s.location_at_check_out ? 'provisional' THEN 'yes' END AS provisional
    FROM staff_assignments s JOIN users u ON u.id = s.user_id {EVENT.format(table="s")}
    WHERE {PERIOD} AND s.deleted_at IS NULL AND s.status NOT IN ('cancelled', 'rejected')
    ORDER BY e.date, b.title, u.name, s.id
"""
ISSUES = f"""
    SELECT i.id, b.title AS event, e.date, l.name AS venue, i.issue_type AS type, i.severity,
        i.status, u.name AS reported_by, {_there("i.created_at")} AS reported, i.description,
        i.resolution, {_there("i.resolved_at")} AS resolved,
        COALESCE(cardinality(i.photo_urls), 0) AS photos
    FROM event_issues i JOIN users u ON u.id = i.reported_by {EVENT.format(table="i")}
    WHERE {PERIOD} AND i.deleted_at IS NULL ORDER BY e.date, i.created_at, i.id
"""
CUSTODY = f"""
    SELECT k.serial_number, t.name AS kit, c.act, {_there("c.occurred_at")} AS at,
        b.title AS event, e.date, was.name AS had_it, has.name AS has_it, who.name AS recorded_by,
        c.entry, c.condition, c.notes, CASE WHEN c.inferred THEN 'yes' END AS inferred
    FROM custody_entries c JOIN kit_instances k ON k.id = c.kit_instance_id
    LEFT JOIN kit_templates t ON t.id = k.template_id
    LEFT JOIN users was ON was.id = c.from_id LEFT JOIN users has ON has.id = c.holder_id
    LEFT JOIN users who ON who.id = c.recorded_by {EVENT.format(table="c")}
    WHERE {PERIOD} ORDER BY k.serial_number, c.occurred_at, c.id
"""
TABLES = {"hours": HOURS, "issues": ISSUES, "custody": CUSTODY}


@contextmanager
def table(
    engine: Engine, name: str, since: dt.date, until: dt.date
) -> Iterator[tuple[Sequence[str], Iterator[Sequence[Any]]]]:
    """A table's columns and its rows, read as they are asked for; dates of events, included."""
    with engine.connect().execution_options(yield_per=CHUNK) as connection:
        asked = connection.execute(text(TABLES[name]), {"since": since, "until": until})
        with closing(asked) as result:
            yield list(result.keys()), (tuple(row) for row in result)
