"""Revision 0016: failed sign-ins, what happened to access, and streams that end with it."""

from alembic import op

revision = "0016"
down_revision = "0015"

TRIES = """
    CREATE TABLE sign_in_tries (
      subject BYTEA PRIMARY KEY,
      failed INTEGER NOT NULL,
      last_failed_at TIMESTAMPTZ NOT NULL
    );
    COMMENT ON COLUMN sign_in_tries.subject IS
        'SHA-256 of what is counted: an account, a network address, a device, or a pair of them.';
    CREATE INDEX idx_sign_in_tries_last_failed_at ON sign_in_tries(last_failed_at);
"""

EVENTS = """
    CREATE TABLE security_events (
      id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      happened_at TIMESTAMPTZ NOT NULL DEFAULT now(),
      kind TEXT NOT NULL,
      person_id UUID,
      device_id UUID,
      actor_id UUID,
      details JSONB
    );
    COMMENT ON TABLE security_events IS
        'Who got in or did not, and whose access changed. No passwords, tokens or positions.';
    CREATE INDEX idx_security_events_happened_at ON security_events(happened_at);
    CREATE INDEX idx_security_events_person_id ON security_events(person_id);
    CREATE FUNCTION keep_security_events() RETURNS TRIGGER LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND OLD.happened_at < now() - interval '90 days' THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$;
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON security_events
        FOR EACH ROW EXECUTE FUNCTION keep_security_events();
"""

# Whoever writes: the booking system, somebody in psql, or we.
NOTICED = """
    CREATE FUNCTION note_change_of_access() RETURNS TRIGGER LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.role IS DISTINCT FROM NEW.role THEN
            INSERT INTO security_events (kind, person_id, details) VALUES ('role_changed', NEW.id,
                jsonb_build_object('from', OLD.role, 'to', NEW.role, 'by', current_user));
        END IF;
        IF OLD.status IS DISTINCT FROM NEW.status THEN
            INSERT INTO security_events (kind, person_id, details) VALUES ('status_changed', NEW.id,
                jsonb_build_object('from', OLD.status, 'to', NEW.status, 'by', current_user));
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER note_change_of_access AFTER UPDATE ON users FOR EACH ROW
        WHEN (OLD.role IS DISTINCT FROM NEW.role OR OLD.status IS DISTINCT FROM NEW.status)
        EXECUTE FUNCTION note_change_of_access();
    CREATE FUNCTION note_password() RETURNS TRIGGER LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO security_events (kind, person_id, details)
            VALUES ('password_set', NEW.user_id, jsonb_build_object('by', current_user));
        RETURN NULL;
    END $$;
    CREATE TRIGGER note_password AFTER INSERT OR UPDATE OF password_hash ON credentials
        FOR EACH ROW EXECUTE FUNCTION note_password();
    CREATE FUNCTION note_revoked_device() RETURNS TRIGGER LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('device_gone', OLD.id::text);
        IF TG_OP = 'UPDATE' THEN
            INSERT INTO security_events (kind, person_id, device_id, actor_id)
                VALUES ('device_revoked', OLD.user_id, OLD.id,
                    NULLIF(current_setting('fieldkit.actor', true), '')::uuid);
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER note_revoked_device AFTER UPDATE ON devices FOR EACH ROW
        WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL)
        EXECUTE FUNCTION note_revoked_device();
    CREATE TRIGGER note_deleted_device AFTER DELETE ON devices FOR EACH ROW
        EXECUTE FUNCTION note_revoked_device();
"""


def upgrade() -> None:
    for statements in (TRIES, EVENTS, NOTICED, "CREATE SEQUENCE stream_numbers"):
        op.execute(statements)


def downgrade() -> None:
    op.execute("""
        DROP TRIGGER note_change_of_access ON users;
        DROP TRIGGER note_password ON credentials;
        DROP TRIGGER note_revoked_device ON devices;
        DROP TRIGGER note_deleted_device ON devices;
        DROP FUNCTION note_change_of_access, note_password, note_revoked_device;
        DROP TABLE security_events, sign_in_tries;
        DROP FUNCTION keep_security_events;
        DROP SEQUENCE stream_numbers;
    """)
