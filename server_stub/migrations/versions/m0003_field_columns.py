"""Revision 0003: what field work needs beside the seed's columns, and indexes for foreign keys."""

from alembic import op

from server_stub.migrations.marks import add_column, drop_column

revision = "0003"
down_revision = "0002"

NOW = "TIMESTAMP DEFAULT CURRENT_TIMESTAMP"

COLUMNS = (
    ("organizations", "created_at", NOW),
    ("organizations", "updated_at", NOW),
    ("kit_templates", "created_at", NOW),
    ("kit_templates", "updated_at", NOW),
    ("users", "phone", "TEXT"),
    ("users", "created_at", NOW),
    ("users", "updated_at", NOW),
    ("locations", "latitude", "DOUBLE PRECISION"),
    ("locations", "longitude", "DOUBLE PRECISION"),
    ("locations", "time_zone", "TEXT"),
    ("locations", "geofence_radius_m", "INTEGER NOT NULL DEFAULT 150"),
    ("bookings", "deleted_at", "TIMESTAMP"),
    ("event_instances", "occurrence_key", "TEXT"),
    ("event_instances", "deleted_at", "TIMESTAMP"),
    ("activities", "deleted_at", "TIMESTAMP"),
    ("staff_assignments", "status_at", "TIMESTAMP"),
    ("staff_assignments", "expires_at", "TIMESTAMP"),
    ("staff_assignments", "cancel_reason", "TEXT"),
    ("staff_assignments", "reject_reason", "TEXT"),
    ("staff_assignments", "claimed_start", "TIMESTAMP"),
    ("staff_assignments", "times_corrected_at", "TIMESTAMP"),
    ("staff_assignments", "pay_note", "TEXT"),
    ("staff_assignments", "deleted_at", "TIMESTAMP"),
    ("activity_kits", "deleted_at", "TIMESTAMP"),
    ("event_issues", "deleted_at", "TIMESTAMP"),
)

INDEXES = (
    ("users", "organization_id"),
    ("bookings", "organization_id"),
    ("bookings", "approved_by"),
    ("bookings", "created_by"),
    ("recurrence_patterns", "booking_id"),
    ("kit_templates", "brand_id"),
    ("kit_instances", "template_id"),
    ("kit_instances", "serial_number"),
    ("activities", "event_instance_id"),
    ("activities", "kit_template_id"),
    ("event_instances", "location_id"),
    ("activity_kits", "checked_out_by"),
    ("activity_kits", "returned_by"),
    ("event_state_transitions", "changed_by_id"),
    ("event_issues", "reported_by"),
    ("event_issues", "resolved_by"),
)


def upgrade() -> None:
    for table, name, definition in COLUMNS:
        add_column(table, name, definition)
    for table, column in INDEXES:
        op.execute(f"CREATE INDEX {_index(table, column)} ON {table} ({column})")


def downgrade() -> None:
    for table, column in INDEXES:
        op.execute(f"DROP INDEX {_index(table, column)}")
    for table, name, _ in reversed(COLUMNS):
        drop_column(table, name)


def _index(table: str, column: str) -> str:
    return f"idx_fieldkit_{table}_{column}"
