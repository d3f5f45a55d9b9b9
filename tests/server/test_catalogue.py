"""The migrated database against the booking-events schema document, row by row."""

import psycopg
import pytest

from tests.server import seed_schema
from tests.server.catalogue import allowed, columns, facts

REPLACED = "a second key on the same column; the named one with the cascade is the one that counts"

DIFFERENT_ON_PURPOSE = {
    "key event_instances_booking_id_fkey on event_instances: "
    "FOREIGN KEY (booking_id) REFERENCES bookings(id)": REPLACED,
    "key event_team_members_event_instance_id_fkey on event_team_members: "
    "FOREIGN KEY (event_instance_id) REFERENCES event_instances(id)": REPLACED,
    "key staff_assignments_event_instance_id_fkey on staff_assignments: "
    "FOREIGN KEY (event_instance_id) REFERENCES event_instances(id)": REPLACED,
    "key activity_kits_activity_id_fkey on activity_kits: "
    "FOREIGN KEY (activity_id) REFERENCES activities(id)": REPLACED,
    "key event_state_transitions_event_instance_id_fkey on event_state_transitions: "
    "FOREIGN KEY (event_instance_id) REFERENCES event_instances(id)": REPLACED,
    "key event_issues_event_instance_id_fkey on event_issues: "
    "FOREIGN KEY (event_instance_id) REFERENCES event_instances(id)": REPLACED,
    "key activities_event_instance_id_fkey on activities: "
    "FOREIGN KEY (event_instance_id) REFERENCES event_instances(id)": (
        "cascades, or deleting a booking would stop at its activities"
    ),
    "key staff_assignments_activity_id_fkey on staff_assignments: "
    "FOREIGN KEY (activity_id) REFERENCES activities(id)": (
        "staff_assignments_same_event covers it, within one event, and lets the activity go"
    ),
    "key event_issues_activity_id_fkey on event_issues: "
    "FOREIGN KEY (activity_id) REFERENCES activities(id)": (
        "event_issues_same_event covers it, within one event, and lets the activity go"
    ),
}


@pytest.fixture
def as_written(empty_database_url: str) -> set[str]:
    """The facts of a database made by the document's own SQL."""
    with psycopg.connect(empty_database_url) as connection:
        seed_schema.build_as_written(connection)
        stubs = {f"column {table}.id uuid not null" for table in seed_schema.stubs()}
        return facts(connection) - stubs


def test_every_fact_of_the_documents_sql_holds_in_the_migrated_database(
    as_written: set[str], database_url: str
) -> None:
    with psycopg.connect(database_url) as connection:
        migrated = facts(connection)

    missing = as_written - migrated

    assert missing == set(DIFFERENT_ON_PURPOSE)


def test_the_document_says_as_much_as_we_read_from_it(as_written: set[str]) -> None:
    kinds = [fact.split()[0] for fact in as_written]

    counts = {kind: kinds.count(kind) for kind in sorted(set(kinds))}

    # Counted by hand: 11 columns added to two tables and 70 in six new ones; 20 named indexes,
    # one unique constraint and 14 primary keys; 20 keys at their columns and 6 in section 3.
    assert counts == {"CREATE": 35, "column": 81, "key": 26}


def test_every_column_of_the_diagram_exists(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        migrated = columns(connection)

    drawn = seed_schema.diagram()

    missing = {t: drawn[t] - set(migrated.get(t, {})) for t in drawn}
    assert len(drawn) == 13
    assert {t: gone for t, gone in missing.items() if gone} == {}


def test_every_reference_of_the_diagram_is_a_foreign_key(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        keys = [fact for fact in facts(connection) if fact.startswith("key ")]

    references = {
        (table, column)
        for table, drawn in seed_schema.diagram().items()
        for column in drawn
        if column.endswith(("_id", "_by"))
    }

    assert [r for r in references if not any(_is_from(key, *r) for key in keys)] == []


def test_the_states_are_those_of_the_document_and_no_others(database_url: str) -> None:
    documented = {table: set(states) for table, states in seed_schema.states().items()}

    with psycopg.connect(database_url) as connection:
        known = allowed(connection, "status")

    assert {table: known[table] for table in documented} == documented


def _is_from(key: str, table: str, column: str) -> bool:
    where, _, rest = key.partition(": FOREIGN KEY (")
    return where.endswith(f" on {table}") and column in rest.partition(")")[0].split(", ")
