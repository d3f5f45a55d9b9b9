"""A small central database to try the server on: an agency, a brand, and who works there."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
from pwdlib.hashers.argon2 import Argon2Hasher

from tests.server.booking_system import a_booking, an_event, insert

UNDER_WAY = {
    "event_instances": "in_progress",
    "activities": "in_progress",
    "activity_kits": "assigned",
    "staff_assignments": "accepted",
    "event_issues": "open",
    "review_items": "open",
}
"""By table, the state of what operations are about while an event goes on."""
PASSWORD = "correct horse"
# Real argon2, as cheap as it can be made: the tests sign in often.
PASSWORD_HASH = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


class Central:
    """Two organizations, and ways to add what a test needs. Times are hours from now."""

    def __init__(self, db: psycopg.Connection) -> None:
        self.db = db
        self.agency = insert(db, "organizations", name="Agency", tier="internal")
        self.brand = insert(db, "organizations", name="Lumen", tier="client")
        self.emails: dict[UUID, str] = {}

    def a_person(self, name: str, role: str = "brand_agent", **values: Any) -> UUID:
        """Somebody of the agency who can sign in with PASSWORD."""
        email = f"{name.lower()}@agency.example"
        row = {"organization_id": self.agency, "email": email, "phone": f"+1 {name}"} | values
        person = insert(self.db, "users", name=name, role=role, **row)
        self.db.execute(
            "INSERT INTO credentials (user_id, password_hash) VALUES (%s, %s)",
            [person, PASSWORD_HASH],
        )
        self.emails[person] = email
        return person

    def an_event(self, manager: UUID | None = None, *, in_h: float = 0, **values: Any) -> UUID:
        """Four hours at a venue of its own, of a booking of its own by the brand."""
        starts_at = dt.datetime.now(dt.UTC) + dt.timedelta(hours=in_h)
        venue = {"latitude": 40.7425, "longitude": -74.0061, "address": "75 9th Ave"}
        row = {
            "booking_id": a_booking(self.db, organization_id=self.brand),
            "location_id": insert(self.db, "locations", name="Chelsea Market", **venue),
            "field_manager_id": manager,
            "date": starts_at.date(),
            "starts_at": starts_at,
            "ends_at": starts_at + dt.timedelta(hours=4),
        }
        return an_event(self.db, **row | values)

    def a_shift(self, event: UUID, person: UUID, status: str = "offered", **values: Any) -> UUID:
        row = {"event_instance_id": event, "user_id": person, "role": "agent", "status": status}
        return insert(self.db, "staff_assignments", **row | values)

    def status_of(self, table: str, record_id: UUID) -> str:
        return str(self.value(f"SELECT status FROM {table} WHERE id = %s", record_id))

    def value(self, query: str, *parameters: Any) -> Any:
        """The first column of the first row."""
        row = self.db.execute(query, parameters).fetchone()
        assert row is not None, query
        return row[0]

    def version_of(self, table: str, record_id: UUID) -> int:
        return int(self.value(f"SELECT version FROM {table} WHERE id = %s", record_id))


def wait_for_a_lock_or(is_done: Callable[[], bool], db: psycopg.Connection) -> None:
    """Until another session of this database waits for a lock, or there is nothing to wait for."""
    query = """SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'"""
    while db.execute(query).fetchone() == (0,) and not is_done():
        pass
