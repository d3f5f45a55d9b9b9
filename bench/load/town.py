"""The town that the devices work in, filled by the set: agencies, events, shifts, kits, tokens.

Nobody signs in here: a device's row and the hash of its token are put into the tables, because ten
thousand sign-ins would measure argon2. Everything else goes the way it goes in the field.
"""

import hashlib
from dataclasses import dataclass
from uuid import UUID

import psycopg

CREW = 10
"""Agents at an event; the first of them hands the kit out."""
RUN = 5
"""Events that one manager runs on one day."""
AGENCY = 500
"""Agents of one agency."""
DAYS = (-7, -2, 0, 3, 10)
"""The days around today for which everybody has a shift."""

FILL = f"""
    CREATE FUNCTION pg_temp.id_of(what TEXT, number BIGINT) RETURNS UUID LANGUAGE sql IMMUTABLE
        RETURN md5(what || number)::uuid;

    CREATE TEMP TABLE agents AS SELECT n FROM generate_series(0, {{agents}} - 1) n;
    CREATE TEMP TABLE managers AS
        SELECT n FROM generate_series(0, ({{agents}} - 1) / {CREW * RUN}) n;
    CREATE TEMP TABLE events AS
        SELECT day * 1000000 + e AS n, e, day,
            date_trunc('minute', now()) + day * interval '1 day' + interval '5 minutes' AS starts_at
        FROM generate_series(0, ({{agents}} - 1) / {CREW}) e,
            unnest(ARRAY[{", ".join(map(str, DAYS))}]) day;

    INSERT INTO organizations (id, name, tier)
        SELECT pg_temp.id_of('agency', n), 'Agency ' || n, 'internal'
        FROM generate_series(0, ({{agents}} - 1) / {AGENCY}) n;
    INSERT INTO users (id, name, email, organization_id, role)
        SELECT pg_temp.id_of('agent', n), 'Agent ' || n, 'agent' || n || '@load.example',
            pg_temp.id_of('agency', n / {AGENCY}), 'brand_agent' FROM agents;
    INSERT INTO users (id, name, email, organization_id, role)
        SELECT pg_temp.id_of('manager', n), 'Manager ' || n, 'manager' || n || '@load.example',
            pg_temp.id_of('agency', n * {CREW * RUN} / {AGENCY}), 'field_manager' FROM managers;
    INSERT INTO presences (id) SELECT id FROM users;
    INSERT INTO kit_templates (id, name)
        SELECT pg_temp.id_of('template', n), 'Sampling kit ' || n
        FROM generate_series(0, ({{agents}} - 1) / {AGENCY}) n;
    INSERT INTO kit_instances (id, template_id, serial_number)
        SELECT pg_temp.id_of('kit', e), pg_temp.id_of('template', e * {CREW} / {AGENCY}),
            'LOAD-' || e FROM events WHERE day = 0;
    INSERT INTO locations (id, name, latitude, longitude)
        SELECT pg_temp.id_of('place', e), 'Place ' || e, 40.7425, -74.0061
        FROM events WHERE day = 0;
    INSERT INTO bookings (id, title, status, organization_id)
        SELECT pg_temp.id_of('booking', n), 'Sampling', 'approved',
            pg_temp.id_of('agency', e * {CREW} / {AGENCY}) FROM events;
    INSERT INTO event_instances (id, booking_id, location_id, field_manager_id, date, start_time,
            end_time, starts_at, ends_at, status)
        SELECT pg_temp.id_of('event', n), pg_temp.id_of('booking', n), pg_temp.id_of('place', e),
            pg_temp.id_of('manager', e / {RUN}), starts_at::date, '11:00', '15:00', starts_at,
            starts_at + interval '4 hours', CASE WHEN day < 0 THEN 'completed' ELSE 'scheduled' END
        FROM events;
    INSERT INTO event_team_members (event_instance_id, user_id, role)
        SELECT pg_temp.id_of('event', n), pg_temp.id_of('agent', e * {CREW}), 'lead' FROM events;
    INSERT INTO activities (id, type, title, event_instance_id, kit_template_id)
        SELECT pg_temp.id_of('activity', n), 'sampling', 'Pour samples', pg_temp.id_of('event', n),
            pg_temp.id_of('template', e * {CREW} / {AGENCY}) FROM events;
    INSERT INTO activity_kits (id, activity_id, event_instance_id, kit_template_id,
            kit_instance_id, status)
        SELECT pg_temp.id_of('need', n), pg_temp.id_of('activity', n), pg_temp.id_of('event', n),
            pg_temp.id_of('template', e * {CREW} / {AGENCY}),
            CASE WHEN day = 0 THEN pg_temp.id_of('kit', e) END,
            CASE WHEN day = 0 THEN 'assigned' ELSE 'needed' END FROM events;
    INSERT INTO staff_assignments (id, event_instance_id, user_id, role, status)
        SELECT pg_temp.id_of('shift ' || day || ' ', a.n), pg_temp.id_of('event', e.n),
            pg_temp.id_of('agent', a.n), 'agent',
            CASE WHEN day < 0 THEN 'checked_out' WHEN day = 0 THEN 'accepted' ELSE 'offered' END
        FROM agents a JOIN events e ON e.e = a.n / {CREW};
    INSERT INTO devices (id, user_id, name, platform, app_version)
        SELECT id, id, 'Phone', 'android', '1.0' FROM users;
    INSERT INTO device_tokens (token_sha256, device_id, expires_at, first_used_at, state)
        SELECT sha256(convert_to('token of ' || id, 'UTF8')), id, now() + interval '30 days', now(),
            'current' FROM users;
"""


@dataclass(frozen=True)
class Worker:
    """One person with one device, and what there is for them to do today."""

    person: UUID
    event: UUID | None = None
    shift: UUID | None = None
    need: UUID | None = None
    """A kit that this person hands out."""

    @property
    def token(self) -> str:
        return f"token of {self.person}"

    @property
    def is_manager(self) -> bool:
        return self.shift is None


def fill(db: psycopg.Connection, agents: int) -> list[Worker]:
    """A town with so many agents; everybody in it who has a device, managers last."""
    db.execute(FILL.format(agents=agents))
    db.execute("VACUUM ANALYZE")
    managers = range((agents - 1) // (CREW * RUN) + 1)
    return [
        *(_agent(number) for number in range(agents)),
        *(Worker(_id("manager", number)) for number in managers),
    ]


def _agent(number: int) -> Worker:
    event = number // CREW
    return Worker(
        _id("agent", number),
        _id("event", event),
        _id("shift 0 ", number),
        None if number % CREW else _id("need", event),
    )


def _id(what: str, number: int) -> UUID:
    return UUID(hashlib.md5(f"{what}{number}".encode()).hexdigest())
