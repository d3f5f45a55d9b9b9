"""A booking system's database from before: the eight tables, with columns and words of its own.

Every fiftieth booking or so is a nasty one; what is to become of all of them is counted while
they are made, by rules that know nothing of the program's.
"""

import datetime as dt
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg

from server_stub.migrations.versions.m0001_baseline import TABLES

CHICAGO = ZoneInfo("America/Chicago")
OWN_COLUMNS = """
    ALTER TABLE bookings ADD COLUMN start_date DATE, ADD COLUMN start_time TIME,
        ADD COLUMN end_time TIME, ADD COLUMN venue_id UUID, ADD COLUMN manager_id UUID,
        ADD COLUMN budget NUMERIC(9,2);
    ALTER TABLE activities ADD COLUMN booking_id UUID, ADD COLUMN scheduled_for TIMESTAMP,
        ADD COLUMN venue_id UUID, ADD COLUMN colour TEXT;
    CREATE INDEX activities_booking_id ON activities(booking_id);
    CREATE TABLE activity_assignments (
        id UUID PRIMARY KEY DEFAULT gen_random_uuid(), activity_id UUID, user_id UUID,
        position TEXT, state TEXT, clock_in TIMESTAMP, clock_out TIMESTAMP);
    CREATE INDEX activity_assignments_activity_id ON activity_assignments(activity_id);
"""
SOURCES = """
[bookings]
starts_on = "start_date"
event_start_time = "start_time"
event_end_time = "end_time"
location_id = "venue_id"
field_manager_id = "manager_id"

[activities]
booking_id = "booking_id"
day = "scheduled_for"
location_id = "venue_id"

[assignments]
table = "activity_assignments"
user_id = "user_id"
activity_id = "activity_id"
role = "position"
status = "state"
check_in = "clock_in"
check_out = "clock_out"

[assignments.statuses]
"Confirmed" = "accepted"
"DONE" = "checked_out"
"did not come" = "no_show"
"""
PEOPLE = 40
WEEK = dt.timedelta(days=7)
Row = tuple[Any, ...]


def create(db: psycopg.Connection) -> None:
    """The tables of the booking system, empty."""
    for name, columns in TABLES.items():
        db.execute(f"CREATE TABLE {name} ({columns})")
    db.execute(OWN_COLUMNS)


