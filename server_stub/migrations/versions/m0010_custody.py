"""Revision 0010: custody of kits as append-only entries, and who was heard of when."""

from alembic import op

from server_stub.migrations.versions.m0009_wake_up import OPERATIONS

revision = "0010"
down_revision = "0009"

COLUMNS = """
    ALTER TABLE kit_instances
    ADD COLUMN holder_id UUID REFERENCES users(id),
    ADD COLUMN disputed BOOLEAN NOT NULL DEFAULT FALSE;
    CREATE INDEX idx_fieldkit_kit_instances_holder_id ON kit_instances(holder_id);

    ALTER TABLE activity_kits
    ADD COLUMN holder_id UUID REFERENCES users(id),
    ADD COLUMN counts_out JSONB,
    ADD COLUMN counts_back JSONB,
    ADD COLUMN condition TEXT;
    CREATE INDEX idx_fieldkit_activity_kits_holder_id ON activity_kits(holder_id);
    UPDATE activity_kits SET holder_id = checked_out_by WHERE status = 'checked_out';

    ALTER TABLE activities ADD COLUMN status_at TIMESTAMP;

    ALTER TABLE event_issues
    ADD COLUMN activity_kit_id UUID REFERENCES activity_kits(id) ON DELETE SET NULL;
    CREATE INDEX idx_fieldkit_event_issues_activity_kit_id ON event_issues(activity_kit_id);
"""

CUSTODY = """
    CREATE TABLE custody_entries (
      id UUID PRIMARY KEY,
      kit_instance_id UUID NOT NULL REFERENCES kit_instances(id) ON DELETE CASCADE,
      activity_kit_id UUID REFERENCES activity_kits(id) ON DELETE SET NULL,
      event_instance_id UUID REFERENCES event_instances(id) ON DELETE SET NULL,
      act TEXT NOT NULL CONSTRAINT custody_entries_act_known
        CHECK (act IN ('check_out', 'hand_over', 'return', 'settle')),
      from_id UUID REFERENCES users(id),
      holder_id UUID REFERENCES users(id),
      recorded_by UUID REFERENCES users(id),
      entry TEXT NOT NULL DEFAULT 'typed' CONSTRAINT custody_entries_entry_known
        CHECK (entry IN ('scan', 'typed')),
      occurred_at TIMESTAMP NOT NULL,
      is_trusted BOOLEAN NOT NULL DEFAULT TRUE,
      inferred BOOLEAN NOT NULL DEFAULT FALSE,
      counts JSONB,
      condition TEXT,
      notes TEXT,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      version BIGINT NOT NULL
    );
    COMMENT ON TABLE custody_entries IS
        'Who had which kit from when on, as each was told; never changed.';
    CREATE INDEX idx_custody_entries_kit_instance_id
        ON custody_entries(kit_instance_id, occurred_at);
    CREATE INDEX idx_custody_entries_activity_kit_id ON custody_entries(activity_kit_id);
    CREATE INDEX idx_custody_entries_event_instance_id ON custody_entries(event_instance_id);
    CREATE INDEX idx_custody_entries_from_id ON custody_entries(from_id);
    CREATE INDEX idx_custody_entries_holder_id ON custody_entries(holder_id);
    CREATE INDEX idx_custody_entries_recorded_by ON custody_entries(recorded_by);

    -- What was said stays; only a link to a deleted activity or event may be cut.
    CREATE FUNCTION keep_custody() RETURNS TRIGGER LANGUAGE plpgsql AS $$
    DECLARE
        kept CONSTANT TEXT[] := ARRAY['activity_kit_id', 'event_instance_id', 'version',
                                      'created_at', 'updated_at'];
    BEGIN
        IF to_jsonb(NEW) - kept IS DISTINCT FROM to_jsonb(OLD) - kept THEN
            RAISE EXCEPTION 'custody_entries is append-only' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER append_only BEFORE UPDATE ON custody_entries
        FOR EACH ROW EXECUTE FUNCTION keep_custody();
"""

PRESENCES = """
    CREATE TABLE presences (
      id UUID PRIMARY KEY REFERENCES users(id) ON DELETE CASCADE,
      last_heard_at TIMESTAMP,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      version BIGINT NOT NULL
    );
    COMMENT ON TABLE presences IS
        'When a device of this person was last heard of, to within a quarter of an hour.';
"""

# Custody is announced to its event; a presence to nobody: it may wait for the next sync.
ANNOUNCED = {"custody_entries": ("event_instance_id", "")}


def upgrade() -> None:
    for statements in (COLUMNS, CUSTODY, PRESENCES):
        op.execute(statements)
    for table in ("custody_entries", "presences"):
        op.execute(f"""
            CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON {table}
            FOR EACH ROW EXECUTE FUNCTION stamp_record()""")
    for table, (event, person) in ANNOUNCED.items():
        for operation, rows in OPERATIONS.items():
            op.execute(f"""
                CREATE TRIGGER announce_{operation.lower()} AFTER {operation} ON {table}
                REFERENCING {rows} FOR EACH STATEMENT
                EXECUTE FUNCTION announce('{event}', '{person}')""")


def downgrade() -> None:
    op.execute("""
        DROP TABLE presences, custody_entries;
        DROP FUNCTION keep_custody;
        ALTER TABLE event_issues DROP COLUMN activity_kit_id;
        ALTER TABLE activities DROP COLUMN status_at;
        ALTER TABLE activity_kits DROP COLUMN holder_id, DROP COLUMN counts_out,
            DROP COLUMN counts_back, DROP COLUMN condition;
        ALTER TABLE kit_instances DROP COLUMN holder_id, DROP COLUMN disputed;
    """)
