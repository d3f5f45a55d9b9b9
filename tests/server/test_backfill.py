"""A booking system's database from before gets its events, can be stopped, and goes back."""

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from server_stub.database import migrate
from tests.support import legacy
from tests.support.commands import Done, command

NUMBER = 100
TODAY = dt.datetime.now(dt.UTC).date()
SNAPSHOT = """
    SELECT id, to_jsonb(r) - '{version,updated_at,created_at,last_event_generated_at}'::text[]
    FROM %s r ORDER BY id
"""


@pytest.fixture
def url(empty_database_url: str) -> str:
    return empty_database_url


@pytest.fixture
def old(url: str) -> Iterator[psycopg.Connection]:
    """The booking system's own session on its database, which nobody migrated yet."""
    with psycopg.connect(url, autocommit=True, options="-c timezone=UTC") as db:
        legacy.create(db)
        yield db


@pytest.fixture
def sources(tmp_path: Path) -> str:
    file = tmp_path / "sources.toml"
    file.write_text(legacy.SOURCES)
    return str(file)


def ready(db: psycopg.Connection, url: str) -> None:
    migrate(url)
    legacy.set_zones(db)


def backfill(url: str, *words: str) -> Done:
    return command("backfill", *words, DATABASE_URL=url)


def counts(said: str) -> dict[str, int]:
    return json.loads(said.splitlines()[-1])["counts"]  # type: ignore[no-any-return]


def rows(db: psycopg.Connection, *tables: str) -> dict[str, list[Any]]:
    return {table: db.execute(SNAPSHOT % table).fetchall() for table in tables}  # type: ignore[arg-type]


def value(db: psycopg.Connection, query: str, *parameters: Any) -> Any:
    row = db.execute(query, parameters).fetchone()  # type: ignore[arg-type]
    return row[0] if row else None


TABLES = ("bookings", "activities", "event_instances", "staff_assignments", "review_items")


def test_a_hundred_bookings_with_every_oddity(
    old: psycopg.Connection, url: str, sources: str
) -> None:
    expected = legacy.fill(old, NUMBER, TODAY, seed=1)
    ready(old, url)
    before = rows(old, *TABLES)

    dry = backfill(url, "--sources", sources, "--dry-run", "--json")
    untouched = rows(old, *TABLES)
    done = backfill(url, "--sources", sources, "--json")
    verified = command("verify", DATABASE_URL=url)
    again = backfill(url, "--sources", sources, "--json")

    assert (dry.returncode, done.returncode, again.returncode) == (0, 0, 0)
    assert untouched == before
    told = counts(done.stdout)
    assert counts(dry.stdout) == told
    assert {what: told[what] for what in expected} == dict(expected)
    assert value(old, "SELECT count(*) FROM event_instances") == expected["events"]
    assert value(old, "SELECT count(*) FROM staff_assignments") == expected["shifts"]
    linked = "SELECT count(*) FROM activities WHERE event_instance_id IS NOT NULL"
    assert value(old, linked) == expected["activities linked"]
    assert verified.returncode == 0, verified.stdout
    assert counts(again.stdout) == {"bookings left alone": expected["bookings left alone"]}


def test_every_oddity_is_told_in_words(
    old: psycopg.Connection, url: str, sources: str, tmp_path: Path
) -> None:
    legacy.fill(old, 50, TODAY, seed=2)
    ready(old, url)

    file = tmp_path / "notes.jsonl"
    backfill(url, "--sources", sources, "--notes", str(file))
    notes = [json.loads(line) for line in file.read_text().splitlines()]
    told = {(each["title"], each["note"].split(": ", 1)[-1]) for each in notes}

    def said(number: int) -> list[str]:
        return [note for title, note in told if title == f"Booking {number}"]

    assert said(11) == ["The booking does not say on which day it begins."]
    assert "'XX' is no week day" in said(15)[0]
    (drifted,) = [each for each in said(19) if each.startswith("no event of its booking is on ")]
    assert "; perhaps event " in drifted
    assert any(each.startswith("it has no date, and its booking ") for each in said(23))
    assert "its activity is not linked" in said(23)
    assert said(31)[0].endswith(" is the same shift")
    assert said(35) == ["there is no such person"]
    assert any("has no time zone" in note for note in said(43))
    leftover = [note for title, note in told if title in {"activities", "activity_assignments"}]
    assert len(leftover) >= 2
    assert all(note.endswith("which is not there") for note in leftover)


