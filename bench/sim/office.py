"""The office's side: a small central database, and other programs that write to it as they like."""

import datetime as dt
import random
from contextlib import suppress
from typing import Any
from uuid import UUID

import psycopg

SETTLED = ("cancelled", "completed", "post_processing")


class Office:
    """Two events, five people, a kit. Ids come from the seed, so that a run can be repeated."""

    def __init__(self, db: psycopg.Connection, seeded: random.Random, now: dt.datetime) -> None:
        self.db, self._seeded, self.now = db, seeded, now
        agency = self.insert("organizations", name="Agency", tier="internal")
        brand = self.insert("organizations", name="Brand", tier="client")
        self.managers = [self._person(n, "field_manager", agency) for n in ("Dana", "Luis")]
        self.agents = [self._person(n, "brand_agent", agency) for n in ("Ana", "Ben", "Cleo")]
        self.events = [
            self._event(brand, m, h) for m, h in zip(self.managers, (-1, 20), strict=True)
        ]
        template = self.insert("kit_templates", name="Sampling kit")
        self.kit = self.insert(
            "kit_instances", template_id=template, serial_number="KIT-1", status="available"
        )
        for event in self.events:
            activity = self.insert(
                "activities", event_instance_id=event, type="sampling", title="A"
            )
            self.insert(
                "activity_kits",
                activity_id=activity,
                event_instance_id=event,
                kit_template_id=template,
                status="needed",
            )
            for agent in self.agents:
                self._shift(event, agent)

    def write_as_others_do(self) -> None:
        """The booking system, an import, somebody with psql: they know nothing of operations.

        What the database's own guards refuse them is not our business.
        """
        with suppress(psycopg.errors.UniqueViolation):
            self._write()

    def forget_cursors(self) -> None:
        """As if all of them had expired: every device gets its whole scope again."""
        self.db.execute("DELETE FROM client_views")

    def _write(self) -> None:
        event = self._seeded.choice(self.events)
        agent = self._seeded.choice(self.agents)
        shifts = "SELECT id FROM staff_assignments ORDER BY id"
        some = [row[0] for row in self.db.execute(shifts).fetchall()]
        shift = self._seeded.choice(some)
        match self._seeded.randrange(7):
            case 0:
                self._shift(event, agent)
            case 1:
                self.db.execute("DELETE FROM staff_assignments WHERE id = %s", [shift])
                if len(some) < 3:
                    self._shift(event, agent)
            case 2:
                moved = (
                    "UPDATE staff_assignments SET user_id = %s WHERE id = %s AND status = 'offered'"
                )
                self.db.execute(moved, [agent, shift])
            case 3:
                self.db.execute(
                    "UPDATE event_instances SET notes = %s WHERE id = %s", [str(shift), event]
                )
            case 4:
                gone = "UPDATE staff_assignments SET deleted_at = %s WHERE id = %s"
                self.db.execute(gone, [self.now, shift])
            case 5:
                later = "UPDATE event_instances SET ends_at = ends_at + '5 minutes' WHERE id = %s"
                self.db.execute(later, [event])
            case _:
                manager = self._seeded.choice(self.managers)
                self.db.execute(
                    "UPDATE event_instances SET field_manager_id = %s WHERE id = %s",
                    [manager, event],
                )

    def new_id(self) -> UUID:
        return UUID(int=self._seeded.getrandbits(128), version=4)

    def insert(self, table: str, **values: Any) -> UUID:
        new = self.new_id()
        names = ", ".join(["id", *values])
        marks = ", ".join(["%s"] * (len(values) + 1))
        self.db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", [new, *values.values()])
        return new

    def _person(self, name: str, role: str, organization: UUID) -> UUID:
        row = {"name": name, "role": role, "organization_id": organization, "status": "active"}
        return self.insert("users", email=f"{name.lower()}@agency.example", **row)

    def _event(self, brand: UUID, manager: UUID, in_h: float) -> UUID:
        starts_at = self.now + dt.timedelta(hours=in_h)
        row = {"title": "Cold brew", "status": "approved", "organization_id": brand}
        booking = self.insert("bookings", **row)
        return self.insert(
            "event_instances",
            booking_id=booking,
            field_manager_id=manager,
            date=starts_at.date(),
            start_time=starts_at.time(),
            end_time=(starts_at + dt.timedelta(hours=4)).time(),
            starts_at=starts_at,
            ends_at=starts_at + dt.timedelta(hours=4),
            status="scheduled",
        )

    def _shift(self, event: UUID, agent: UUID) -> None:
        held = """SELECT count(*) FROM staff_assignments WHERE event_instance_id = %s
            AND user_id = %s AND deleted_at IS NULL AND status NOT IN
            ('cancelled', 'rejected', 'no_show')"""
        if self.db.execute(held, [event, agent]).fetchone() == (0,):
            row = {"event_instance_id": event, "user_id": agent, "role": "brand_agent"}
            self.insert("staff_assignments", status="offered", **row)
