"""Revision 0001: the eight tables that the booking system brings, where they are missing.

In a live database they are there and stay as they are. The columns are those of the entity
relationship diagram; what it leaves open (types, defaults) is decided here.
"""

from server_stub.migrations.marks import add_table, drop_table

revision = "0001"
down_revision = None

TABLES = {
    "organizations": """
        id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
        name TEXT NOT NULL,
        settings JSONB,
        tier TEXT,
        contact_info JSONB""",
    "users": """
        id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
        name TEXT NOT NULL,
        email TEXT UNIQUE,
        organization_id UUID REFERENCES organizations(id),
        role TEXT NOT NULL,
        status TEXT NOT NULL DEFAULT 'active'""",
    "locations": """
        id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
        name TEXT NOT NULL,
        address TEXT,
        city TEXT,
        state TEXT,
        postal_code TEXT,
        country TEXT,
        contact_info JSONB,
        created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
        updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP""",
    "bookings": """
        id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
        title TEXT NOT NULL,
        description TEXT,
        organization_id UUID REFERENCES organizations(id),
        status TEXT NOT NULL DEFAULT 'draft',
        recurrence TEXT,
        client_notes TEXT,
        admin_notes TEXT,
        approved_by UUID REFERENCES users(id),
        approved_at TIMESTAMP,
        created_by UUID REFERENCES users(id),
        created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
        updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP""",
    "recurrence_patterns": """
        id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
        booking_id UUID NOT NULL REFERENCES bookings(id) ON DELETE CASCADE,
        frequency TEXT NOT NULL,
        "interval" INTEGER NOT NULL DEFAULT 1,
        week_days TEXT[],
        month_days INTEGER[],
        end_date DATE,
        end_after INTEGER,
        created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
        updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP""",
    "kit_templates": """
        id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
        name TEXT NOT NULL,
        description TEXT,
        components JSONB,
        brand_id UUID REFERENCES organizations(id),
        approval_status TEXT""",
    "kit_instances": """
        id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
        template_id UUID REFERENCES kit_templates(id),
        serial_number TEXT NOT NULL,
        status TEXT NOT NULL DEFAULT 'available',
        last_checked TIMESTAMP,
        created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
        updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP""",
    "activities": """
        id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
        type TEXT NOT NULL,
        title TEXT NOT NULL,
        description TEXT,
        status TEXT NOT NULL DEFAULT 'planned',
        instructions TEXT,
        duration INTEGER,
        kit_template_id UUID REFERENCES kit_templates(id),
        created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
        updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP""",
}


def upgrade() -> None:
    for name, columns in TABLES.items():
        add_table(name, columns)


def downgrade() -> None:
    for name in reversed(TABLES):
        drop_table(name)
