"""Revision 0017: a commit wakes those whose devices hold what it touched, and nobody else.

Everybody's shifts, flags and the log of states are held by whoever runs the event, so they are
announced as `{"run": [event ids], "people": [...]}`; before, each check-in woke the whole crew. A
kit that changes hands wakes the events that it is meant for, not everybody everywhere.
"""

from alembic import op

from server_stub.migrations.versions.m0009_wake_up import ANNOUNCE, COLUMNS, OPERATIONS

revision = "0017"
down_revision = "0016"

CREATE, REPLACE = "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
FIXED = "jsonb_build_object('events', events, 'people', people)"
NAMED = "jsonb_build_object(COALESCE(TG_ARGV[2], 'events'), events, 'people', people)"

NAMING = {
    "staff_assignments": ("event_instance_id", "user_id", "run"),
    "event_state_transitions": ("event_instance_id", "", "run"),
    "review_items": ("event_instance_id", "", "run"),
    # A manager who has just been given the event does not wait for it by its id yet.
    "event_instances": ("id", "field_manager_id"),
}

ANNOUNCE_KITS = """
    CREATE FUNCTION announce_kits() RETURNS TRIGGER LANGUAGE plpgsql AS $$
    DECLARE
        events JSONB;
    BEGIN
        SELECT jsonb_agg(DISTINCT k.event_instance_id) INTO events
        FROM activity_kits k JOIN event_instances e ON e.id = k.event_instance_id
        WHERE k.kit_instance_id IN (SELECT id FROM came) AND k.deleted_at IS NULL
            AND e.ends_at > now() - INTERVAL '1 day';
        IF jsonb_array_length(events) > 50 THEN
            PERFORM pg_notify('field_changed', '{"all": true}');
        ELSIF events IS NOT NULL THEN
            PERFORM pg_notify('field_changed', jsonb_build_object('events', events)::text);
        END IF;
        RETURN NULL;
    END $$
"""
OF_KITS = """
    DROP TRIGGER announce_update ON kit_instances;
    CREATE TRIGGER announce_update AFTER UPDATE ON kit_instances
    REFERENCING OLD TABLE AS gone NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION {}
"""


def upgrade() -> None:
    op.execute(ANNOUNCE.replace(CREATE, REPLACE).replace(FIXED, NAMED))
    for table, names in NAMING.items():
        _announce(table, names)
    op.execute(ANNOUNCE_KITS)
    op.execute(OF_KITS.format("announce_kits()"))


def downgrade() -> None:
    op.execute(OF_KITS.format("announce('', '')"))
    op.execute("DROP FUNCTION announce_kits")
    for table in NAMING:
        _announce(table, COLUMNS[table])
    op.execute(ANNOUNCE.replace(CREATE, REPLACE))


def _announce(table: str, names: tuple[str, ...]) -> None:
    given = ", ".join(f"'{name}'" for name in names)
    for operation, rows in OPERATIONS.items():
        op.execute(f"""
            DROP TRIGGER announce_{operation.lower()} ON {table};
            CREATE TRIGGER announce_{operation.lower()} AFTER {operation} ON {table}
            REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION announce({given})""")
