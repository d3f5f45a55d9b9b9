"""Revision 0004: when an event begins and ends, as instants.

`date`, `start_time` and `end_time` are the venue's wall clock and cannot say an overnight shift
or a night when the clocks change. The booking system goes on writing only those; triggers work
out the instants.
"""

from alembic import op

revision = "0004"
down_revision = "0003"

INSTANT_OF = """
    CREATE FUNCTION instant_of(wall TIMESTAMP, zone TEXT) RETURNS TIMESTAMPTZ
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
    DECLARE
        -- by the offset of the day before, which is the one before any change of clocks
        first_pass TIMESTAMPTZ := ((wall - INTERVAL '1 day') AT TIME ZONE zone) + INTERVAL '24 h';
    BEGIN
        IF first_pass AT TIME ZONE zone = wall THEN
            RETURN first_pass;
        END IF;
        RETURN wall AT TIME ZONE zone;
    END $$;
    COMMENT ON FUNCTION instant_of IS
        'A wall clock time as an instant. Of an hour that comes twice the first pass; '
        'a time that the clocks skip moves forward.';
"""

PLAN_EVENT = """
    CREATE FUNCTION plan_event() RETURNS TRIGGER LANGUAGE plpgsql AS $$
    DECLARE
        zone TEXT := COALESCE(
            (SELECT time_zone FROM locations WHERE id = NEW.location_id), 'UTC');
        wall_start TIMESTAMP;
        wall_end TIMESTAMP;
    BEGIN
        IF NEW.end_time = '24:00' THEN
            NEW.end_time := '00:00';  -- the same instant, and a time that every client can read
        END IF;
        IF TG_OP = 'UPDATE' AND (NEW.date, NEW.start_time, NEW.end_time, NEW.location_id)
                IS DISTINCT FROM (OLD.date, OLD.start_time, OLD.end_time, OLD.location_id) THEN
            NEW.starts_at := NULL;
            NEW.ends_at := NULL;
        END IF;
        IF NEW.starts_at IS NOT NULL AND NEW.ends_at IS NOT NULL THEN
            RETURN NEW;
        END IF;
        wall_start := NEW.date + NEW.start_time;
        wall_end := NEW.date + NEW.end_time;
        IF wall_end <= wall_start THEN
            wall_end := wall_end + INTERVAL '1 day';
        END IF;
        NEW.starts_at := COALESCE(NEW.starts_at, instant_of(wall_start, zone));
        NEW.ends_at := COALESCE(NEW.ends_at, instant_of(wall_end, zone));
        IF NEW.ends_at <= NEW.starts_at THEN  -- the start was skipped past the end
            NEW.ends_at := NEW.starts_at + (wall_end - wall_start);
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER plan_event BEFORE INSERT OR UPDATE ON event_instances
        FOR EACH ROW EXECUTE FUNCTION plan_event();
"""

REPLAN_VENUE = """
    CREATE FUNCTION replan_venue() RETURNS TRIGGER LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE event_instances SET starts_at = NULL, ends_at = NULL WHERE location_id = NEW.id;
        RETURN NULL;
    END $$;
    CREATE TRIGGER replan_venue AFTER UPDATE OF time_zone ON locations FOR EACH ROW
        WHEN (OLD.time_zone IS DISTINCT FROM NEW.time_zone) EXECUTE FUNCTION replan_venue();
"""


def upgrade() -> None:
    op.execute(
        "ALTER TABLE event_instances ADD COLUMN starts_at TIMESTAMPTZ, "
        "ADD COLUMN ends_at TIMESTAMPTZ"
    )
    op.execute(INSTANT_OF)
    op.execute(PLAN_EVENT)
    op.execute(REPLAN_VENUE)
    op.execute("UPDATE event_instances SET starts_at = NULL")
    op.execute("""
        ALTER TABLE event_instances
        ALTER COLUMN starts_at SET NOT NULL,
        ALTER COLUMN ends_at SET NOT NULL,
        ADD CONSTRAINT event_instances_in_order CHECK (ends_at > starts_at);
        CREATE INDEX idx_event_instances_starts_at ON event_instances(starts_at);
    """)


def downgrade() -> None:
    op.execute("""
        DROP TRIGGER replan_venue ON locations;
        DROP TRIGGER plan_event ON event_instances;
        DROP FUNCTION replan_venue, plan_event, instant_of;
        ALTER TABLE event_instances DROP COLUMN starts_at, DROP COLUMN ends_at;
    """)
