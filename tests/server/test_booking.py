"""From a booking to its events: approval, regeneration, cancelling, by command and over HTTP."""

import datetime as dt
import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from sqlalchemy import Engine

from field_app.domain.booking import BookingStatus as B
from field_app.domain.person import Actor, Role
from server_stub import database
from server_stub.booking import approval
from server_stub.booking.approval import NotPossible
from tests.server.booking_system import insert
from tests.server.conftest import SignIn
from tests.support.central import Central
from tests.support.commands import command

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
FIRST = dt.date(2026, 11, 25)


@pytest.fixture
def engine(database_url: str) -> Engine:
    engine = database.create_engine(database_url, pool_size=2)
    yield engine
    engine.dispose()


@pytest.fixture
def priya(central: Central) -> UUID:
    return central.a_person("Priya", "internal_admin")


@pytest.fixture
def venue(db: psycopg.Connection) -> UUID:
    return insert(db, "locations", name="Aragon", time_zone="America/Chicago")


@pytest.fixture
def booking(central: Central, venue: UUID, dana: UUID) -> UUID:
    """Mondays and Wednesdays of every second week, five times, pending."""
    made = insert(
        central.db,
        "bookings",
        title="Late lounge",
        organization_id=central.brand,
        status="pending",
        starts_on=FIRST,
        event_start_time=dt.time(22),
        event_end_time=dt.time(3),
        location_id=venue,
        field_manager_id=dana,
    )
    insert(
        central.db,
        "recurrence_patterns",
        booking_id=made,
        frequency="weekly",
        interval=2,
        week_days=["MO", "WE"],
        end_after=5,
    )
    return made


def admin(central: Central, person: UUID) -> Actor:
    return Actor(id=person, role=Role.INTERNAL_ADMIN, organization_id=central.agency)


def events_of(db: psycopg.Connection, booking: UUID) -> list[tuple[Any, ...]]:
    query = """SELECT occurrence_key, date::text, status, starts_at FROM event_instances
        WHERE booking_id = %s ORDER BY occurrence_key"""
    return db.execute(query, [booking]).fetchall()


def an_exception(
    db: psycopg.Connection, booking: UUID, start: str, kind: str, **changes: str
) -> None:
    insert(
        db,
        "booking_exceptions",
        booking_id=booking,
        original_start=start,
        kind=kind,
        changes=json.dumps(changes),
    )


def test_approving_makes_the_events_and_says_so_on_the_booking(
    central: Central, engine: Engine, booking: UUID, priya: UUID
) -> None:
    outcome = approval.move(engine, admin(central, priya), booking, B.APPROVED, now=NOW)

    made = events_of(central.db, booking)
    days = ["2026-11-25", "2026-12-07", "2026-12-09", "2026-12-21", "2026-12-23"]
    assert [row[1] for row in made] == days
    assert outcome.created == [f"{day}T22:00" for day in days]
    assert made[0][3] == dt.datetime(2026, 11, 26, 4, tzinfo=dt.UTC)
    row = central.db.execute(
        """SELECT status, event_generation_status, event_count, series_start_date::text,
            series_end_date::text, approved_by, last_event_generated_at IS NOT NULL
        FROM bookings WHERE id = %s""",
        [booking],
    ).fetchone()
    assert row == ("approved", "generated", 5, days[0], days[-1], priya, True)
    log = central.db.execute(
        "SELECT DISTINCT from_state, to_state, changed_by_id FROM event_state_transitions"
    ).fetchall()
    assert log == [("none", "scheduled", priya)]
    trail = central.db.execute(
        "SELECT from_state, to_state, kind FROM audit_entries WHERE record_id = %s", [booking]
    ).fetchall()
    assert trail == [("pending", "approved", "booking.transition")]


def test_the_database_works_the_same_instants_out(
    central: Central, engine: Engine, booking: UUID, priya: UUID
) -> None:
    """Revision 0004's trigger and ours agree, also in the night when the clocks change."""
    central.db.execute("UPDATE bookings SET starts_on = '2026-10-28'")
    central.db.execute(
        "UPDATE recurrence_patterns SET frequency = 'daily', week_days = NULL, interval = 1"
    )
    approval.move(engine, admin(central, priya), booking, B.APPROVED, now=NOW)
    ours = central.db.execute("SELECT id, starts_at, ends_at FROM event_instances").fetchall()

    central.db.execute("UPDATE event_instances SET starts_at = NULL, ends_at = NULL")

    query = "SELECT id, starts_at, ends_at FROM event_instances"
    assert sorted(central.db.execute(query).fetchall()) == sorted(ours)
    assert {end - start for _, start, end in ours} == {
        dt.timedelta(hours=5),
        dt.timedelta(hours=6),
    }


