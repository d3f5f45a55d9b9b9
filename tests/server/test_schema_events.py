"""Events in the central database: their instants, and what happens when a booking goes."""

import datetime as dt

import psycopg
import pytest

from tests.server.booking_system import a_booking, a_full_booking, an_event, insert

HANGING_ON_A_BOOKING = [
    "recurrence_patterns",
    "event_instances",
    "activities",
    "event_team_members",
    "staff_assignments",
    "activity_kits",
    "event_state_transitions",
    "event_issues",
    "bookings",
]


def a_venue(db: psycopg.Connection, zone: str | None) -> object:
    return insert(db, "locations", name="Aragon Ballroom", time_zone=zone)


def instants(db: psycopg.Connection, event: object) -> tuple[dt.datetime, dt.datetime]:
    query = "SELECT starts_at, ends_at FROM event_instances WHERE id = %s"
    return db.execute(query, [event]).fetchone()


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)


def test_an_event_without_a_venue_is_planned_in_utc(db) -> None:
    event = an_event(db)

    assert instants(db, event) == (utc(2026, 3, 2, 11), utc(2026, 3, 2, 15))


def test_an_event_that_ends_before_it_starts_ends_on_the_next_day(db) -> None:
    chicago = a_venue(db, "America/Chicago")

    event = an_event(
        db, location_id=chicago, date="2026-03-02", start_time="22:00", end_time="03:00"
    )

    assert instants(db, event) == (utc(2026, 3, 3, 4), utc(2026, 3, 3, 9))


@pytest.mark.parametrize(
    ("date", "hours"),
    [("2026-10-31", 6.0), ("2027-03-13", 4.0), ("2026-06-06", 5.0)],
    ids=["clocks go back", "clocks go forward", "an ordinary night"],
)
def test_a_night_shift_lasts_as_long_as_it_really_takes(db, date: str, hours: float) -> None:
    chicago = a_venue(db, "America/Chicago")

    event = an_event(db, location_id=chicago, date=date, start_time="22:00", end_time="03:00")

    starts_at, ends_at = instants(db, event)
    assert (ends_at - starts_at) / dt.timedelta(hours=1) == hours


def test_an_hour_that_comes_twice_means_its_first_pass(db) -> None:
    chicago = a_venue(db, "America/Chicago")

    event = an_event(
        db, location_id=chicago, date="2026-11-01", start_time="01:30", end_time="04:00"
    )

    assert instants(db, event) == (utc(2026, 11, 1, 6, 30), utc(2026, 11, 1, 10))


def test_a_start_that_the_clocks_skip_moves_forward(db) -> None:
    chicago = a_venue(db, "America/Chicago")

    event = an_event(
        db, location_id=chicago, date="2027-03-14", start_time="02:30", end_time="06:00"
    )

    assert instants(db, event) == (utc(2027, 3, 14, 8, 30), utc(2027, 3, 14, 11))


def test_an_event_inside_the_skipped_hour_keeps_its_length(db) -> None:
    chicago = a_venue(db, "America/Chicago")

    event = an_event(
        db, location_id=chicago, date="2027-03-14", start_time="02:30", end_time="03:00"
    )

    assert instants(db, event) == (utc(2027, 3, 14, 8, 30), utc(2027, 3, 14, 9))


def test_an_end_at_24_00_is_the_midnight_that_follows(db) -> None:
    event = an_event(db, start_time="20:00", end_time="24:00")

    assert instants(db, event) == (utc(2026, 3, 2, 20), utc(2026, 3, 3))


def test_the_instants_follow_when_the_booking_system_moves_the_event(db) -> None:
    event = an_event(db)

    db.execute("UPDATE event_instances SET start_time = '09:00' WHERE id = %s", [event])

    assert instants(db, event) == (utc(2026, 3, 2, 9), utc(2026, 3, 2, 15))


def test_the_instants_follow_when_the_venue_learns_its_zone(db) -> None:
    venue = a_venue(db, None)
    event = an_event(db, location_id=venue)

    db.execute("UPDATE locations SET time_zone = 'America/Phoenix'")

    assert instants(db, event) == (utc(2026, 3, 2, 18), utc(2026, 3, 2, 22))


def test_given_instants_are_kept(db) -> None:
    event = an_event(db, starts_at=utc(2026, 3, 2, 12), ends_at=utc(2026, 3, 2, 13))

    assert instants(db, event) == (utc(2026, 3, 2, 12), utc(2026, 3, 2, 13))


def test_an_event_cannot_end_before_it_starts(db) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="event_instances_in_order"):
        an_event(db, starts_at=utc(2026, 3, 2, 12), ends_at=utc(2026, 3, 2, 11))


@pytest.mark.parametrize("zone", ["Mars/Phobos", "FOO5", "EST5EDT,M3.2.0"])
def test_a_zone_that_no_calendar_knows_is_refused(db, zone: str) -> None:
    with pytest.raises((psycopg.errors.CheckViolation, psycopg.errors.InvalidParameterValue)):
        a_venue(db, zone)


def test_one_occurrence_of_a_booking_gets_one_event(db) -> None:
    booking = a_booking(db)
    an_event(db, booking_id=booking, occurrence_key="2026-03-02T11:00")

    with pytest.raises(psycopg.errors.UniqueViolation):
        an_event(db, booking_id=booking, occurrence_key="2026-03-02T11:00")


@pytest.mark.parametrize("in_one_transaction", [True, False])
def test_deleting_a_booking_takes_everything_that_hangs_on_it(
    database_url: str, in_one_transaction: bool
) -> None:
    with psycopg.connect(database_url) as db:
        booking = a_full_booking(db)
        if not in_one_transaction:
            db.commit()

        db.execute("DELETE FROM bookings WHERE id = %s", [booking])

        assert {t: _count(db, t) for t in HANGING_ON_A_BOOKING} == dict.fromkeys(
            HANGING_ON_A_BOOKING, 0
        )


def test_deleting_an_activity_leaves_its_staff_and_issues_at_the_event(db) -> None:
    a_full_booking(db)
    db.execute("DELETE FROM staff_assignments WHERE activity_id IS NULL")

    db.execute("DELETE FROM activities")

    assert _count(db, "activity_kits") == 0
    for table in ("staff_assignments", "event_issues"):
        rows = db.execute(f"SELECT activity_id, event_instance_id IS NULL FROM {table}").fetchall()
        assert rows == [(None, False)]


def _count(db: psycopg.Connection, table: str) -> int:
    return db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
