"""Migrating up and down: an empty database, and a live one that the booking system already uses."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic.script import ScriptDirectory
from psycopg import sql

import server_stub.migrations
from server_stub.database import current_revision, downgrade, head_revision, migrate
from server_stub.demo.postgres_install import system_folders
from tests.server.booking_system import a_full_booking, insert
from tests.server.catalogue import columns, facts
from tests.support.postgres import fresh_database, quick_postgres

# The booking system's tables as they may look in production: the documented columns, some of
# their own, and `users.phone`, which we would add.
LIVE = """
    CREATE TABLE organizations (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), name TEXT NOT NULL,
        settings JSONB, tier TEXT, contact_info JSONB, vat_number TEXT);
    CREATE TABLE users (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), name TEXT NOT NULL,
        email TEXT UNIQUE, organization_id UUID REFERENCES organizations(id), role TEXT NOT NULL,
        status TEXT DEFAULT 'active', phone TEXT);
    CREATE TABLE locations (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), name TEXT NOT NULL,
        address TEXT, city TEXT, state TEXT, postal_code TEXT, country TEXT, contact_info JSONB,
        created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
        updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
    CREATE TABLE bookings (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), title TEXT NOT NULL,
        description TEXT, organization_id UUID REFERENCES organizations(id),
        status TEXT NOT NULL DEFAULT 'draft', recurrence TEXT, client_notes TEXT, admin_notes TEXT,
        approved_by UUID REFERENCES users(id), approved_at TIMESTAMP,
        created_by UUID REFERENCES users(id), created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
        updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
    CREATE TABLE recurrence_patterns (id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
        booking_id UUID NOT NULL REFERENCES bookings(id), frequency TEXT NOT NULL,
        "interval" INTEGER NOT NULL DEFAULT 1, week_days TEXT[], month_days INTEGER[],
        end_date DATE, end_after INTEGER, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
        updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
    CREATE TABLE kit_templates (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), name TEXT NOT NULL,
        description TEXT, components JSONB, brand_id UUID REFERENCES organizations(id),
        approval_status TEXT);
    CREATE TABLE kit_instances (id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
        template_id UUID REFERENCES kit_templates(id), serial_number TEXT NOT NULL,
        status TEXT NOT NULL DEFAULT 'available', last_checked TIMESTAMP,
        created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
        updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
    CREATE TABLE activities (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), type TEXT NOT NULL,
        title TEXT NOT NULL, description TEXT, status TEXT NOT NULL DEFAULT 'planned',
        instructions TEXT, duration INTEGER, kit_template_id UUID REFERENCES kit_templates(id),
        created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
        updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, booking_id UUID REFERENCES bookings(id));
"""
LIVE_ROWS = """
    INSERT INTO organizations (name, vat_number)
        SELECT 'Brand ' || n, n FROM generate_series(1, 9) n;
    INSERT INTO users (name, email, organization_id, role, phone)
        SELECT 'Person of ' || name, name, id, 'client', '+1 212 555 0100' FROM organizations;
    INSERT INTO locations (name) VALUES ('Chelsea Market'), ('Grand Central');
    INSERT INTO bookings (title, organization_id, status, created_by, created_at)
        SELECT 'Booking of ' || name, organization_id, 'approved', id, '2025-06-01' FROM users;
    INSERT INTO recurrence_patterns (booking_id, frequency, week_days)
        SELECT id, 'weekly', '{FR,SA}' FROM bookings;
    INSERT INTO kit_templates (name, brand_id) SELECT 'Kit', id FROM organizations;
    INSERT INTO kit_instances (template_id, serial_number) SELECT id, 'SN' FROM kit_templates;
    INSERT INTO activities (type, title, booking_id) SELECT 'sampling', title, id FROM bookings;
