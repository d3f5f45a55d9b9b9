"""Revision 0011: issues have an owner, and their photos travel to devices like every other row."""

from alembic import op

from server_stub.migrations.versions.m0009_wake_up import OPERATIONS

revision = "0011"
down_revision = "0010"

ISSUES = """
    ALTER TABLE event_issues ADD COLUMN owner_id UUID REFERENCES users(id);
    CREATE INDEX idx_fieldkit_event_issues_owner_id ON event_issues(owner_id);
    COMMENT ON COLUMN event_issues.owner_id IS 'The manager who took it on.';
"""

# The rows so far get their version from the same trigger that stamps new ones.
PHOTOS = """
    ALTER TABLE issue_photos
    ADD COLUMN event_instance_id UUID REFERENCES event_instances(id) ON DELETE CASCADE,
    ADD COLUMN updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    ADD COLUMN version BIGINT;
    CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON issue_photos
        FOR EACH ROW EXECUTE FUNCTION stamp_record();
    UPDATE issue_photos p SET event_instance_id = i.event_instance_id
        FROM event_issues i WHERE i.id = p.issue_id;
    ALTER TABLE issue_photos ALTER COLUMN version SET NOT NULL;
    CREATE INDEX idx_issue_photos_event_instance_id ON issue_photos(event_instance_id);
"""


def upgrade() -> None:
    op.execute(ISSUES)
    op.execute(PHOTOS)
    for operation, rows in OPERATIONS.items():
        op.execute(f"""
            CREATE TRIGGER announce_{operation.lower()} AFTER {operation} ON issue_photos
            REFERENCING {rows} FOR EACH STATEMENT
            EXECUTE FUNCTION announce('event_instance_id', '')""")


def downgrade() -> None:
    for operation in OPERATIONS:
        op.execute(f"DROP TRIGGER announce_{operation.lower()} ON issue_photos")
    op.execute("""
        DROP TRIGGER stamp ON issue_photos;
        ALTER TABLE issue_photos DROP COLUMN version, DROP COLUMN updated_at,
            DROP COLUMN event_instance_id;
        ALTER TABLE event_issues DROP COLUMN owner_id;
    """)
