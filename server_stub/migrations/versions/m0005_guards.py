"""Revision 0005: what the database itself refuses, whoever writes.

Checks and foreign keys are added NOT VALID, which locks a live table for a moment only;
revision 0006 proves them on the rows that are there already.
"""

from alembic import op

revision = "0005"
down_revision = "0004"

STATES = {
    ("bookings", "status"): "draft pending changes_requested approved rejected cancelled completed",
    ("event_instances", "status"): (
        "scheduled preparation in_progress completed cancelled issue_reported post_processing"
    ),
    ("activities", "status"): "planned assigned in_progress completed issue_reported cancelled",
    ("staff_assignments", "status"): (
        "assigned offered accepted rejected checked_in checked_out no_show cancelled"
    ),
    ("activity_kits", "status"): "needed assigned prepared checked_out returned issue_reported",
    ("kit_instances", "status"): "available reserved checked_out maintenance missing retired",
    ("event_issues", "status"): "open acknowledged in_progress resolved closed duplicate",
    ("event_issues", "severity"): "low medium high critical",
    ("event_issues", "issue_type"): (
        "product equipment venue staffing safety client_feedback other"
    ),
}

RANGES = {
    ("locations", "latitude"): "latitude BETWEEN -90 AND 90",
    ("locations", "longitude"): "longitude BETWEEN -180 AND 180",
    ("locations", "geofence_radius_m"): "geofence_radius_m BETWEEN 1 AND 100000",
    # An unknown zone makes AT TIME ZONE fail; the rest keeps out POSIX strings such as 'FOO5'.
    ("locations", "time_zone"): (
        "time_zone IS NULL OR (time_zone = 'UTC' OR time_zone LIKE '%/%')"
        " AND (TIMESTAMP '2000-01-01' AT TIME ZONE time_zone) IS NOT NULL"
    ),
    ("event_instances", "date"): "date BETWEEN '2000-01-02' AND '2099-12-29'",
    ("event_instances", "start_time"): "start_time < '24:00'",
    ("activities", "duration"): "duration >= 0",
    ("staff_assignments", "hours_worked"): "hours_worked <> 'NaN'",
    ("activity_kits", "quantity"): "quantity > 0",
    ("activity_kits", "kit"): "num_nonnulls(kit_template_id, kit_instance_id) > 0",
}

TIMESTAMPS = {
    "organizations": "created_at updated_at",
    "users": "created_at updated_at",
    "locations": "created_at updated_at",
    "bookings": "approved_at last_event_generated_at created_at updated_at deleted_at",
    "kit_templates": "created_at updated_at",
    "kit_instances": "last_checked created_at updated_at",
    "event_instances": "created_at updated_at deleted_at",
    "activities": "created_at updated_at deleted_at",
    "event_team_members": "created_at updated_at",
    "staff_assignments": (
        "status_at expires_at check_in_time check_out_time claimed_start times_corrected_at "
        "created_at updated_at deleted_at"
    ),
    "activity_kits": "checked_out_at returned_at created_at updated_at deleted_at",
    "event_issues": "resolved_at created_at updated_at deleted_at",
    "event_state_transitions": "created_at",
}

KIT_COLUMNS = """
    ALTER TABLE activity_kits
    ADD COLUMN event_instance_id UUID,
    ADD COLUMN reserved_during TSTZRANGE;
    COMMENT ON COLUMN activity_kits.reserved_during IS
        'The period of the event; empty where the event is off or was moved onto another '
        'reservation of the same kit.';
    CREATE INDEX idx_fieldkit_activity_kits_event_instance_id ON activity_kits(event_instance_id);
"""

