"""Revision 0012: issues with a timeline, photos that are kept and deleted, proof of a punch."""

from alembic import op

from server_stub.migrations.versions.m0009_wake_up import OPERATIONS

revision = "0012"
down_revision = "0011"

ENTRIES = """
    CREATE TABLE issue_entries (
      id UUID PRIMARY KEY,
      issue_id UUID NOT NULL REFERENCES event_issues(id) ON DELETE CASCADE,
      event_instance_id UUID REFERENCES event_instances(id) ON DELETE CASCADE,
      act TEXT NOT NULL CONSTRAINT issue_entries_act_known CHECK (act IN ('report', 'add_photo',
        'remove_photo', 'acknowledge', 'start', 'resolve', 'reopen', 'set_severity')),
      by_id UUID REFERENCES users(id),
      owner_id UUID REFERENCES users(id),
      severity TEXT,
      note TEXT,
      occurred_at TIMESTAMP NOT NULL,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      version BIGINT NOT NULL
    );
    COMMENT ON TABLE issue_entries IS 'What happened to an issue, in order; never changed.';
    CREATE INDEX idx_issue_entries_issue_id ON issue_entries(issue_id, occurred_at);
    CREATE INDEX idx_issue_entries_event_instance_id ON issue_entries(event_instance_id);
    CREATE INDEX idx_issue_entries_by_id ON issue_entries(by_id);
    CREATE INDEX idx_issue_entries_owner_id ON issue_entries(owner_id);
    CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON issue_entries
        FOR EACH ROW EXECUTE FUNCTION stamp_record();

    CREATE FUNCTION keep_issue_entries() RETURNS TRIGGER LANGUAGE plpgsql AS $$
    DECLARE
        kept CONSTANT TEXT[] := ARRAY['version', 'created_at', 'updated_at'];
    BEGIN
        IF to_jsonb(NEW) - kept IS DISTINCT FROM to_jsonb(OLD) - kept THEN
            RAISE EXCEPTION 'issue_entries is append-only' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER append_only BEFORE UPDATE ON issue_entries
        FOR EACH ROW EXECUTE FUNCTION keep_issue_entries();
"""

# One row for every picture in the store, whoever names it; it stays when the picture goes.
PHOTOS = """
    ALTER TABLE issue_photos
        DROP CONSTRAINT issue_photos_state_check,
        ADD CONSTRAINT issue_photos_state_check
            CHECK (state IN ('missing', 'stored', 'bad', 'removed'));

    CREATE TABLE stored_photos (
      organization_id UUID REFERENCES organizations(id),
      sha256 TEXT NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
      bytes BIGINT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('stored', 'bad')),
      stored_at TIMESTAMPTZ NOT NULL DEFAULT now(),
      deleted_at TIMESTAMPTZ,
      UNIQUE NULLS NOT DISTINCT (organization_id, sha256)
    );
    COMMENT ON TABLE stored_photos IS
        'The pictures in the photo store; deleted_at says which the retention job took away.';
    INSERT INTO stored_photos (organization_id, sha256, bytes, state, stored_at)
        SELECT DISTINCT ON (u.organization_id, p.sha256)
            u.organization_id, p.sha256, p.bytes, p.state, coalesce(p.uploaded_at, now())
        FROM issue_photos p JOIN event_issues i ON i.id = p.issue_id
        JOIN users u ON u.id = i.reported_by
        WHERE p.state IN ('stored', 'bad') AND p.bytes IS NOT NULL
        ORDER BY u.organization_id, p.sha256, p.state DESC;
    CREATE INDEX idx_stored_photos_kept ON stored_photos(stored_at) WHERE deleted_at IS NULL;
"""

PROOF = """
    CREATE INDEX idx_fieldkit_staff_assignments_photo_in
        ON staff_assignments((location_at_check_in->>'photo'))
        WHERE location_at_check_in->>'photo' IS NOT NULL;
    CREATE INDEX idx_fieldkit_staff_assignments_photo_out
        ON staff_assignments((location_at_check_out->>'photo'))
        WHERE location_at_check_out->>'photo' IS NOT NULL;
    CREATE INDEX idx_fieldkit_review_items_photo ON review_items((evidence->>'photo'))
        WHERE evidence->>'photo' IS NOT NULL;
"""


def upgrade() -> None:
    for statements in (ENTRIES, PHOTOS, PROOF):
        op.execute(statements)
    for operation, rows in OPERATIONS.items():
        op.execute(f"""
            CREATE TRIGGER announce_{operation.lower()} AFTER {operation} ON issue_entries
            REFERENCING {rows} FOR EACH STATEMENT
            EXECUTE FUNCTION announce('event_instance_id', '')""")


def downgrade() -> None:
    op.execute("""
        DROP INDEX idx_fieldkit_review_items_photo, idx_fieldkit_staff_assignments_photo_out,
            idx_fieldkit_staff_assignments_photo_in;
        DROP TABLE stored_photos, issue_entries;
        DROP FUNCTION keep_issue_entries;
        UPDATE issue_photos SET state = 'missing' WHERE state = 'removed';
        ALTER TABLE issue_photos
            DROP CONSTRAINT issue_photos_state_check,
            ADD CONSTRAINT issue_photos_state_check
                CHECK (state IN ('missing', 'stored', 'bad'));
    """)
