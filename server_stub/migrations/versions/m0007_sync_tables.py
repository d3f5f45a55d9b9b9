"""Revision 0007: devices, the ledger of operations, what each device was sent, and the audit."""

from alembic import op

revision = "0007"
down_revision = "0006"

PEOPLE_AND_DEVICES = """
    CREATE TABLE credentials (
      user_id UUID PRIMARY KEY REFERENCES users(id) ON DELETE CASCADE,
      password_hash TEXT NOT NULL,
      updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
    );
    CREATE TABLE devices (
      id UUID PRIMARY KEY,
      user_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
      name TEXT,
      platform TEXT,
      app_version TEXT,
      created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
      last_seen_at TIMESTAMPTZ,
      revoked_at TIMESTAMPTZ,
      health JSONB
    );
    CREATE INDEX idx_devices_user_id ON devices(user_id);
    CREATE TABLE device_tokens (
      token_sha256 BYTEA PRIMARY KEY,
      device_id UUID NOT NULL REFERENCES devices(id) ON DELETE CASCADE,
      expires_at TIMESTAMPTZ NOT NULL,
      created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
      first_used_at TIMESTAMPTZ,
      retired_at TIMESTAMPTZ,
      state TEXT NOT NULL CHECK (state IN ('next', 'current', 'retired'))
    );
    CREATE INDEX idx_device_tokens_device_id ON device_tokens(device_id);
"""

LEDGER = """
    CREATE TABLE sync_operations (
      operation_id UUID PRIMARY KEY,
      device_id UUID NOT NULL,
      author_id UUID NOT NULL REFERENCES users(id),
      seq BIGINT,
      kind TEXT NOT NULL,
      target_id UUID,
      base_version BIGINT,
      occurred_at TIMESTAMPTZ,
      envelope JSONB NOT NULL,
      sha256 BYTEA NOT NULL,
      received_at TIMESTAMPTZ NOT NULL DEFAULT now(),
      attempts INTEGER NOT NULL DEFAULT 0,
      status TEXT CHECK (status IN ('applied', 'noop', 'refused', 'parked')),
      verdict JSONB,
      decided_at TIMESTAMPTZ
    );
    COMMENT ON TABLE sync_operations IS
        'Every operation as it arrived; no status means that it is not decided yet.';
    CREATE INDEX idx_sync_operations_lane ON sync_operations(device_id, target_id);
    CREATE INDEX idx_sync_operations_author_id ON sync_operations(author_id);
    CREATE INDEX idx_sync_operations_undecided ON sync_operations(received_at)
        WHERE status IS NULL;
    CREATE TABLE sync_operation_conflicts (
      id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      operation_id UUID NOT NULL,
      device_id UUID NOT NULL,
      author_id UUID NOT NULL,
      envelope JSONB NOT NULL,
      received_at TIMESTAMPTZ NOT NULL DEFAULT now()
    );
    COMMENT ON TABLE sync_operation_conflicts IS
        'Envelopes that came under the id of another operation.';
    CREATE INDEX idx_sync_operation_conflicts_operation_id
        ON sync_operation_conflicts(operation_id);
"""

CLIENT_VIEWS = """
    CREATE TABLE client_views (
      id UUID PRIMARY KEY,
      device_id UUID NOT NULL REFERENCES devices(id) ON DELETE CASCADE,
      shape TEXT NOT NULL,
      todo BYTEA,
      digest JSONB,
      created_at TIMESTAMPTZ NOT NULL DEFAULT now()
    );
    CREATE INDEX idx_client_views_device_id ON client_views(device_id);
    CREATE TABLE client_view_tables (
      view_id UUID NOT NULL REFERENCES client_views(id) ON DELETE CASCADE,
      table_name TEXT NOT NULL,
      entries BYTEA NOT NULL,
      PRIMARY KEY (view_id, table_name)
    );
    COMMENT ON TABLE client_view_tables IS
        'What a device was last sent: 16 bytes of id and 8 bytes of version a row, by id.';
    CREATE TABLE client_cursors (
      cursor UUID PRIMARY KEY,
      view_id UUID NOT NULL REFERENCES client_views(id) ON DELETE CASCADE,
      todo_offset INTEGER NOT NULL DEFAULT 0,
      created_at TIMESTAMPTZ NOT NULL DEFAULT now()
    );
    CREATE INDEX idx_client_cursors_view_id ON client_cursors(view_id);
    CREATE TABLE server_meta (
      key TEXT PRIMARY KEY,
      value TEXT NOT NULL
    );
    INSERT INTO server_meta VALUES ('epoch', gen_random_uuid()::text);
"""