RESERVATIONS = """
    CREATE FUNCTION reservation_period(event event_instances) RETURNS TSTZRANGE
    LANGUAGE sql IMMUTABLE AS $$
        SELECT CASE WHEN event.status = 'cancelled' OR event.deleted_at IS NOT NULL
            THEN 'empty'::tstzrange ELSE tstzrange(event.starts_at, event.ends_at) END
    $$;

    CREATE FUNCTION place_kit() RETURNS TRIGGER LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.event_instance_id IS NULL
                OR (TG_OP = 'UPDATE' AND NEW.activity_id <> OLD.activity_id) THEN
            NEW.event_instance_id :=
                (SELECT event_instance_id FROM activities WHERE id = NEW.activity_id);
        END IF;
        IF TG_OP = 'INSERT'
                OR (NEW.event_instance_id, NEW.kit_instance_id, NEW.status, NEW.deleted_at)
                IS DISTINCT FROM
                (OLD.event_instance_id, OLD.kit_instance_id, OLD.status, OLD.deleted_at) THEN
            NEW.reserved_during := (SELECT reservation_period(event) FROM event_instances event
                                    WHERE event.id = NEW.event_instance_id);
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER place_kit BEFORE INSERT OR UPDATE ON activity_kits
        FOR EACH ROW EXECUTE FUNCTION place_kit();

    CREATE FUNCTION place_kits_of_activity() RETURNS TRIGGER LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE activity_kits SET event_instance_id = NEW.event_instance_id
        WHERE activity_id = NEW.id;
        RETURN NULL;
    END $$;
    CREATE TRIGGER place_kits_of_activity AFTER UPDATE ON activities FOR EACH ROW
        WHEN (OLD.event_instance_id IS NULL AND NEW.event_instance_id IS NOT NULL)
        EXECUTE FUNCTION place_kits_of_activity();

    -- Moving an event never fails because of a kit: the later reservation loses its period
    -- instead, and whoever prepares that kit finds out.
    CREATE FUNCTION move_reservations() RETURNS TRIGGER LANGUAGE plpgsql AS $$
    DECLARE
        period TSTZRANGE := reservation_period(NEW);
        reservation UUID;
    BEGIN
        FOR reservation IN
            SELECT id FROM activity_kits WHERE event_instance_id = NEW.id
            AND reserved_during IS DISTINCT FROM period ORDER BY id
        LOOP
            BEGIN
                UPDATE activity_kits SET reserved_during = period WHERE id = reservation;
            EXCEPTION WHEN exclusion_violation THEN
                UPDATE activity_kits SET reserved_during = 'empty' WHERE id = reservation;
            END;
        END LOOP;
        RETURN NULL;
    END $$;
    CREATE TRIGGER move_reservations AFTER UPDATE ON event_instances FOR EACH ROW
        WHEN ((OLD.starts_at, OLD.ends_at, OLD.status, OLD.deleted_at)
              IS DISTINCT FROM (NEW.starts_at, NEW.ends_at, NEW.status, NEW.deleted_at))
        EXECUTE FUNCTION move_reservations();
"""

ONLY_ONE = """
    CREATE EXTENSION IF NOT EXISTS btree_gist;
    ALTER TABLE activity_kits ADD CONSTRAINT activity_kits_reserved_once
        EXCLUDE USING gist (kit_instance_id WITH =, reserved_during WITH &&)
        WHERE (status IN ('assigned', 'prepared') AND deleted_at IS NULL);
    CREATE UNIQUE INDEX staff_assignments_one_live
        ON staff_assignments (event_instance_id, user_id, activity_id) NULLS NOT DISTINCT
        WHERE status IN ('assigned', 'offered', 'accepted', 'checked_in', 'checked_out', 'no_show')
        AND deleted_at IS NULL;
    CREATE UNIQUE INDEX event_instances_one_per_occurrence
        ON event_instances (booking_id, occurrence_key);
"""

