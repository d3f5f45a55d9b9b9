"""Taking a batch of a backfill back, as long as nobody has worked with it."""

from uuid import UUID

from sqlalchemy import Engine, text

from server_stub.backfill.run import ALONE
from server_stub.transactions import certain

BATCH = text("SELECT rolled_back_at FROM backfill_batches WHERE id = :batch FOR UPDATE")
TOUCHED = text("""
    WITH done AS (SELECT * FROM backfill_bookings WHERE batch_id = :batch),
        events AS (SELECT unnest(events) AS id FROM done),
        shifts AS (SELECT unnest(shifts) AS id FROM done),
        linked AS (SELECT unnest(activities) AS id FROM done)
    SELECT * FROM (
        SELECT 'entries in the trail' AS what, count(*) AS number FROM audit_entries
            WHERE kind <> 'backfill' AND event_instance_id IN (SELECT id FROM events)
        UNION ALL SELECT 'shifts', count(*) FROM staff_assignments
            WHERE event_instance_id IN (SELECT id FROM events)
            AND id NOT IN (SELECT id FROM shifts)
        UNION ALL SELECT 'activities', count(*) FROM activities
            WHERE event_instance_id IN (SELECT id FROM events)
            AND id NOT IN (SELECT id FROM linked)
        UNION ALL SELECT 'issues', count(*) FROM event_issues
            WHERE event_instance_id IN (SELECT id FROM events)
        UNION ALL SELECT 'team members', count(*) FROM event_team_members
            WHERE event_instance_id IN (SELECT id FROM events)
        UNION ALL SELECT 'changes of state', count(*) FROM event_state_transitions
            WHERE from_state <> 'none' AND event_instance_id IN (SELECT id FROM events)
    ) AS facts WHERE number > 0
""")
STEPS = (
    """DELETE FROM staff_assignments
    WHERE id IN (SELECT unnest(shifts) FROM backfill_bookings WHERE batch_id = :batch)""",
    """UPDATE activities SET event_instance_id = NULL
    WHERE id IN (SELECT unnest(activities) FROM backfill_bookings WHERE batch_id = :batch)""",
    """DELETE FROM event_instances
    WHERE id IN (SELECT unnest(events) FROM backfill_bookings WHERE batch_id = :batch)""",
    """UPDATE bookings b SET (starts_on, event_start_time, event_end_time, location_id,
        field_manager_id, event_generation_status, event_count, last_event_generated_at,
        series_start_date, series_end_date) =
        (SELECT r.starts_on, r.event_start_time, r.event_end_time, r.location_id,
            r.field_manager_id, r.event_generation_status, r.event_count,
            r.last_event_generated_at, r.series_start_date, r.series_end_date
        FROM jsonb_populate_record(b, d.before) r)
    FROM backfill_bookings d WHERE d.batch_id = :batch AND d.booking_id = b.id""",
    "UPDATE backfill_batches SET rolled_back_at = now() WHERE id = :batch",
)


class CannotRollBack(Exception):
    """The batch stays as it is; the message is a sentence."""


def roll_back(engine: Engine, batch_id: UUID) -> None:
    """Take a batch back: events, links, shifts, what bookings say. Raises CannotRollBack.

    The trail keeps what the batch wrote into it.
    """
    with certain(engine) as connection:
        connection.execute(ALONE)
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        row = connection.execute(BATCH, {"batch": batch_id}).first()
        if row is None:
            raise CannotRollBack("There is no batch with this id.")
        if row.rolled_back_at is not None:
            raise CannotRollBack("This batch was taken back before.")
        if facts := connection.execute(TOUCHED, {"batch": batch_id}).all():
            found = ", ".join(f"{fact.number} {fact.what}" for fact in facts)
            raise CannotRollBack(f"People have worked with its events since: {found}.")
        for step in STEPS:
            connection.execute(text(step), {"batch": batch_id})