"""

REVISIONS = [
    script.revision
    for script in ScriptDirectory(Path(server_stub.migrations.__file__).parent).walk_revisions()
][::-1]


@pytest.fixture
def live_url(empty_database_url: str) -> str:
    with psycopg.connect(empty_database_url) as db:
        db.execute(LIVE)
        db.execute(LIVE_ROWS)
    return empty_database_url


def test_a_live_database_keeps_every_row_and_value(live_url: str) -> None:
    with psycopg.connect(live_url) as db:
        owned = columns(db)
        before = contents(db, owned)

    migrate(live_url)

    with psycopg.connect(live_url) as db:
        assert contents(db, owned) == before
        assert current_revision(live_url) == head_revision()


def test_a_live_database_gives_every_old_row_a_version_of_its_own(live_url: str) -> None:
    migrate(live_url)

    with psycopg.connect(live_url) as db:
        count, distinct, least = db.execute(
            "SELECT count(*), count(DISTINCT version), min(version) FROM bookings"
        ).fetchone()
        assert (count, distinct) == (9, 9)
        assert least > 0


def test_going_back_to_the_base_leaves_a_live_database_as_it_was(live_url: str) -> None:
    with psycopg.connect(live_url) as db:
        owned = columns(db)
        before = facts(db), contents(db, owned)

    migrate(live_url)
    downgrade(live_url, "base")

    with psycopg.connect(live_url) as db:
        db.execute("DROP TABLE fieldkit_schema_version")
        assert (facts(db), contents(db, owned)) == before


def test_going_back_to_the_base_leaves_nothing_in_an_empty_database(
    empty_database_url: str,
) -> None:
    migrate(empty_database_url)

    downgrade(empty_database_url, "base")

    with psycopg.connect(empty_database_url) as db:
        assert set(columns(db)) == {"fieldkit_schema_version"}
        assert functions(db) == []


@pytest.mark.parametrize("revision", REVISIONS[1:])
def test_a_revision_can_be_undone_and_done_again_with_rows_in_place(
    empty_database_url: str, revision: str
) -> None:
    before = REVISIONS[REVISIONS.index(revision) - 1]
    migrate(empty_database_url, max(before, "0002"))
    with psycopg.connect(empty_database_url) as db:
        a_full_booking(db)
    migrate(empty_database_url, revision)
    with psycopg.connect(empty_database_url) as db:
        done = facts(db), functions(db)

    downgrade(empty_database_url, before)
    migrate(empty_database_url, revision)

    with psycopg.connect(empty_database_url) as db:
        assert (facts(db), functions(db)) == done
        assert db.execute("SELECT count(*) FROM bookings").fetchone() == (1,)


def test_no_revision_drops_or_retypes_a_column(empty_database_url: str) -> None:
    seen: dict[tuple[str, str], str] = {}

    for revision in REVISIONS:
        migrate(empty_database_url, revision)
        with psycopg.connect(empty_database_url) as db:
            now = {(t, c): kind for t, held in columns(db).items() for c, kind in held.items()}
        assert {key: now.get(key) for key in seen} == seen
        seen = now


def test_events_written_before_the_instants_came_get_theirs(empty_database_url: str) -> None:
    migrate(empty_database_url, "0003")
    with psycopg.connect(empty_database_url) as db:
        a_full_booking(db)

    migrate(empty_database_url)

    with psycopg.connect(empty_database_url) as db:
        hours = "SELECT extract(epoch FROM ends_at - starts_at) / 3600 FROM event_instances"
        assert db.execute(hours).fetchone() == (4,)
        kits = "SELECT event_instance_id IS NOT NULL, isempty(reserved_during) FROM activity_kits"
        assert db.execute(kits).fetchone() == (True, False)


def test_an_old_row_that_breaks_a_guard_stops_the_migration_by_name(live_url: str) -> None:
    with psycopg.connect(live_url) as db:
        insert(db, "bookings", title="Odd", status="banana")

    with pytest.raises(Exception, match="bookings_status_known"):
        migrate(live_url)

    assert current_revision(live_url) == "0005"


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    with psycopg.connect(database_url) as db:
        before = facts(db)

    migrate(database_url)

    with psycopg.connect(database_url) as db:
        assert facts(db) == before


def test_two_servers_may_migrate_at_the_same_time(empty_database_url: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(migrate, [empty_database_url] * 2))

    assert current_revision(empty_database_url) == head_revision()


def test_a_database_that_was_never_migrated_has_no_revision(empty_database_url: str) -> None:
    assert current_revision(empty_database_url) is None


@pytest.mark.parametrize("programs", {p.resolve() for p in system_folders()}, ids=str)
def test_an_installed_postgres_gets_the_same_schema(database_url: str, programs: Path) -> None:
    with psycopg.connect(database_url) as db:
        newest = facts(db), functions(db)

    with quick_postgres(programs) as server, fresh_database(server) as url:
        migrate(url)
        with psycopg.connect(url) as db:
            a_full_booking(db)
            assert (facts(db), functions(db)) == newest
        downgrade(url, "base")


def contents(db: psycopg.Connection, owned: dict[str, dict[str, str]]) -> dict[str, list]:
    """Every value of the given columns, by id."""
    return {
        table: db.execute(_select(table, list(held))).fetchall() for table, held in owned.items()
    }


def _select(table: str, names: list[str]) -> sql.Composed:
    listed = sql.SQL(", ").join(map(sql.Identifier, names))
    return sql.SQL("SELECT {} FROM {} ORDER BY id").format(listed, sql.Identifier(table))


def functions(db: psycopg.Connection) -> list[str]:
    """Functions of ours, that is, not of an extension."""
    query = """SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
        ORDER BY proname"""
    return [name for (name,) in db.execute(query)]
