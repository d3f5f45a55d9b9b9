"""Revision 0009: tells listening servers which events and people a commit has touched.

One message a statement on channel `field_changed`: `{"events": [...], "people": [...]}`, or
`{"all": true}` where that would be long or the table concerns everybody.
"""

from alembic import op

revision = "0009"
down_revision = "0008"

COLUMNS = {
    "event_instances": ("id", ""),
    "activities": ("event_instance_id", ""),
    "event_team_members": ("event_instance_id", "user_id"),
    "staff_assignments": ("event_instance_id", "user_id"),
    "activity_kits": ("event_instance_id", ""),
    "event_issues": ("event_instance_id", ""),
    "event_state_transitions": ("event_instance_id", ""),
    "review_items": ("event_instance_id", ""),
    "users": ("", "id"),
    "organizations": ("", ""),
    "locations": ("", ""),
    "bookings": ("", ""),
    "kit_templates": ("", ""),
    "kit_instances": ("", ""),
}
"""Which column names the event and which the person; neither: it concerns everybody."""

OPERATIONS = {
    "INSERT": "NEW TABLE AS came",
    "UPDATE": "OLD TABLE AS gone NEW TABLE AS came",
    "DELETE": "OLD TABLE AS gone",
}

# At most 50 ids of 38 characters each keep a message well below NOTIFY's 8,000 bytes.
ANNOUNCE = """
    CREATE FUNCTION announce() RETURNS TRIGGER LANGUAGE plpgsql AS $$
    DECLARE
        touched TEXT := CASE TG_OP
            WHEN 'INSERT' THEN 'SELECT * FROM came'
            WHEN 'DELETE' THEN 'SELECT * FROM gone'
            ELSE 'SELECT * FROM gone UNION ALL SELECT * FROM came' END;
        event_column TEXT := COALESCE(NULLIF(TG_ARGV[0], ''), 'NULL::uuid');
        person_column TEXT := COALESCE(NULLIF(TG_ARGV[1], ''), 'NULL::uuid');
        is_any BOOLEAN;
        events JSONB;
        people JSONB;
    BEGIN
        EXECUTE format(
            'SELECT count(*) > 0, COALESCE(jsonb_agg(DISTINCT %1$s) FILTER (WHERE %1$s IS NOT NULL),
             ''[]''), COALESCE(jsonb_agg(DISTINCT %2$s) FILTER (WHERE %2$s IS NOT NULL), ''[]'')
             FROM (%3$s) touched', event_column, person_column, touched)
        INTO is_any, events, people;
        IF NOT is_any THEN
            RETURN NULL;
        END IF;
        IF TG_ARGV[0] || TG_ARGV[1] = ''
                OR jsonb_array_length(events) + jsonb_array_length(people) > 50 THEN
            PERFORM pg_notify('field_changed', '{"all": true}');
        ELSE
            PERFORM pg_notify('field_changed',
                jsonb_build_object('events', events, 'people', people)::text);
        END IF;
        RETURN NULL;
    END $$
"""


def upgrade() -> None:
    op.execute(ANNOUNCE)
    for table, (event, person) in COLUMNS.items():
        for operation, rows in OPERATIONS.items():
            op.execute(f"""
                CREATE TRIGGER announce_{operation.lower()} AFTER {operation} ON {table}
                REFERENCING {rows} FOR EACH STATEMENT
                EXECUTE FUNCTION announce('{event}', '{person}')""")


def downgrade() -> None:
    for table in COLUMNS:
        for operation in OPERATIONS:
            op.execute(f"DROP TRIGGER announce_{operation.lower()} ON {table}")
    op.execute("DROP FUNCTION announce")
