"""The ground the attacks are fought on: two organizations, their people, events and photos.

An agency runs events for its brand; a rival organization in the same database has people, an event,
a booking and photos of its own. Whatever is the rival's says so with the word in `CANARY`.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg

from tests.server.booking_system import an_activity, insert
from tests.support.central import PASSWORD, Central
from tests.support.pictures import a_jpeg, sha256
from tests.support.wire_client import WireClient

CANARY = "zanzibar"

PEOPLE = {
    "ana": ("brand_agent", "agency"),
    "ben": ("brand_agent", "agency"),
    "dana": ("field_manager", "agency"),
    "luis": ("field_manager", "agency"),
    "priya": ("internal_admin", "agency"),
    "olga": ("internal_admin", "brand"),
    "nora": ("brand_agent", "brand"),
    "gone": ("brand_agent", "agency"),
    "rita": ("brand_agent", "rival"),
    "ruth": ("field_manager", "rival"),
    "rex": ("internal_admin", "rival"),
}
"""Ana works at Dana's event, for Olga's brand. Ben has no work, Luis an event of his own. Nora is a
client's, Gone was deactivated. The agency's admin, Priya, looks after every booking there is."""

EVENTS = {"hers": "dana", "his": "luis", "theirs": "ruth"}
WORKERS = {"hers": "ana", "his": "dana", "theirs": "rita"}


@dataclass
class Ground:
    """Ids by what they are called here."""

    central: Central
    http: httpx.Client
    people: dict[str, UUID] = field(default_factory=dict)
    rows: dict[str, dict[str, UUID]] = field(default_factory=dict)
    """By event and table, a row that hangs on it."""
    photos: dict[str, str] = field(default_factory=dict)
    """By event, the hash of a photo that a report there names."""

    @property
    def db(self) -> psycopg.Connection:
        return self.central.db

    def sign_in(self, name: str) -> WireClient:
        """A new device of this person."""
        return WireClient(self.http, self.central.emails[self.people[name]], PASSWORD)


def lay(db: psycopg.Connection, http: httpx.Client) -> Ground:
    ground = Ground(Central(db), http)
    rival = insert(db, "organizations", name=f"Rival {CANARY}", tier="client")
    homes = {"agency": ground.central.agency, "brand": ground.central.brand, "rival": rival}
    for name, (role, home) in PEOPLE.items():
        said = f"{name} {CANARY}" if home == "rival" else name
        row = {"organization_id": homes[home], "email": f"{name}@{home}.example"}
        person = ground.central.a_person(said, role, phone=f"+1 {said}", **row)
        ground.central.emails[person] = f"{name}@{home}.example"
        ground.people[name] = person
    for event, manager in EVENTS.items():
        mark = CANARY if event == "theirs" else "plain"
        ground.rows[event] = _hang(ground, homes, event, manager, mark)
    for seed, event in enumerate(EVENTS):
        ground.photos[event] = _report(ground, event, a_jpeg(seed, edge=48))
    return ground


def _hang(
    ground: Ground, homes: dict[str, UUID], event: str, manager: str, mark: str
) -> dict[str, UUID]:
    """An event with one row of every kind that operations are about."""
    db, central, people = ground.db, ground.central, ground.people
    home = homes["rival" if event == "theirs" else "brand"]
    booking = insert(db, "bookings", title=mark, status="approved", organization_id=home)
    made = central.an_event(people[manager], in_h=-1, booking_id=booking, notes=mark)
    of_event = {"event_instance_id": made}
    activity = an_activity(db, made, title=mark)
    # Kits belong to no organization: who has one in their hands may read what is written on it.
    template = insert(db, "kit_templates", name="Sampling kit")
    kit = insert(db, "kit_instances", template_id=template, serial_number=f"KIT-{event}")
    worker = people[WORKERS[event]]
    shift = central.a_shift(made, worker, "accepted", activity_id=activity, feedback=mark)
    need = {"activity_id": activity, "kit_instance_id": kit, "status": "assigned"}
    issue = {"issue_type": "venue", "description": mark, "severity": "low"}
    flag = {"target_table": "staff_assignments", "target_id": shift, "flag": "no_location"}
    return {
        "event_instances": made,
        "bookings": booking,
        "activities": activity,
        "kit_instances": kit,
        "staff_assignments": shift,
        "activity_kits": insert(db, "activity_kits", **need, notes=mark),
        "event_issues": insert(db, "event_issues", reported_by=worker, **of_event, **issue),
        "review_items": insert(db, "review_items", **of_event, **flag),
        "users": worker,
    }


def _report(ground: Ground, event: str, picture: bytes) -> str:
    """Have the event's worker report something with a photo, and send the photo."""
    phone = ground.sign_in(WORKERS[event])
    name = sha256(picture)
    payload = {
        "event_instance_id": str(ground.rows[event]["event_instances"]),
        "issue_type": "venue",
        "description": CANARY if event == "theirs" else "Look.",
        "severity": "low",
        "photos": [{"sha256": name, "bytes": len(picture)}],
    }
    (verdict,) = phone.perform(phone.envelope("issue.report", uuid4(), payload))
    assert verdict["status"] == "applied", verdict
    sent = phone.http.put(f"/v1/photos/{name}", content=picture, headers=phone.headers)
    assert sent.status_code == 201, sent.text
    return name


def everything(db: psycopg.Connection, besides: set[str]) -> dict[str, str]:
    """A fingerprint of every table, to see whether anything was left anywhere."""
    tables = db.execute("""
        SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    """).fetchall()
    prints: dict[str, str] = {}
    for (table,) in tables:
        if table not in besides:
            rows = f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t"
            prints[table] = str(value(db, rows))
    return prints


def value(db: psycopg.Connection, query: str) -> Any:
    row = db.execute(query).fetchone()
    return None if row is None else row[0]
