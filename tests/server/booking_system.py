"""Rows as the booking system writes them: plain SQL that knows only the documented columns."""

from uuid import UUID, uuid4

import psycopg
from psycopg import sql


def insert(connection: psycopg.Connection, table: str, **values: object) -> UUID:
    """Insert one row and answer its id."""
    values.setdefault("id", uuid4())
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING id").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(sql.Placeholder() * len(values)),
    )
    return connection.execute(statement, list(values.values())).fetchone()[0]


def an_organization(connection: psycopg.Connection) -> UUID:
    return insert(connection, "organizations", name="Lumen Beverage Co.")


def a_user(connection: psycopg.Connection, **values: object) -> UUID:
    return insert(connection, "users", **{"name": "Ana", "role": "brand_agent"} | values)


def a_booking(connection: psycopg.Connection, **values: object) -> UUID:
    return insert(connection, "bookings", **{"title": "Sampling", "status": "approved"} | values)


def an_event(connection: psycopg.Connection, **values: object) -> UUID:
    """An event of 2 March 2026, 11:00 to 15:00, of a booking of its own unless one is given."""
    if "booking_id" not in values:
        values["booking_id"] = a_booking(connection)
    plan = {"date": "2026-03-02", "start_time": "11:00", "end_time": "15:00"}
    return insert(connection, "event_instances", **plan | values)


def an_activity(connection: psycopg.Connection, event_id: UUID | None, **values: object) -> UUID:
    row = {"type": "sampling", "title": "Pour samples", "event_instance_id": event_id}
    return insert(connection, "activities", **row | values)


def a_kit(connection: psycopg.Connection, serial: str = "LCB-SAMP-0001") -> UUID:
    template = insert(connection, "kit_templates", name="Sampling kit")
    return insert(connection, "kit_instances", template_id=template, serial_number=serial)


def a_full_booking(connection: psycopg.Connection) -> UUID:
    """A booking with an event, and a row of every kind that hangs on it."""
    booking = a_booking(connection, organization_id=an_organization(connection))
    insert(connection, "recurrence_patterns", booking_id=booking, frequency="weekly")
    event, user = an_event(connection, booking_id=booking), a_user(connection)
    activity = an_activity(connection, event)
    insert(
        connection, "event_team_members", event_instance_id=event, user_id=user, role="lead_agent"
    )
    for activity_id in (activity, None):
        insert(
            connection,
            "staff_assignments",
            event_instance_id=event,
            activity_id=activity_id,
            user_id=user,
            role="agent",
        )
    insert(connection, "activity_kits", activity_id=activity, kit_instance_id=a_kit(connection))
    insert(
        connection,
        "event_state_transitions",
        event_instance_id=event,
        from_state="none",
        to_state="scheduled",
    )
    insert(
        connection,
        "event_issues",
        event_instance_id=event,
        activity_id=activity,
        reported_by=user,
        issue_type="venue",
        description="The power is out.",
        severity="low",
    )
    return booking
