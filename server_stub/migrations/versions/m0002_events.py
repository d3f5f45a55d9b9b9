"""Revision 0002: events, staff, kits and issues, as the booking-events schema defines them.

Its order is corrected (`activities` points at `event_instances`, which it creates later), and
every column has one foreign key, with the cascade where one is meant.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

EVENT_INSTANCES = """
    CREATE TABLE event_instances (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      booking_id UUID NOT NULL
        CONSTRAINT fk_event_instances_booking_id REFERENCES bookings(id) ON DELETE CASCADE,
      date DATE NOT NULL,
      start_time TIME NOT NULL,
      end_time TIME NOT NULL,
      location_id UUID REFERENCES locations(id),
      status TEXT NOT NULL DEFAULT 'scheduled',
      field_manager_id UUID REFERENCES users(id),
      preparation_status TEXT,
      check_in_required BOOLEAN DEFAULT TRUE,
      notes TEXT,
      special_instructions TEXT,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
    );
    CREATE INDEX idx_event_instances_booking_id ON event_instances(booking_id);
    CREATE INDEX idx_event_instances_date ON event_instances(date);
    CREATE INDEX idx_event_instances_status ON event_instances(status);
    CREATE INDEX idx_event_instances_field_manager_id ON event_instances(field_manager_id);
"""

CHANGED_TABLES = """
    ALTER TABLE bookings
    ADD COLUMN event_generation_status TEXT,
    ADD COLUMN event_count INTEGER,
    ADD COLUMN last_event_generated_at TIMESTAMP,
    ADD COLUMN series_start_date DATE,
    ADD COLUMN series_end_date DATE;

    ALTER TABLE activities
    ADD COLUMN event_instance_id UUID REFERENCES event_instances(id) ON DELETE CASCADE,
    ADD COLUMN preparation_status TEXT,
    ADD COLUMN execution_status TEXT,
    ADD COLUMN completion_notes TEXT,
    ADD COLUMN target_metrics JSONB,
    ADD COLUMN actual_metrics JSONB;
"""

EVENT_TEAM_MEMBERS = """
    CREATE TABLE event_team_members (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      event_instance_id UUID NOT NULL CONSTRAINT fk_event_team_members_event_instance_id
        REFERENCES event_instances(id) ON DELETE CASCADE,
      user_id UUID NOT NULL REFERENCES users(id),
      role TEXT NOT NULL,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      UNIQUE(event_instance_id, user_id, role)
    );
    CREATE INDEX idx_event_team_members_event_instance_id ON event_team_members(event_instance_id);
    CREATE INDEX idx_event_team_members_user_id ON event_team_members(user_id);
"""

STAFF_ASSIGNMENTS = """
    CREATE TABLE staff_assignments (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      event_instance_id UUID NOT NULL CONSTRAINT fk_staff_assignments_event_instance_id
        REFERENCES event_instances(id) ON DELETE CASCADE,
      activity_id UUID REFERENCES activities(id) ON DELETE SET NULL,
      user_id UUID NOT NULL REFERENCES users(id),
      role TEXT NOT NULL,
      status TEXT NOT NULL DEFAULT 'assigned',
      check_in_time TIMESTAMP,
      check_out_time TIMESTAMP,
      location_at_check_in JSONB,
      location_at_check_out JSONB,
      hours_worked DECIMAL(5,2),
      feedback TEXT,
      special_instructions TEXT,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
    );
    CREATE INDEX idx_staff_assignments_event_instance_id ON staff_assignments(event_instance_id);
    CREATE INDEX idx_staff_assignments_activity_id ON staff_assignments(activity_id);
    CREATE INDEX idx_staff_assignments_user_id ON staff_assignments(user_id);
    CREATE INDEX idx_staff_assignments_status ON staff_assignments(status);
"""

ACTIVITY_KITS = """
    CREATE TABLE activity_kits (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      activity_id UUID NOT NULL
        CONSTRAINT fk_activity_kits_activity_id REFERENCES activities(id) ON DELETE CASCADE,
      kit_template_id UUID REFERENCES kit_templates(id),
      kit_instance_id UUID REFERENCES kit_instances(id),
      quantity INTEGER NOT NULL DEFAULT 1,
      status TEXT NOT NULL DEFAULT 'needed',
      checked_out_by UUID REFERENCES users(id),
      checked_out_at TIMESTAMP,
      returned_by UUID REFERENCES users(id),
      returned_at TIMESTAMP,
      notes TEXT,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
    );
    CREATE INDEX idx_activity_kits_activity_id ON activity_kits(activity_id);
    CREATE INDEX idx_activity_kits_kit_template_id ON activity_kits(kit_template_id);
    CREATE INDEX idx_activity_kits_kit_instance_id ON activity_kits(kit_instance_id);
    CREATE INDEX idx_activity_kits_status ON activity_kits(status);
"""

EVENT_STATE_TRANSITIONS = """
    CREATE TABLE event_state_transitions (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      event_instance_id UUID NOT NULL CONSTRAINT fk_event_state_transitions_event_instance_id
        REFERENCES event_instances(id) ON DELETE CASCADE,
      from_state TEXT NOT NULL,
      to_state TEXT NOT NULL,
      changed_by_id UUID REFERENCES users(id),
      reason TEXT,
      metadata JSONB,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
    );
    CREATE INDEX idx_event_state_transitions_event_instance_id
      ON event_state_transitions(event_instance_id);
    CREATE INDEX idx_event_state_transitions_created_at ON event_state_transitions(created_at);
"""

EVENT_ISSUES = """
    CREATE TABLE event_issues (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      event_instance_id UUID NOT NULL CONSTRAINT fk_event_issues_event_instance_id
        REFERENCES event_instances(id) ON DELETE CASCADE,
      activity_id UUID REFERENCES activities(id) ON DELETE SET NULL,
      reported_by UUID NOT NULL REFERENCES users(id),
      issue_type TEXT NOT NULL,
      description TEXT NOT NULL,
      severity TEXT NOT NULL,
      status TEXT NOT NULL DEFAULT 'open',
      resolution TEXT,
      resolved_by UUID REFERENCES users(id),
      resolved_at TIMESTAMP,
      photo_urls TEXT[],
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
    );
    CREATE INDEX idx_event_issues_event_instance_id ON event_issues(event_instance_id);
    CREATE INDEX idx_event_issues_activity_id ON event_issues(activity_id);
    CREATE INDEX idx_event_issues_status ON event_issues(status);
    CREATE INDEX idx_event_issues_severity ON event_issues(severity);
"""


def upgrade() -> None:
    for statements in (
        EVENT_INSTANCES,
        CHANGED_TABLES,
        EVENT_TEAM_MEMBERS,
        STAFF_ASSIGNMENTS,
        ACTIVITY_KITS,
        EVENT_STATE_TRANSITIONS,
        EVENT_ISSUES,
    ):
        op.execute(statements)


def downgrade() -> None:
    op.execute("""
        DROP TABLE event_issues, event_state_transitions, activity_kits, staff_assignments,
            event_team_members;
        ALTER TABLE activities
        DROP COLUMN event_instance_id,
        DROP COLUMN preparation_status,
        DROP COLUMN execution_status,
        DROP COLUMN completion_notes,
        DROP COLUMN target_metrics,
        DROP COLUMN actual_metrics;
        ALTER TABLE bookings
        DROP COLUMN event_generation_status,
        DROP COLUMN event_count,
        DROP COLUMN last_event_generated_at,
        DROP COLUMN series_start_date,
        DROP COLUMN series_end_date;
        DROP TABLE event_instances;
    """)