REVIEW_ITEMS = """
    CREATE TABLE review_items (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      event_instance_id UUID REFERENCES event_instances(id) ON DELETE CASCADE,
      target_table TEXT NOT NULL,
      target_id UUID NOT NULL,
      operation_id UUID,
      flag TEXT NOT NULL,
      evidence JSONB,
      status TEXT NOT NULL DEFAULT 'open'
        CONSTRAINT review_items_status_known CHECK (status IN ('open', 'decided')),
      decision TEXT,
      reason TEXT,
      decided_by UUID REFERENCES users(id),
      decided_at TIMESTAMP,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
    );
    CREATE INDEX idx_review_items_event_instance_id ON review_items(event_instance_id);
    CREATE INDEX idx_review_items_target_id ON review_items(target_id);
    CREATE INDEX idx_review_items_decided_by ON review_items(decided_by);
"""

AUDIT_ENTRIES = """
    CREATE TABLE audit_entries (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      operation_id UUID,
      table_name TEXT NOT NULL,
      record_id UUID NOT NULL,
      event_instance_id UUID,
      kind TEXT NOT NULL,
      from_state TEXT,
      to_state TEXT,
      actor_id UUID,
      device_id UUID,
      occurred_at TIMESTAMPTZ,
      received_at TIMESTAMPTZ,
      details JSONB,
      created_at TIMESTAMPTZ NOT NULL DEFAULT now()
    );
    CREATE INDEX idx_audit_entries_record_id ON audit_entries(record_id);
    CREATE INDEX idx_audit_entries_event_instance_id ON audit_entries(event_instance_id);
    CREATE INDEX idx_audit_entries_operation_id ON audit_entries(operation_id);
    CREATE FUNCTION refuse_rewriting() RETURNS TRIGGER LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$;
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_entries
        FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
"""

PHOTOS_AND_EXCEPTIONS = """
    CREATE TABLE issue_photos (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      issue_id UUID NOT NULL REFERENCES event_issues(id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      sha256 TEXT NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
      bytes BIGINT CHECK (bytes > 0),
      state TEXT NOT NULL DEFAULT 'missing' CHECK (state IN ('missing', 'stored', 'bad')),
      taken_at TIMESTAMPTZ,
      from_gallery BOOLEAN NOT NULL DEFAULT FALSE,
      uploaded_at TIMESTAMPTZ,
      created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
      UNIQUE (issue_id, sha256)
    );
    CREATE INDEX idx_issue_photos_sha256 ON issue_photos(sha256);
    CREATE TABLE booking_exceptions (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      booking_id UUID NOT NULL REFERENCES bookings(id) ON DELETE CASCADE,
      original_start TIMESTAMP NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('cancelled', 'moved', 'edited')),
      changes JSONB,
      reason TEXT,
      created_by UUID REFERENCES users(id),
      created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
      UNIQUE (booking_id, original_start)
    );
    COMMENT ON COLUMN booking_exceptions.original_start IS
        'Wall clock of the venue, as the recurrence had it.';
    CREATE INDEX idx_booking_exceptions_created_by ON booking_exceptions(created_by);
"""


def upgrade() -> None:
    for statements in (
        PEOPLE_AND_DEVICES,
        LEDGER,
        CLIENT_VIEWS,
        REVIEW_ITEMS,
        AUDIT_ENTRIES,
        PHOTOS_AND_EXCEPTIONS,
    ):
        op.execute(statements)


def downgrade() -> None:
    op.execute("""
        DROP TABLE booking_exceptions, issue_photos, audit_entries, review_items, server_meta,
            client_cursors, client_view_tables, client_views, sync_operation_conflicts,
            sync_operations, device_tokens, devices, credentials;
        DROP FUNCTION refuse_rewriting;
    """)
