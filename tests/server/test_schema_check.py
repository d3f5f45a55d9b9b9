"""What `check-schema` says of databases that fit and of some that do not."""

import psycopg
import pytest

from server_stub.schema_check import check_schema
from tests.server.booking_system import a_full_booking
from tests.support import legacy
from tests.support.commands import command


def test_an_empty_database_fits(empty_database_url: str) -> None:
    assert check_schema(empty_database_url) == []


def test_a_migrated_database_with_rows_fits(database_url: str) -> None:
    with psycopg.connect(database_url) as db:
        a_full_booking(db)

    assert check_schema(database_url) == []


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        (
            "CREATE TABLE event_instances (id UUID)",
            "There is a table event_instances already, which the migration would create.",
        ),
        (
            "CREATE TABLE users (id UUID, name TEXT, email TEXT, organization_id UUID, role TEXT)",
            "Table users has no column status.",
        ),
        (
            "CREATE TABLE kit_templates (id INTEGER, name TEXT, description TEXT,"
            " components JSONB, brand_id UUID, approval_status TEXT)",
            "Column kit_templates.id is integer and should be uuid.",
        ),
        (
            "CREATE TABLE bookings (id UUID, title TEXT, description TEXT, organization_id UUID,"
            " status TEXT, recurrence TEXT, client_notes TEXT, admin_notes TEXT, approved_by UUID,"
            " approved_at TIMESTAMP, created_by UUID, created_at TIMESTAMP, updated_at TIMESTAMP,"
            " event_start_time TIMESTAMPTZ)",
            "Column bookings.event_start_time is timestamp with time zone already and should be"
            " time without time zone.",
        ),
        (
            "CREATE TABLE organizations (id UUID, name VARCHAR(80), settings JSONB, tier TEXT,"
            " contact_info JSONB, created_at TEXT)",
            "Column organizations.created_at is text already and should be"
            " timestamp without time zone.",
        ),
    ],
)
def test_a_table_that_does_not_fit_is_named(
    empty_database_url: str, statements: str, sentence: str
) -> None:
    with psycopg.connect(empty_database_url) as db:
        db.execute(statements)

    assert check_schema(empty_database_url) == [sentence]


def test_rows_that_do_not_fit_are_counted(empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url) as db:
        db.execute("""
            CREATE TABLE kit_instances (id UUID, template_id UUID, serial_number TEXT, status TEXT,
                last_checked TIMESTAMP, created_at TIMESTAMP, updated_at TIMESTAMP);
            CREATE TABLE kit_templates (id UUID, name TEXT, description TEXT, components JSONB,
                brand_id UUID, approval_status TEXT);
            INSERT INTO kit_instances (serial_number, status, template_id) VALUES
                ('A', 'lost', gen_random_uuid()), ('B', 'lost', NULL), (NULL, 'missing', NULL)""")

    assert check_schema(empty_database_url) == [
        "Unknown status 'lost' in kit_instances (2 rows).",
        "No serial_number in kit_instances (1 row).",
        "No such row in kit_templates for template_id of kit_instances (1 row).",
    ]


def test_checking_changes_nothing(empty_database_url: str) -> None:
    check_schema(empty_database_url)

    with psycopg.connect(empty_database_url) as db:
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert db.execute(tables).fetchone() == (0,)


def test_a_database_that_does_not_fit_is_not_migrated(empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url) as db:
        legacy.create(db)
        db.execute("INSERT INTO bookings (title, status) VALUES ('Odd', 'Confirmed!')")

    refused = command("migrate", DATABASE_URL=empty_database_url)

    assert refused.returncode == 1
    assert refused.stderr.splitlines() == [
        "Unknown status 'Confirmed!' in bookings (1 row).",
        "Nothing was changed: this has to be put right first.",
    ]
    with psycopg.connect(empty_database_url) as db:
        assert db.execute("SELECT to_regclass('event_instances')").fetchone() == (None,)