def test_approving_again_changes_nothing_and_makes_what_is_missing(
    central: Central, engine: Engine, booking: UUID, priya: UUID
) -> None:
    by = admin(central, priya)
    approval.move(engine, by, booking, B.APPROVED, now=NOW)
    before = central.db.execute("SELECT id, version FROM event_instances").fetchall()

    again = approval.move(engine, by, booking, B.APPROVED, now=NOW)
    unchanged = central.db.execute("SELECT id, version FROM event_instances").fetchall()
    central.db.execute("UPDATE recurrence_patterns SET end_after = 6")
    more = approval.move(engine, by, booking, B.APPROVED, now=NOW)

    assert (again.created, again.changed, sorted(unchanged)) == ([], [], sorted(before))
    assert more.created == ["2027-01-04T22:00"]
    assert central.value("SELECT event_count FROM bookings WHERE id = %s", booking) == 6


def test_exceptions_survive_regeneration(
    central: Central, engine: Engine, booking: UUID, priya: UUID
) -> None:
    by, db = admin(central, priya), central.db
    an_exception(db, booking, "2026-12-07 22:00", "cancelled")
    an_exception(db, booking, "2026-12-09 22:00", "moved", date="2026-12-10", start_time="21:00")
    approval.move(engine, by, booking, B.APPROVED, now=NOW)
    an_exception(db, booking, "2026-12-21 22:00", "edited", notes="Bring ice")
    an_exception(db, booking, "2026-12-23 22:00", "cancelled")

    outcome = approval.move(engine, by, booking, B.APPROVED, now=NOW)

    assert [row[:3] for row in events_of(db, booking)] == [
        ("2026-11-25T22:00", "2026-11-25", "scheduled"),
        ("2026-12-09T22:00", "2026-12-10", "scheduled"),
        ("2026-12-21T22:00", "2026-12-21", "scheduled"),
        ("2026-12-23T22:00", "2026-12-23", "cancelled"),
    ]
    assert (outcome.changed, outcome.cancelled) == (["2026-12-21T22:00"], ["2026-12-23T22:00"])
    notes = "SELECT notes FROM event_instances WHERE occurrence_key = '2026-12-21T22:00'"
    assert central.value(notes) == "Bring ice"


def test_regeneration_leaves_alone_where_somebody_has_an_offer(
    central: Central, engine: Engine, booking: UUID, priya: UUID, ana: UUID
) -> None:
    by, db = admin(central, priya), central.db
    approval.move(engine, by, booking, B.APPROVED, now=NOW)
    first = central.value("SELECT id FROM event_instances ORDER BY date LIMIT 1")
    central.a_shift(first, ana)
    db.execute("UPDATE bookings SET event_start_time = '20:00' WHERE id = %s", [booking])

    outcome = approval.move(engine, by, booking, B.APPROVED, now=NOW)

    assert outcome.kept == ["2026-11-25T22:00"]
    assert len(outcome.created) == 5, "another start is another occurrence"
    assert len(outcome.cancelled) == 4
    assert central.status_of("event_instances", first) == "scheduled"


def test_a_series_without_an_end_is_extended(
    central: Central, engine: Engine, booking: UUID, priya: UUID
) -> None:
    by = admin(central, priya)
    central.db.execute("UPDATE recurrence_patterns SET end_after = NULL")
    first = approval.move(engine, by, booking, B.APPROVED, now=NOW)

    none = approval.extend(engine, by, now=NOW)
    (later,) = approval.extend(engine, by, now=NOW + dt.timedelta(days=60))

    assert central.value("SELECT event_generation_status FROM bookings") == "open_ended"
    assert none == []
    assert first.created[-1] < later.created[0]
    assert len(events_of(central.db, booking)) == len(first.created) + len(later.created)


def test_cancelling_calls_off_what_is_ahead_and_withdraws_offers(
    central: Central, engine: Engine, booking: UUID, priya: UUID, ana: UUID
) -> None:
    by, db = admin(central, priya), central.db
    approval.move(engine, by, booking, B.APPROVED, now=NOW)
    ids = [row[0] for row in db.execute("SELECT id FROM event_instances ORDER BY date")]
    worked = central.a_shift(ids[0], ana, "checked_out")
    offered = central.a_shift(ids[1], ana)
    db.execute("UPDATE event_instances SET status = 'completed' WHERE id = %s", [ids[0]])

    outcome = approval.move(
        engine, by, booking, B.CANCELLED, "The brand withdrew", now=NOW + dt.timedelta(days=10)
    )

    assert len(outcome.cancelled) == 4
    assert [row[2] for row in events_of(db, booking)] == ["completed", *["cancelled"] * 4]
    assert central.status_of("staff_assignments", worked) == "checked_out"
    assert central.status_of("staff_assignments", offered) == "cancelled"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("UPDATE bookings SET starts_on = NULL", "does not say on which day it begins"),
        ("UPDATE recurrence_patterns SET frequency = 'yearly'", "daily, weekly or monthly"),
        ("UPDATE recurrence_patterns SET end_after = 500", "more than 400 events"),
        ("UPDATE bookings SET event_end_time = '22:00'", "begins and ends at 22:00"),
        (
            "INSERT INTO recurrence_patterns (booking_id, frequency) SELECT id, 'daily' "
            "FROM bookings",
            "2 recurrence patterns",
        ),
        (
            "INSERT INTO booking_exceptions (booking_id, original_start, kind, changes) "
            "SELECT id, '2026-11-25 22:00', 'moved', '{\"date\": \"soon\"}' FROM bookings",
            "The exception of 2026-11-25T22:00 cannot be read",
        ),
    ],
)
def test_what_cannot_be_made_is_said_and_nothing_is_approved(
    central: Central, engine: Engine, booking: UUID, priya: UUID, change: str, sentence: str
) -> None:
    central.db.execute(change)

    with pytest.raises(NotPossible, match=sentence):
        approval.preview(engine, booking)
    with pytest.raises(NotPossible, match=sentence):
        approval.move(engine, admin(central, priya), booking, B.APPROVED, now=NOW)

    assert central.status_of("bookings", booking) == "pending"
    assert events_of(central.db, booking) == []


