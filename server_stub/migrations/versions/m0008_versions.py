"""Revision 0008: a version for every row that travels, new with every write, whoever writes."""

from alembic import op

revision = "0008"
down_revision = "0007"

TABLES = (
    "organizations",
    "users",
    "locations",
    "bookings",
    "recurrence_patterns",
    "kit_templates",
    "kit_instances",
    "event_instances",
    "activities",
    "event_team_members",
    "staff_assignments",
    "activity_kits",
    "event_issues",
    "review_items",
)
LOG = "event_state_transitions"
"""The one table without `updated_at`."""

# CURRENT_TIMESTAMP as a TIMESTAMP default is the session's local time. A value that equals it
# was not given but defaulted, and is written down as UTC instead.
STAMP = """
    CREATE FUNCTION {name}() RETURNS TRIGGER LANGUAGE plpgsql AS $$
    BEGIN
        NEW.version := nextval('record_version');
        {updated_at}
        IF TG_OP = 'INSERT' AND (NEW.created_at IS NULL OR NEW.created_at = LOCALTIMESTAMP) THEN
            NEW.created_at := now() AT TIME ZONE 'UTC';
        END IF;
        RETURN NEW;
    END $$
"""


def upgrade() -> None:
    op.execute("CREATE SEQUENCE record_version AS BIGINT")
    in_utc = "NEW.updated_at := now() AT TIME ZONE 'UTC';"
    op.execute(STAMP.format(name="stamp_record", updated_at=in_utc))
    op.execute(STAMP.format(name="stamp_log_line", updated_at=""))
    for table in TABLES:
        _stamp(table, "stamp_record")
    _stamp(LOG, "stamp_log_line")


def _stamp(table: str, function: str) -> None:
    op.execute(f"""
        ALTER TABLE {table}
            ADD COLUMN version BIGINT NOT NULL DEFAULT nextval('record_version');
        ALTER TABLE {table} ALTER COLUMN version DROP DEFAULT;
        CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {function}();
    """)


def downgrade() -> None:
    for table in (*TABLES, LOG):
        op.execute(f"DROP TRIGGER stamp ON {table}; ALTER TABLE {table} DROP COLUMN version")
    op.execute("DROP FUNCTION stamp_record, stamp_log_line; DROP SEQUENCE record_version")
