"""The demo's data: readable, consistent, and true at whatever hour it is made."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pwdlib import PasswordHash
from sqlalchemy import Engine, text

from field_app.domain.booking import RecurrencePattern
from field_app.domain.flags import FlagCode
from field_app.domain.mirrored import MIRRORED
from server_stub.database import create_engine
from server_stub.demo.people import (
    AGENCY,
    ANA,
    DANA,
    DEMO_PASSWORD,
    DEMO_PEOPLE,
    JALEN,
    demo_id,
    person_id,
)
from server_stub.demo.seed import NotADemo, seed_demo
from server_stub.photos.check import thumbnail_of
from server_stub.photos.folder import FolderStore
from server_stub.photos.store import Photo

HOURS = [
    dt.datetime(2026, 11, 23, 0, 5, tzinfo=dt.UTC),
    dt.datetime(2026, 11, 24, 5, 2, tzinfo=dt.UTC),  # two minutes past midnight in New York
    dt.datetime(2026, 11, 27, 17, 0, tzinfo=dt.UTC),  # a Friday, when the series is on
    dt.datetime(2026, 11, 28, 23, 59, tzinfo=dt.UTC),
    dt.datetime(2026, 11, 1, 6, 10, tzinfo=dt.UTC),  # in the hour that comes twice
    dt.datetime(2027, 3, 14, 7, 20, tzinfo=dt.UTC),  # just after an hour was skipped
    dt.datetime(2028, 2, 29, 12, 0, tzinfo=dt.UTC),
]
NOON = HOURS[2]

SHIFTS = """
    SELECT a.status, e.starts_at, e.ends_at, a.expires_at, a.hours_worked, e.field_manager_id
    FROM staff_assignments a JOIN event_instances e ON e.id = a.event_instance_id
    WHERE a.user_id = %s AND a.deleted_at IS NULL ORDER BY e.starts_at"""


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("now", HOURS, ids=str)
def test_ana_has_a_shift_to_check_in_to_offers_to_answer_and_hours_behind_her(
    db: psycopg.Connection, engine: Engine, now: dt.datetime
) -> None:
    seed_demo(engine, now=now)

    shifts = db.execute(SHIFTS, [person_id(ANA)]).fetchall()

    current = [s for s in shifts if s[0] == "accepted" and s[1] <= now < s[2]]
    assert [s[5] for s in current] == [person_id(DANA)]
    waiting = [s for s in shifts if s[0] == "offered" and now < s[1] < now + dt.timedelta(days=9)]
    assert len(waiting) >= 2
    assert all(s[3].replace(tzinfo=dt.UTC) > now for s in waiting)
    worked = [s for s in shifts if s[0] == "checked_out"]
    assert len(worked) >= 3
    assert all(s[2] < now and 3 < s[4] < 6 for s in worked)


@pytest.mark.parametrize("now", HOURS, ids=str)
def test_danas_event_of_today_has_somebody_in_every_state(
    db: psycopg.Connection, engine: Engine, now: dt.datetime
) -> None:
    seed_demo(engine, now=now)

    roster = db.execute(
        """SELECT a.status, a.status_at FROM staff_assignments a
           JOIN event_instances e ON e.id = a.event_instance_id
           WHERE %s BETWEEN e.starts_at AND e.ends_at AND e.field_manager_id = %s""",
        [now, person_id(DANA)],
    ).fetchall()

    statuses = sorted(status for status, _ in roster)
    assert statuses == ["accepted"] * 2 + ["checked_in"] * 2 + ["checked_out", "no_show"]
    assert all(at.replace(tzinfo=dt.UTC) <= now for _, at in roster)


@pytest.mark.parametrize("now", HOURS, ids=str)
def test_the_database_plans_the_events_as_the_demo_means_them(
    db: psycopg.Connection, engine: Engine, now: dt.datetime
) -> None:
    seed_demo(engine, now=now)
    query = "SELECT id, starts_at, ends_at FROM event_instances WHERE occurrence_key LIKE '%:00'"
    meant = db.execute(query).fetchall()

    db.execute("UPDATE event_instances SET starts_at = NULL, ends_at = NULL")

    assert sorted(db.execute(query).fetchall()) == sorted(meant)


def test_every_row_is_a_record(db: psycopg.Connection, engine: Engine) -> None:
    seed_demo(engine, now=NOON)

    for kind in [*MIRRORED, RecurrencePattern]:
        rows = db.execute(f"SELECT to_jsonb(t) FROM {kind.table} t").fetchall()
        assert rows, kind
        for (row,) in rows:
            kind.model_validate(_as_on_the_wire(row))


def test_every_flag_is_one_that_the_domain_knows(db: psycopg.Connection, engine: Engine) -> None:
    seed_demo(engine, now=NOON)

    flags = [FlagCode(flag) for (flag,) in db.execute("SELECT flag FROM review_items")]

    assert sorted(flags) == [
        "answered_before_withdrawal",
        "custody_disputed",
        "custody_disputed",
        "missing_check_out",
        "no_show_overturned",
        "outside_fence",
    ]


def test_one_check_in_happened_395_metres_away(db: psycopg.Connection, engine: Engine) -> None:
    seed_demo(engine, now=NOON)

    query = """SELECT (location_at_check_in->>'distance_m')::float,
        location_at_check_in->>'verdict', location_at_check_in->>'reason'
        FROM staff_assignments ORDER BY 1 DESC NULLS LAST LIMIT 1"""
    distance_m, verdict, reason = db.execute(query).fetchone()
    assert (round(distance_m), verdict, reason) == (395, "outside", "Parking or loading")


def test_the_overturned_no_show_can_be_followed_in_the_audit(
    db: psycopg.Connection, engine: Engine
) -> None:
    seed_demo(engine, now=NOON)

    query = """SELECT a.kind, a.received_at - a.occurred_at > '1 hour' FROM audit_entries a
        JOIN review_items r ON r.target_id = a.record_id AND r.flag = 'no_show_overturned'
        ORDER BY array_position('{offer,accept,no_show,check_in,check_out}',
            split_part(a.kind, '.', 2))"""
    assert db.execute(query).fetchall() == [
        ("assignment.offer", False),
        ("assignment.accept", False),
        ("assignment.no_show", False),
        ("assignment.check_in", True),
        ("assignment.check_out", False),
    ]


def test_a_log_ends_in_the_state_of_its_event(db: psycopg.Connection, engine: Engine) -> None:
    seed_demo(engine, now=NOON)
    seed_demo(engine, now=NOON + dt.timedelta(days=10))

    query = """SELECT count(*) FROM event_instances e WHERE status <> (
        SELECT to_state FROM event_state_transitions t WHERE t.event_instance_id = e.id
        ORDER BY t.created_at DESC, array_position(
            '{completed,in_progress,preparation,scheduled}', to_state) LIMIT 1)"""
    assert db.execute(query).fetchone() == (0,)


def test_seeding_again_at_once_changes_nothing(db: psycopg.Connection, engine: Engine) -> None:
    seed_demo(engine, now=NOON)
    before = _versions(db)

    seed_demo(engine, now=NOON + dt.timedelta(minutes=5))

    assert _versions(db) == before


def test_seeding_days_later_adds_that_days_work_and_leaves_what_people_did(
    db: psycopg.Connection, engine: Engine
) -> None:
    seed_demo(engine, now=NOON)
    db.execute("UPDATE staff_assignments SET feedback = 'Went well' WHERE status = 'checked_out'")
    before = _versions(db)
    later = NOON + dt.timedelta(days=10)

    seed_demo(engine, now=later)

    assert before.items() <= _versions(db).items()
    over = db.execute("SELECT id FROM event_instances WHERE ends_at < %s", [later])
    assert {event for (event,) in over} <= set(before)
    for name in (ANA, JALEN):
        shifts = db.execute(SHIFTS, [person_id(name)]).fetchall()
        assert any(s[0] == "offered" and s[1] > later for s in shifts)
        assert any(s[1] <= later < s[2] for s in shifts)


def test_reset_starts_anew_in_a_new_epoch(db: psycopg.Connection, engine: Engine) -> None:
    seed_demo(engine, now=NOON)
    epoch = db.execute("SELECT value FROM server_meta").fetchone()
    db.execute("UPDATE staff_assignments SET feedback = 'Went well'")

    seed_demo(engine, now=NOON, reset=True)

    feedback = "SELECT count(*) FROM staff_assignments WHERE feedback = 'Went well'"
    assert db.execute(feedback).fetchone() == (0,)
    assert db.execute("SELECT value FROM server_meta").fetchone() != epoch


@pytest.mark.parametrize("reset", [False, True])
def test_a_database_with_other_people_is_not_touched(
    db: psycopg.Connection, engine: Engine, reset: bool
) -> None:
    db.execute("INSERT INTO users (name, role, email) VALUES ('Eve', 'client', 'eve@example.com')")

    with pytest.raises(NotADemo, match="1 people who are not of the demo"):
        seed_demo(engine, now=NOON, reset=reset)

    assert db.execute("SELECT count(*) FROM users").fetchone() == (1,)
    assert db.execute("SELECT count(*) FROM bookings").fetchone() == (0,)


def test_the_people_offered_can_sign_in(db: psycopg.Connection, engine: Engine) -> None:
    seed_demo(engine, now=NOON)

    hashes = dict(
        db.execute("SELECT email, password_hash FROM credentials JOIN users ON id = user_id")
    )

    assert {person["email"] for person in DEMO_PEOPLE} <= set(hashes)
    one = hashes["ana.castillo@fieldkit.example"]
    assert PasswordHash.recommended().verify(DEMO_PASSWORD, one)


def _versions(db: psycopg.Connection) -> dict[object, int]:
    found: dict[object, int] = {}
    for kind in MIRRORED:
        found |= dict(db.execute(f"SELECT id, version FROM {kind.table}").fetchall())
    return found


def _as_on_the_wire(row: dict[str, object]) -> dict[str, object]:
    """TIMESTAMP columns hold UTC and do not say so."""
    is_instant = ("_at", "_time", "last_checked", "claimed_start")
    return {
        column: f"{value}Z"
        if isinstance(value, str)
        and column.endswith(is_instant)
        and len(value) > 18
        and not value.endswith("+00:00")
        else value
        for column, value in row.items()
    }


def test_the_office_holds_two_of_the_three_photos_of_the_blocked_exit(
    engine: Engine, tmp_path: Path
) -> None:
    store = FolderStore(tmp_path)

    seed_demo(engine, now=NOON, photos=store)

    with engine.connect() as connection:
        query = "SELECT sha256, state FROM issue_photos ORDER BY position"
        rows = connection.execute(text(query)).all()
        urls = connection.execute(
            text("SELECT photo_urls FROM event_issues WHERE severity = 'critical'")
        ).scalar_one()
    assert [row.state for row in rows] == ["stored", "stored", "missing"]
    assert urls == [f"/v1/photos/{row.sha256}" for row in rows[:2]]
    photo = Photo(demo_id("organization", AGENCY), rows[0].sha256)
    assert thumbnail_of(store.read(photo.key) or b"") == store.read(photo.thumb_key)