def test_the_commands_do_what_they_say(
    central: Central, database_url: str, booking: UUID, priya: UUID, dana: UUID
) -> None:
    where = {"DATABASE_URL": database_url}
    who = central.emails[priya]

    shown = command("booking", "preview", str(booking), **where)
    refused = command("booking", "approve", str(booking), "--by", central.emails[dana], **where)
    approved = command("booking", "approve", str(booking), "--by", who, "--json", **where)
    open_events = command("booking", "complete", str(booking), "--by", who, **where)
    called_off = command(
        "booking", "cancel", str(booking), "--by", who, "--reason", "Flood", **where
    )
    unknown = command("booking", "preview", str(uuid4()), **where)
    silent = command("booking", "cancel", str(booking), "--by", who, "--reason", " ", **where)

    assert "5 events." in shown.stdout
    assert (refused.returncode, refused.stderr.strip()) == (
        1,
        "This no longer exists, or you can no longer see it.",
    )
    assert len(json.loads(approved.stdout)["created"]) == 5
    assert open_events.stderr.strip() == "Some of its events are not over yet."
    assert "Late lounge is cancelled." in called_off.stdout
    assert unknown.stderr.strip() == "There is no booking with this id."
    assert silent.stderr.strip() == "A reason must say something, in at most 500 characters."


def test_a_booking_without_a_plan_gets_one(
    central: Central, database_url: str, priya: UUID, dana: UUID, venue: UUID
) -> None:
    bare = insert(central.db, "bookings", title="One night", status="pending")
    central.db.execute("UPDATE bookings SET organization_id = %s", [central.brand])
    where = {"DATABASE_URL": database_url}
    plan = ["--starts-on", "2099-05-01", "--start", "18:00", "--end", "23:00"]
    plan += ["--location", str(venue), "--manager", central.emails[dana]]

    before = command("booking", "preview", str(bare), **where)
    planned = command("booking", "plan", str(bare), *plan, **where)
    after = command("booking", "approve", str(bare), "--by", central.emails[priya], **where)

    assert "does not say on which day it begins" in before.stderr
    assert planned.returncode == 0, planned.stderr
    assert "1 event made." in after.stdout
    assert central.value("SELECT field_manager_id FROM event_instances") == dana


def test_internal_admins_do_it_over_http_and_nobody_else(
    central: Central, sign_in: SignIn, http: httpx.Client, booking: UUID, priya: UUID, dana: UUID
) -> None:
    path = f"/v1/admin/bookings/{booking}"
    office, manager = sign_in(priya), sign_in(dana)
    approve = {"to_state": "approved"}

    shown = http.get(f"{path}/preview", headers=office.headers)
    denied = http.post(f"{path}/transition", json=approve, headers=manager.headers)
    done = http.post(f"{path}/transition", json=approve, headers=office.headers)
    no_reason = http.post(
        f"{path}/transition", json={"to_state": "cancelled"}, headers=office.headers
    )
    silent = [
        http.post(
            f"{path}/transition",
            json={"to_state": "cancelled", "reason": reason},
            headers=office.headers,
        )
        for reason in (" ", "Fl\0od", "x" * 501)
    ]
    nowhere = http.get(f"/v1/admin/bookings/{uuid4()}/preview", headers=office.headers)

    assert len(shown.json()["events"]) == 5
    assert denied.status_code == 403
    assert (done.status_code, len(done.json()["created"])) == (200, 5)
    assert (no_reason.status_code, no_reason.json()["code"]) == (409, "reason_needed")
    assert {answer.status_code for answer in silent} == {422}
    assert nowhere.status_code == 404


def test_a_device_cannot_move_a_booking(
    central: Central, sign_in: SignIn, booking: UUID, priya: UUID
) -> None:
    device = sign_in(priya)

    (verdict,) = device.perform(
        device.envelope("booking.transition", booking, {"to_state": "approved"})
    )

    assert (verdict["status"], verdict["code"]) == ("refused", "not_allowed")
