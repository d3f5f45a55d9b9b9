"""Versions, times and wake-ups: what happens by itself when anybody writes."""

import datetime as dt
import json

import psycopg
import pytest

from field_app.domain.booking import RecurrencePattern
from field_app.domain.mirrored import MIRRORED
from field_app.domain.records import Record
from tests.server.booking_system import a_full_booking, a_user, an_event
from tests.server.catalogue import columns, facts

RECORDS: list[type[Record]] = [*MIRRORED, RecurrencePattern]


def test_every_field_of_a_record_is_a_column(db) -> None:
    held = columns(db)

    missing = {r.table: set(r.model_fields) - set(held[r.table]) for r in RECORDS}

    assert {table: gone for table, gone in missing.items() if gone} == {}


def test_a_write_by_anybody_gives_a_row_a_new_version(db) -> None:
    a_full_booking(db)
    a_review_item(db)
    a_custody_entry(db)
    a_photo(db)
    before = {record.table: versions(db, record.table) for record in RECORDS}

    for record in RECORDS:
        db.execute(f"UPDATE {record.table} SET id = id")

    for table, old in before.items():
        assert min(versions(db, table)) > max(old), table


def test_what_was_said_of_a_kit_cannot_be_rewritten(db) -> None:
    a_full_booking(db)
    a_custody_entry(db)

    with pytest.raises(psycopg.errors.RestrictViolation):
        db.execute("UPDATE custody_entries SET entry = 'scan'")

    db.execute("DELETE FROM bookings")
    kept = db.execute("SELECT count(*), count(event_instance_id) FROM custody_entries").fetchone()
    assert kept == (1, 0)


def test_updated_at_follows_a_write(db) -> None:
    user = a_user(db)

    db.execute("UPDATE users SET name = 'Ana C.', updated_at = '2001-01-01' WHERE id = %s", [user])

    at = db.execute("SELECT updated_at FROM users WHERE id = %s", [user]).fetchone()[0]
    assert at > dt.datetime(2020, 1, 1)  # noqa: DTZ001


def test_a_session_in_tokyo_writes_the_same_times_as_one_in_utc(database_url: str) -> None:
    with psycopg.connect(database_url, options="-c timezone=Asia/Tokyo") as tokyo:
        an_event(tokyo)
        query = """SELECT created_at = now() AT TIME ZONE 'UTC',
            updated_at = now() AT TIME ZONE 'UTC', starts_at = '2026-03-02 11:00Z'
            FROM event_instances"""

        assert tokyo.execute(query).fetchone() == (True, True, True)


def test_a_time_that_was_given_is_kept(db) -> None:
    event = an_event(db, created_at="2025-12-24 18:00")

    query = "SELECT created_at::text FROM event_instances WHERE id = %s"
    assert db.execute(query, [event]).fetchone() == ("2025-12-24 18:00:00",)


def test_every_foreign_key_has_an_index(db) -> None:
    known = facts(db)
    keys = [fact for fact in known if fact.startswith("key ")]

    bare = [key for key in keys if not any(_serves(index, key) for index in known)]

    assert bare == []


def test_a_change_of_a_shift_wakes_its_event_and_its_person(db, database_url: str) -> None:
    a_full_booking(db)
    event, user = db.execute("SELECT event_instance_id, user_id FROM staff_assignments").fetchone()

    heard = messages(db, database_url, "UPDATE staff_assignments SET feedback = 'Good'")

    assert heard == [{"run": [str(event)], "people": [str(user)]}]


def test_a_message_names_the_device_whose_operations_it_comes_from(db, database_url: str) -> None:
    a_full_booking(db)

    db.execute("SET field.device = 'a phone'")
    (named,) = messages(db, database_url, "UPDATE event_issues SET description = 'x'")
    db.execute("RESET field.device")
    (unnamed,) = messages(db, database_url, "UPDATE event_issues SET description = 'y'")

    assert (named["by"], unnamed.get("by")) == ("a phone", None)


def test_a_kit_wakes_the_events_that_it_is_meant_for(db, database_url: str) -> None:
    a_full_booking(db)
    db.execute("UPDATE event_instances SET ends_at = now() + interval '1 hour'")
    (event,) = db.execute("SELECT event_instance_id FROM activity_kits").fetchone()

    heard = messages(db, database_url, "UPDATE kit_instances SET disputed = TRUE")

    assert heard == [{"events": [str(event)]}]


