"""The central database that the figures are taken on."""

import psycopg

from tests.support.central import Central

ROWS, EVENTS = 50_000, 100


class Town:
    """A manager with 50,000 shifts at a hundred events, an agent with a shift at each, a crew."""

    def __init__(self, db: psycopg.Connection) -> None:
        central = Central(db)
        self.db, self.emails = db, central.emails
        self.dana = central.a_person("Dana", "field_manager")
        self.ana = central.a_person("Ana")
        self.crew = [central.a_person(f"Crew {number}") for number in range(8)]
        self.events = [central.an_event(self.dana, in_h=hour / 10) for hour in range(EVENTS)]
        self.shifts = [central.a_shift(event, self.ana) for event in self.events]
        for event in self.events:
            for member in self.crew:
                central.a_shift(event, member)
        self.crowd = central.a_person("Crowd")
        self._fill("e.id = ANY(%s)", [self.events], ROWS // EVENTS)
        self.luis = central.a_person("Luis", "field_manager")
        self.quiet = [central.an_event(self.luis, in_h=hour) for hour in range(20)]
        self._fill("e.id = ANY(%s)", [self.quiet], 100)
        db.execute("ANALYZE")

    def grow(self, rows: int) -> None:
        """Put shifts of other people at other events beside all that."""
        self.db.execute(
            """INSERT INTO event_instances (booking_id, field_manager_id, date, start_time,
                end_time, starts_at, ends_at, status)
            SELECT booking_id, NULL, date, start_time, end_time, starts_at, ends_at, status
            FROM event_instances e, generate_series(1, 10) WHERE e.id = ANY(%s)""",
            [self.events],
        )
        others = "e.field_manager_id IS NULL"
        self._fill(others, [], rows // (EVENTS * 10))
        self.db.execute("ANALYZE")

    def _fill(self, where: str, parameters: list[object], times: int) -> None:
        """Cancelled shifts, because of those one person may have any number at an event."""
        self.db.execute(
            f"""INSERT INTO staff_assignments (event_instance_id, user_id, role, status)
            SELECT e.id, %s, 'brand_agent', 'cancelled'
            FROM event_instances e, generate_series(1, {times}) WHERE {where}""",
            [self.crowd, *parameters],
        )