def test_an_old_night_keeps_its_punches_and_its_hours(
    old: psycopg.Connection, url: str, sources: str
) -> None:
    legacy.fill(old, 60, TODAY, seed=3)
    ready(old, url)

    backfill(url, "--sources", sources)

    worked = """SELECT count(*), min(s.hours_worked), max(s.hours_worked)
        FROM staff_assignments s JOIN event_instances e ON e.id = s.event_instance_id
        WHERE s.status = 'checked_out' AND s.check_in_time = e.starts_at AT TIME ZONE 'UTC'"""
    row = old.execute(worked).fetchone()
    assert row is not None
    punched = "SELECT count(*) FROM staff_assignments WHERE check_in_time IS NOT NULL"
    assert row[0] == value(old, punched)
    assert (row[1], row[2]) == (5, 5)
    states = dict(old.execute("SELECT status, count(*) FROM event_instances GROUP BY 1").fetchall())
    assert {"completed", "preparation"} <= states.keys()
    assert value(old, "SELECT count(*) FROM staff_assignments WHERE status = 'no_show'") == 0
    origin = old.execute("""SELECT DISTINCT from_state, changed_by_id, metadata->>'rule'
        FROM event_state_transitions WHERE to_state = 'completed'""").fetchall()
    assert origin == [("none", None, "E3")]


def test_a_killed_run_goes_on_where_it_was(old: psycopg.Connection, url: str, sources: str) -> None:
    expected = legacy.fill(old, 1500, TODAY, seed=4)
    ready(old, url)
    done = "SELECT count(*) FROM backfill_bookings"

    for reached in (100, 700):
        run = subprocess.Popen(
            [sys.executable, "-m", "server_stub.cli", "backfill", "--sources", sources],
            env=os.environ | {"DATABASE_URL": url},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while value(old, done) < reached and run.poll() is None:
            time.sleep(0.01)
        run.send_signal(signal.SIGKILL)
        run.wait()
    killed_at = value(old, done)
    last = backfill(url, "--sources", sources, "--json")

    assert 700 <= killed_at < expected["bookings"]
    assert last.returncode == 0, last.stderr
    assert value(old, done) == expected["bookings"]
    assert value(old, "SELECT count(*) FROM backfill_batches") == 1
    assert value(old, "SELECT count(*) FROM event_instances") == expected["events"]
    assert value(old, "SELECT count(*) FROM staff_assignments") == expected["shifts"]
    assert command("verify", DATABASE_URL=url).returncode == 0


def test_a_batch_can_be_taken_back_and_done_again(
    old: psycopg.Connection, url: str, sources: str
) -> None:
    legacy.fill(old, NUMBER, TODAY, seed=5)
    ready(old, url)
    before = rows(old, *TABLES)
    backfill(url, "--sources", sources)
    first = rows(old, *TABLES)
    batch = value(old, "SELECT id FROM backfill_batches")

    back = backfill(url, "--rollback", str(batch))
    after = rows(old, *TABLES)
    twice = backfill(url, "--rollback", str(batch))
    backfill(url, "--sources", sources)

    assert (back.returncode, back.stdout) == (0, "Taken back.\n")
    assert after == before
    assert (twice.returncode, twice.stderr) == (1, "This batch was taken back before.\n")
    assert rows(old, *TABLES) == first


def test_a_batch_stays_once_somebody_worked_with_it(
    old: psycopg.Connection, url: str, sources: str
) -> None:
    legacy.fill(old, 10, TODAY, seed=6)
    ready(old, url)
    backfill(url, "--sources", sources)
    batch: UUID = value(old, "SELECT id FROM backfill_batches")
    old.execute("""
        INSERT INTO event_issues (event_instance_id, reported_by, issue_type, description, severity)
        SELECT e.id, u.id, 'venue', 'Dark', 'low' FROM event_instances e, users u LIMIT 1""")

    refused = backfill(url, "--rollback", str(batch))

    assert refused.returncode == 1
    assert refused.stderr == "People have worked with its events since: 1 issues.\n"
    assert value(old, "SELECT count(*) FROM event_instances") > 0


def test_words_that_nobody_explained_stop_it_with_a_list(
    old: psycopg.Connection, url: str, sources: str
) -> None:
    legacy.fill(old, 10, TODAY, seed=7)
    old.execute("UPDATE activity_assignments SET state = 'maybe?' WHERE state = 'DONE'")
    ready(old, url)

    stopped = backfill(url, "--sources", sources)

    assert stopped.returncode == 1
    assert "activity_assignments mean: 'maybe?' (" in stopped.stderr
    assert value(old, "SELECT count(*) FROM event_instances") == 0


def test_common_names_are_guessed_and_can_be_put_right(
    old: psycopg.Connection, url: str, tmp_path: Path
) -> None:
    legacy.fill(old, 10, TODAY, seed=8)
    ready(old, url)

    shown = backfill(url, "--show-sources")
    file = tmp_path / "mine.toml"
    file.write_text(shown.stdout + "\n" + legacy.SOURCES.split("\n\n")[-1])
    done = backfill(url, "--sources", str(file), "--json")

    assert 'starts_on = "start_date"' in shown.stdout
    assert 'table = "activity_assignments"' in shown.stdout
    assert counts(done.stdout)["events"] == value(old, "SELECT count(*) FROM event_instances")


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        ("[bookings", "mine.toml is not TOML"),
        ('[bookings]\nstarts_on = "nope"', "There is no column nope in bookings."),
        ('[bookings]\nstarts_on = "a; DROP"', "mine.toml, bookings.starts_on"),
        ('[activities]\nzone = "Mars"', "'Mars' is no time zone"),
        ('[activities]\nbooking_id = "title"', "activities.title is text; only uuid leads"),
        ('[assignments]\ntable = "gone"\nuser_id = "u"\nactivity_id = "a"', "no table gone"),
        ('[assignments]\ntable = "users"\nuser_id = "id"', "say its activity_id, or"),
        (
            '[assignments]\ntable = "users"\nuser_id = "id"\nactivity_id = "id"\n'
            '[assignments.statuses]\nx = "sleeping"',
            "assignments.statuses.x",
        ),
    ],
)
def test_sources_that_do_not_fit_are_refused_in_words(
    old: psycopg.Connection, url: str, tmp_path: Path, toml: str, sentence: str
) -> None:
    ready(old, url)
    file = tmp_path / "mine.toml"
    file.write_text(toml)

    refused = backfill(url, "--sources", str(file))

    assert refused.returncode == 1
    assert sentence in refused.stderr


