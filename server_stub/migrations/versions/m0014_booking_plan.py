"""Revision 0014: what a booking has to say before its events can be made."""

from alembic import op

from server_stub.migrations.marks import add_column, drop_column

revision = "0014"
down_revision = "0013"

COLUMNS = (
    ("bookings", "starts_on", "DATE"),
    ("bookings", "event_start_time", "TIME"),
    ("bookings", "event_end_time", "TIME"),
    ("bookings", "location_id", "UUID REFERENCES locations(id)"),
    ("bookings", "field_manager_id", "UUID REFERENCES users(id)"),
    ("recurrence_patterns", "month_end", "TEXT NOT NULL DEFAULT 'skip'"),
)
INDEXES = """
    CREATE INDEX idx_fieldkit_bookings_location_id ON bookings(location_id);
    CREATE INDEX idx_fieldkit_bookings_field_manager_id ON bookings(field_manager_id);
    ALTER TABLE recurrence_patterns ADD CONSTRAINT recurrence_patterns_month_end_known
        CHECK (month_end IN ('skip', 'clamp'));
"""


def upgrade() -> None:
    for table, name, definition in COLUMNS:
        add_column(table, name, definition)
    op.execute(INDEXES)


def downgrade() -> None:
    op.execute("""
        ALTER TABLE recurrence_patterns DROP CONSTRAINT recurrence_patterns_month_end_known;
        DROP INDEX idx_fieldkit_bookings_location_id, idx_fieldkit_bookings_field_manager_id;
    """)
    for table, name, _ in reversed(COLUMNS):
        drop_column(table, name)
