"""Steps that several journeys take."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg

from tests.support.browser import Screen
from tests.support.wire_client import WireClient

Window = Callable[..., Screen]
Wire = Callable[[str], WireClient]
PASSWORD = "field-demo-2026"


def todays_event(manager: WireClient) -> dict[str, Any]:
    """The demo's event that is always going on."""
    manager.sync_all()
    titles = {b["id"]: b["title"] for b in manager.rows("bookings")}
    now = dt.datetime.now(dt.UTC).isoformat()
    running = [
        e
        for e in manager.rows("event_instances")
        if "pop-up" in titles[e["booking_id"]] and e["starts_at"] < now < e["ends_at"]
    ]
    return running[0]


def offer_today(manager: WireClient, name: str) -> UUID:
    """Offer a person a shift at today's event; returns the assignment's id."""
    event = todays_event(manager)
    person = next(u for u in manager.rows("users") if u["name"] == name)
    shift_id = uuid4()
    offer = {"event_instance_id": event["id"], "user_id": person["id"], "role": "brand_agent"}
    verdicts = manager.perform(manager.envelope("assignment.offer", shift_id, offer))
    assert verdicts[0]["status"] == "applied", verdicts
    return shift_id


def sign_in(screen: Screen, name: str) -> None:
    """The long way: typed."""
    screen.type_into("E-mail", f"{name}@fieldkit.example")
    screen.type_into("Password", PASSWORD)
    screen.tap("Continue")
    screen.sees_heading("Today")


def attach(screen: Screen, file: Path) -> None:
    with screen.page.expect_file_chooser() as chooser:
        screen.tap("^Add photos")
    chooser.value.set_files(str(file))


def history(central: psycopg.Connection, shift_id: UUID) -> list[tuple[str, int]]:
    """The kinds in the audit trail of a shift, with how often each was applied."""
    rows = central.execute(
        "SELECT kind, count(*) FROM audit_entries WHERE record_id = %s GROUP BY kind ORDER BY kind",
        [shift_id],
    )
    return [(str(kind), int(count)) for kind, count in rows]