def test_a_booking_that_the_database_refuses_stops_nobody_else(
    old: psycopg.Connection, url: str, sources: str
) -> None:
    expected = legacy.fill(old, 10, TODAY, seed=9)
    old.execute("UPDATE bookings SET start_date = '1987-05-01' WHERE title = 'Booking 4'")
    ready(old, url)

    done = backfill(url, "--sources", sources, "--json")

    assert counts(done.stdout)["bookings"] == expected["bookings"] - 1
    assert "the database refused: " in done.stdout
    made = "SELECT count(DISTINCT booking_id) FROM event_instances"
    assert value(old, made) == expected["bookings"] - 1


def test_shifts_of_a_booking_and_a_day_find_their_event_too(url: str, tmp_path: Path) -> None:
    """Another system: a moment for a start, no activities, one booking called off."""
    with psycopg.connect(url, autocommit=True, options="-c timezone=UTC") as db:
        for name, columns in legacy.TABLES.items():
            db.execute(f"CREATE TABLE {name} ({columns})")  # type: ignore[arg-type]
        db.execute("""
            ALTER TABLE bookings ADD COLUMN starts_at TIMESTAMPTZ, ADD COLUMN ends_at TIMESTAMPTZ,
                ADD COLUMN location_id UUID;
            CREATE TABLE shifts (id SERIAL PRIMARY KEY, booking_id UUID, date DATE, staff_id UUID,
                status TEXT, hours_worked NUMERIC);
            INSERT INTO locations (name) VALUES ('Aragon');
            INSERT INTO users (name, role) VALUES ('Ana', 'brand_agent');
            INSERT INTO bookings (title, status, approved_at, starts_at, ends_at, location_id)
                SELECT title, status, now(), '2030-05-02 03:00+02', '2030-05-02 06:00Z', l.id
                FROM locations l,
                    (VALUES ('On', 'approved'), ('Off', 'cancelled')) b(title, status);
            INSERT INTO shifts (booking_id, date, staff_id, status, hours_worked)
                SELECT b.id, '2030-05-01', u.id, 'Accepted', NULL FROM bookings b, users u;
            INSERT INTO bookings (title, status, starts_at, ends_at, location_id)
                SELECT 'Past', 'completed', '2024-05-02 03:00+02', '2024-05-02 06:00Z', l.id
                FROM locations l;
            INSERT INTO shifts (booking_id, date, staff_id, status, hours_worked)
                SELECT b.id, '2024-05-01', u.id, 'checked out', 44 FROM bookings b, users u
                WHERE b.title = 'Past'""")
        ready(db, url)

        done = backfill(url, "--json")
        made = db.execute("""SELECT b.title, e.date::text, e.start_time::text, e.end_time::text,
            e.status, s.status, s.cancel_reason, s.hours_worked FROM event_instances e
            JOIN bookings b ON b.id = e.booking_id
            JOIN staff_assignments s ON s.event_instance_id = e.id ORDER BY 1""").fetchall()
        flags = db.execute("SELECT flag FROM review_items ORDER BY 1").fetchall()

    assert done.returncode == 0, done.stderr
    evening = ("20:00:00", "01:00:00")
    assert made == [
        ("Off", "2030-05-01", *evening, "cancelled", "cancelled", "event_cancelled", None),
        ("On", "2030-05-01", *evening, "preparation", "accepted", None, None),
        ("Past", "2024-05-01", *evening, "post_processing", "checked_out", None, 44),
    ]
    assert [flag for (flag,) in flags] == ["implausible_hours", "missing_check_in"]
    assert command("verify", DATABASE_URL=url).returncode == 0