@dataclass
class Legacy:
    """Makes bookings; `expected` counts what is to become of them. Ids are the same every time."""

    today: dt.date
    random: random.Random
    expected: Counter[str] = field(default_factory=Counter)
    bookings: list[Row] = field(default_factory=list)
    patterns: list[Row] = field(default_factory=list)
    activities: list[Row] = field(default_factory=list)
    assignments: list[Row] = field(default_factory=list)
    organization: UUID = field(init=False)

    def __post_init__(self) -> None:
        self.organization, self.venue, self.bare_venue = self.id(), self.id(), self.id()
        self.manager = self.id()
        self.people = [self.id() for _ in range(PEOPLE)]

    def id(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)

    def begin(self, db: psycopg.Connection) -> None:
        """The people and venues that bookings need."""
        db.execute("INSERT INTO organizations (id, name) VALUES (%s, 'Lumen')", [self.organization])
        for venue, name in ((self.venue, "Aragon"), (self.bare_venue, "Nowhere in particular")):
            db.execute("INSERT INTO locations (id, name) VALUES (%s, %s)", [venue, name])
        people = [(self.manager, "Dana", "field_manager")]
        people += [(each, f"Agent {n}", "brand_agent") for n, each in enumerate(self.people)]
        with db.cursor() as cursor:
            cursor.executemany("INSERT INTO users (id, name, role) VALUES (%s, %s, %s)", people)

    def add(self, number: int) -> None:
        """One booking, the `number`th; what is odd about it depends on the number alone."""
        odd = ODD.get(number % 50, "")
        booking, events = self.id(), 1 + number % 5
        first = self.today - WEEK * self.random.randrange(0, 12) + dt.timedelta(days=1)
        if odd in {"drifted", "undated"}:
            events = max(events, 2)
        status = {"draft": "draft", "never approved": "cancelled"}.get(odd, "approved")
        approved_at = "2025-01-01" if status == "approved" else None
        starts_on = None if odd == "no day" else first
        venue = self.bare_venue if odd == "no zone" else self.venue
        self.bookings.append(
            (
                *(booking, f"Booking {number}", self.organization, status, approved_at, starts_on),
                *(dt.time(20), dt.time(1), venue, self.manager, 100 + number),
            )
        )
        days = ["XX"] if odd == "bad pattern" else None
        self.patterns.append((self.id(), booking, "weekly", days, events))
        if status != "approved" or odd in {"no day", "bad pattern"}:
            self.expected["bookings left alone"] += status == "approved"
            return
        self.expected["bookings"] += 1
        self.expected["events"] += events
        for at in range(events):
            self._add_activity(booking, first + WEEK * at, venue, odd if at == 0 else "")

    def _add_activity(self, booking: UUID, day: dt.date, venue: UUID, odd: str) -> None:
        activity, is_past = self.id(), day < self.today
        zone = dt.UTC if venue == self.bare_venue else CHICAGO
        starts_at = dt.datetime.combine(day, dt.time(20), zone).astimezone(dt.UTC)
        written = starts_at.replace(tzinfo=None)
        if odd == "drifted":
            written += dt.timedelta(days=1)
        if odd == "undated":
            written = None
        owner = self.id() if odd == "orphan" else booking
        self.activities.append(
            (activity, "Pour samples", "completed" if is_past else "planned", owner, written, venue)
        )
        is_linked = odd not in {"drifted", "undated", "orphan"}
        self.expected["activities linked"] += is_linked
        shifts = [self._shift(activity, person, starts_at, is_past) for person in self._team()]
        if odd == "twice":
            shifts.append((self.id(), *shifts[0][1:4], "Confirmed", None, None))
        if odd == "nobody":
            shifts.append((self.id(), activity, self.id(), "brand_agent", "DONE", None, None))
        if odd == "lost":
            shifts.append((self.id(), self.id(), self.manager, "lead", "DONE", None, None))
        self.assignments += shifts
        self.expected["shifts"] += (len(shifts) - (odd in LEFT_OUT)) * is_linked

    def _team(self) -> list[UUID]:
        return self.random.sample(self.people, self.random.randrange(1, 4))

    def _shift(self, activity: UUID, person: UUID, starts_at: dt.datetime, is_past: bool) -> Row:
        came, went = starts_at.replace(tzinfo=None), None
        if is_past:
            went = came + dt.timedelta(hours=5)
            return (self.id(), activity, person, "brand_agent", "DONE", came, went)
        return (self.id(), activity, person, "brand_agent", "Confirmed", None, None)

    def flush(self, db: psycopg.Connection) -> None:
        """Write what was made and forget it."""
        _copy(
            db,
            "bookings (id, title, organization_id, status, approved_at, start_date, start_time,"
            " end_time, venue_id, manager_id, budget)",
            self.bookings,
        )
        _copy(
            db,
            "recurrence_patterns (id, booking_id, frequency, week_days, end_after)",
            self.patterns,
        )
        _copy(
            db,
            "activities (id, title, status, booking_id, scheduled_for, venue_id, type, colour)",
            [(*row, "sampling", "teal") for row in self.activities],
        )
        _copy(
            db,
            "activity_assignments (id, activity_id, user_id, position, state, clock_in, clock_out)",
            self.assignments,
        )
        for rows in (self.bookings, self.patterns, self.activities, self.assignments):
            rows.clear()


ODD = {
    3: "draft",
    7: "never approved",
    11: "no day",
    15: "bad pattern",
    19: "drifted",
    23: "undated",
    27: "orphan",
    31: "twice",
    35: "nobody",
    39: "lost",
    43: "no zone",
}
"""What is wrong with a booking, by its number modulo 50."""
LEFT_OUT = {"twice", "nobody", "lost"}
"""Oddities with one row more in the old table than there are shifts."""


def fill(db: psycopg.Connection, number: int, today: dt.date, seed: int) -> Counter[str]:
    """So many bookings; what is to become of them."""
    legacy = Legacy(today, random.Random(seed))
    legacy.begin(db)
    for each in range(number):
        legacy.add(each)
        if each % 1000 == 999:
            legacy.flush(db)
    legacy.flush(db)
    return legacy.expected


def set_zones(db: psycopg.Connection) -> None:
    """After the migration, which brings the column: where the venues are, as far as is known."""
    db.execute("UPDATE locations SET time_zone = 'America/Chicago' WHERE name = 'Aragon'")


def _copy(db: psycopg.Connection, into: str, rows: list[Row]) -> None:
    with db.cursor().copy(f"COPY {into} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