def test_an_event_wakes_the_manager_whom_it_is_given_to(db, database_url: str) -> None:
    a_full_booking(db)
    manager = a_user(db, role="field_manager")

    heard = messages(db, database_url, f"UPDATE event_instances SET field_manager_id = '{manager}'")

    assert heard[0]["people"] == [str(manager)]


def test_a_reassigned_shift_wakes_both_people(db, database_url: str) -> None:
    a_full_booking(db)
    db.execute("DELETE FROM staff_assignments WHERE activity_id IS NULL")
    (before,) = db.execute("SELECT user_id FROM staff_assignments").fetchone()
    after = a_user(db)

    heard = messages(db, database_url, f"UPDATE staff_assignments SET user_id = '{after}'")

    assert set(heard[0]["people"]) == {str(before), str(after)}


def test_a_deletion_wakes_the_event(db, database_url: str) -> None:
    a_full_booking(db)
    (event,) = db.execute("SELECT id FROM event_instances").fetchone()

    heard = messages(db, database_url, "DELETE FROM event_issues")

    assert heard == [{"events": [str(event)], "people": []}]


@pytest.mark.parametrize("table", ["locations", "organizations", "kit_templates", "bookings"])
def test_what_everybody_sees_wakes_everybody(db, database_url: str, table: str) -> None:
    a_full_booking(db)
    db.execute("INSERT INTO locations (name) VALUES ('Chelsea Market')")

    heard = messages(db, database_url, f"UPDATE {table} SET id = id")

    assert heard == [{"all": True}]


def test_many_changes_at_once_make_one_short_message(db, database_url: str) -> None:
    many = "INSERT INTO users (name, role) SELECT n, 'client' FROM generate_series(1, 51) n"

    heard = messages(db, database_url, many)

    assert heard == [{"all": True}]


def test_a_statement_that_touches_nothing_wakes_nobody(db, database_url: str) -> None:
    heard = messages(db, database_url, "UPDATE users SET name = 'Nobody'")

    assert heard == []


def messages(db: psycopg.Connection, url: str, statement: str) -> list[dict]:
    """What a listener hears of a statement, until a mark sent after it arrives."""
    with psycopg.connect(url, autocommit=True) as listener:
        listener.execute("LISTEN field_changed")
        db.execute(statement)
        db.execute("NOTIFY field_changed, 'end'")
        heard = []
        for message in listener.notifies():
            if message.payload == "end":
                break
            heard.append(json.loads(message.payload))
    return heard


def versions(db: psycopg.Connection, table: str) -> list[int]:
    return [version for (version,) in db.execute(f"SELECT version FROM {table}")]


def a_review_item(db: psycopg.Connection) -> None:
    db.execute("INSERT INTO locations (name) VALUES ('Chelsea Market')")
    db.execute("""INSERT INTO review_items (event_instance_id, target_table, target_id, flag)
        SELECT event_instance_id, 'staff_assignments', id, 'outside_fence' FROM staff_assignments
        LIMIT 1""")


def a_photo(db) -> None:
    db.execute(
        "INSERT INTO issue_entries (id, issue_id, act, occurred_at) "
        "SELECT gen_random_uuid(), id, 'report', now() FROM event_issues"
    )
    db.execute(
        "INSERT INTO issue_photos (issue_id, position, sha256) "
        "SELECT id, 0, repeat('a', 64) FROM event_issues"
    )


def a_custody_entry(db: psycopg.Connection) -> None:
    db.execute("""INSERT INTO custody_entries (id, kit_instance_id, act, occurred_at)
        SELECT gen_random_uuid(), id, 'check_out', '2026-03-02 11:00' FROM kit_instances LIMIT 1""")
    db.execute("INSERT INTO presences (id) SELECT id FROM users LIMIT 1")


def _serves(index: str, key: str) -> bool:
    """Whether an index begins with the (first) column of a key."""
    where, _, rest = key.partition(": FOREIGN KEY (")
    column = rest.partition(")")[0].split(", ")[0]
    table = where.rpartition(" on ")[2]
    return index.startswith("CREATE") and f" ON {table} USING btree ({column}" in index