SAME_EVENT = """
    ALTER TABLE activities
        ADD CONSTRAINT activities_id_with_event UNIQUE (id, event_instance_id);
    ALTER TABLE kit_instances
        ADD CONSTRAINT kit_instances_id_with_template UNIQUE (id, template_id);

    ALTER TABLE staff_assignments DROP CONSTRAINT staff_assignments_activity_id_fkey;
    ALTER TABLE staff_assignments ADD CONSTRAINT staff_assignments_same_event
        FOREIGN KEY (activity_id, event_instance_id)
        REFERENCES activities (id, event_instance_id) ON DELETE SET NULL (activity_id) NOT VALID;
    ALTER TABLE event_issues DROP CONSTRAINT event_issues_activity_id_fkey;
    ALTER TABLE event_issues ADD CONSTRAINT event_issues_same_event
        FOREIGN KEY (activity_id, event_instance_id)
        REFERENCES activities (id, event_instance_id) ON DELETE SET NULL (activity_id) NOT VALID;
    ALTER TABLE activity_kits ADD CONSTRAINT activity_kits_same_event
        FOREIGN KEY (activity_id, event_instance_id)
        REFERENCES activities (id, event_instance_id)
        ON DELETE CASCADE ON UPDATE CASCADE NOT VALID;
    ALTER TABLE activity_kits ADD CONSTRAINT activity_kits_same_template
        FOREIGN KEY (kit_instance_id, kit_template_id)
        REFERENCES kit_instances (id, template_id) NOT VALID;
"""

FOREIGN_KEYS = (
    ("staff_assignments", "staff_assignments_same_event"),
    ("event_issues", "event_issues_same_event"),
    ("activity_kits", "activity_kits_same_event"),
    ("activity_kits", "activity_kits_same_template"),
)


def checks() -> list[tuple[str, str, str]]:
    """Table, constraint name and condition of every check."""
    states = [(t, f"{t}_{c}_known", _one_of(c, known)) for (t, c), known in STATES.items()]
    ranges = [(t, f"{t}_{c}_in_range", condition) for (t, c), condition in RANGES.items()]
    dates = [(t, f"{t}_readable", _readable(columns)) for t, columns in TIMESTAMPS.items()]
    return [*states, *ranges, *dates]


def _one_of(column: str, known: str) -> str:
    values = ", ".join(f"'{value}'" for value in known.split())
    return f"{column} IN ({values})"


def _readable(columns: str) -> str:
    """No infinity and no year that a client's calendar does not have."""
    return " AND ".join(f"{c} BETWEEN '0001-01-01' AND '9999-12-31'" for c in columns.split())


def upgrade() -> None:
    op.execute(KIT_COLUMNS)
    op.execute(RESERVATIONS)
    op.execute("UPDATE activity_kits SET event_instance_id = NULL")  # the trigger fills it
    op.execute(
        "UPDATE activity_kits SET reserved_during = reservation_period(event) "
        "FROM event_instances event WHERE event.id = activity_kits.event_instance_id"
    )
    op.execute(ONLY_ONE)
    op.execute(SAME_EVENT)
    for table, name, condition in checks():
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")


def downgrade() -> None:
    for table, name, _ in checks():
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for table, name in FOREIGN_KEYS:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    op.execute("""
        ALTER TABLE staff_assignments ADD CONSTRAINT staff_assignments_activity_id_fkey
            FOREIGN KEY (activity_id) REFERENCES activities(id) ON DELETE SET NULL;
        ALTER TABLE event_issues ADD CONSTRAINT event_issues_activity_id_fkey
            FOREIGN KEY (activity_id) REFERENCES activities(id) ON DELETE SET NULL;
        ALTER TABLE kit_instances DROP CONSTRAINT kit_instances_id_with_template;
        ALTER TABLE activities DROP CONSTRAINT activities_id_with_event;
        DROP INDEX event_instances_one_per_occurrence, staff_assignments_one_live;
        DROP TRIGGER move_reservations ON event_instances;
        DROP TRIGGER place_kits_of_activity ON activities;
        DROP TRIGGER place_kit ON activity_kits;
        DROP FUNCTION move_reservations, place_kits_of_activity, place_kit, reservation_period;
        ALTER TABLE activity_kits DROP COLUMN event_instance_id, DROP COLUMN reserved_during;
    """)
