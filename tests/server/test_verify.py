"""Each check of `sync-server verify` finds exactly what was broken for it."""

import datetime as dt
import json
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Engine

from field_app.domain.booking import BookingStatus
from server_stub.booking import approval
from server_stub.demo.seed import seed_demo
from server_stub.verify import verify
from tests.server.booking_system import a_kit, an_activity, an_event, insert
from tests.server.test_booking import NOW, admin, booking, engine, priya, venue  # noqa: F401
from tests.support.central import Central
from tests.support.commands import command


@pytest.fixture
def approved(central: Central, engine: Engine, booking: UUID, priya: UUID) -> UUID:  # noqa: F811
    """A booking with five events, and a shift that was worked there."""
    approval.move(engine, admin(central, priya), booking, BookingStatus.APPROVED, now=NOW)
    return booking


def missed(engine: Engine) -> list[str]:  # noqa: F811
    return [check.name for check in verify(engine, NOW) if not check.is_met]


def test_what_approval_makes_meets_every_check(engine: Engine, approved: UUID) -> None:  # noqa: F811
    checks = verify(engine, NOW)

    assert [check.name for check in checks if not check.is_met] == []
    first = checks[0]
    assert (first.expected, first.found) == ("5", "5")


ONE = "(SELECT id FROM event_instances ORDER BY date LIMIT 1)"
BACKFILLED = """
    WITH batch AS (INSERT INTO backfill_batches DEFAULT VALUES RETURNING id)
    INSERT INTO backfill_bookings (batch_id, booking_id, before, events, activities, shifts,
        untouched_before, untouched_after)
    SELECT batch.id, b.id, '{}', '{}', '{}', '{}', 'as it was', 'something else'
    FROM bookings b, batch LIMIT 1"""
BREAKS = {
    "a backfill changed nothing else": BACKFILLED,
    "every approved booking has its events": f"DELETE FROM event_instances WHERE id = {ONE}",
    "no events of bookings that were never approved": "UPDATE bookings SET status = 'pending'",
    "instants are the venue's wall time": (
        f"UPDATE event_instances SET ends_at = ends_at + '1 hour' WHERE id = {ONE}"
    ),
    "nothing that lies ahead is over": (
        f"UPDATE event_instances SET status = 'completed' WHERE id = {ONE}"
    ),
    "every event has one origin in its log": (
        f"DELETE FROM event_state_transitions WHERE event_instance_id = {ONE}"
    ),
    "bookings count their events": "UPDATE bookings SET event_count = 7",
}
ALSO = {
    "every approved booking has its events": {"bookings count their events"},
    "no events of bookings that were never approved": set[str](),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_check_finds_what_was_broken(
    db: psycopg.Connection,
    engine: Engine,  # noqa: F811
    approved: UUID,
    name: str,
) -> None:
    db.execute(BREAKS[name])

    assert set(missed(engine)) == {name} | ALSO.get(name, set())


def test_an_occurrence_that_is_there_twice_is_found(
    db: psycopg.Connection,
    engine: Engine,  # noqa: F811
    approved: UUID,
) -> None:
    db.execute("DROP INDEX event_instances_one_per_occurrence")
    db.execute(f"""
        INSERT INTO event_instances (booking_id, date, start_time, end_time, location_id,
            occurrence_key) SELECT booking_id, date, start_time, end_time, location_id,
            occurrence_key FROM event_instances WHERE id = {ONE}""")

    assert "no occurrence twice" in missed(engine)


def test_a_shift_at_another_events_activity_is_found(
    db: psycopg.Connection,
    central: Central,
    engine: Engine,  # noqa: F811
    approved: UUID,
    ana: UUID,
) -> None:
    event = db.execute(f"SELECT id FROM event_instances WHERE id = {ONE}").fetchone()[0]
    other = an_activity(db, an_event(db, booking_id=approved))
    shift = central.a_shift(event, ana)
    db.execute("SET session_replication_role = replica")  # no constraint looks
    db.execute("UPDATE staff_assignments SET activity_id = %s WHERE id = %s", [other, shift])

    assert "kits and shifts belong to the event of their activity" in missed(engine)


def test_a_zone_that_nobody_knows_is_found(
    db: psycopg.Connection,
    engine: Engine,  # noqa: F811
    approved: UUID,
) -> None:
    db.execute("ALTER TABLE locations DROP CONSTRAINT locations_time_zone_in_range")
    insert(db, "locations", name="Nowhere", time_zone="Mars/Olympus")

    assert missed(engine) == ["venues' time zones are known"]


def test_a_kit_in_two_places_is_found(
    db: psycopg.Connection,
    engine: Engine,  # noqa: F811
    approved: UUID,
) -> None:
    kit = a_kit(db)
    db.execute("ALTER TABLE activity_kits DROP CONSTRAINT activity_kits_reserved_once")
    event = db.execute(f"SELECT id FROM event_instances WHERE id = {ONE}").fetchone()[0]
    for _ in range(2):
        activity = an_activity(db, event)
        insert(db, "activity_kits", activity_id=activity, kit_instance_id=kit, status="checked_out")

    assert missed(engine) == ["no kit is in two places at once"]


@pytest.mark.parametrize("hours", [None, 17])
def test_hours_that_nobody_looked_at_are_found(
    db: psycopg.Connection,
    central: Central,
    engine: Engine,  # noqa: F811
    approved: UUID,
    ana: UUID,
    hours: int | None,
) -> None:
    event = db.execute(f"SELECT id FROM event_instances WHERE id = {ONE}").fetchone()[0]
    shift = central.a_shift(event, ana, "checked_out", hours_worked=hours)
    found = missed(engine)
    flag = {"target_table": "staff_assignments", "target_id": shift, "flag": "implausible_hours"}
    insert(db, "review_items", event_instance_id=event, **flag)

    assert found == ["odd hours have been flagged"]
    assert missed(engine) == []


def test_the_command_prints_them_all_and_ends_with_1_on_a_miss(
    db: psycopg.Connection, database_url: str, approved: UUID
) -> None:
    where = {"DATABASE_URL": database_url}
    fine = command("verify", **where)
    db.execute(BREAKS["bookings count their events"])
    broken, as_json = command("verify", **where), command("verify", "--json", **where)

    assert (fine.returncode, fine.stdout.count("ok  ")) == (0, 13)
    assert broken.returncode == as_json.returncode == 1
    assert "MISS  bookings count their events: expected 0, found 1" in broken.stdout
    assert "says 7, has 5" in broken.stdout
    told = [json.loads(line) for line in as_json.stdout.splitlines()]
    assert [each["name"] for each in told if not each["is_met"]] == ["bookings count their events"]


def test_the_demo_meets_every_check(engine: Engine) -> None:  # noqa: F811
    now = dt.datetime.now(dt.UTC)
    seed_demo(engine, now=now, reset=False)

    assert [(c.name, c.misses[:2]) for c in verify(engine, now) if not c.is_met] == []


def test_an_activity_that_was_linked_to_another_bookings_event_is_found(
    central: Central,
    engine: Engine,  # noqa: F811
    approved: UUID,
) -> None:
    db = central.db
    elsewhere = an_event(db)
    insert(
        db,
        "event_state_transitions",
        event_instance_id=elsewhere,
        from_state="none",
        to_state="scheduled",
    )
    activity = an_activity(db, elsewhere)
    batch = insert(db, "backfill_batches")
    db.execute(
        "INSERT INTO backfill_bookings VALUES (%s, %s, '{}', '{}', %s, '{}', 'same', 'same')",
        [batch, approved, [activity]],
    )

    assert missed(engine) == ["no activity is on another booking's event"]
