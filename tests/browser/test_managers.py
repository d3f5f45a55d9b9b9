"""What managers do, through a real browser: kits, an event from start to end, and decisions."""

import datetime as dt
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from field_app.domain.serial import label_text
from tests.browser.steps import Window, Wire, attach, history, offer_today, sign_in
from tests.server.booking_system import a_booking, an_event, insert
from tests.support.browser import DESKTOP, Screen
from tests.support.pictures import a_jpeg

pytestmark = pytest.mark.browser


def person(central: psycopg.Connection, name: str) -> Any:
    return value(central, "SELECT id FROM users WHERE name = %s", name)


def value(central: psycopg.Connection, query: str, *parameters: Any) -> Any:
    row = central.execute(query, parameters).fetchone()
    assert row is not None, query
    return row[0]


def book_an_event(central: psycopg.Connection, manager: str, title: str) -> UUID:
    """What the booking system would do: an event that is on now, with one activity."""
    starts_at = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    brand = value(central, "SELECT id FROM organizations WHERE tier = 'client' LIMIT 1")
    event = an_event(
        central,
        booking_id=a_booking(central, organization_id=brand, title=title),
        field_manager_id=person(central, manager),
        location_id=value(central, "SELECT id FROM locations WHERE name LIKE 'Chelsea%%'"),
        date=starts_at.date(),
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(hours=4),
    )
    insert(
        central,
        "activities",
        type="sampling",
        title="Sampling at the door",
        event_instance_id=event,
        status="assigned",
        target_metrics='{"samples": 200}',
    )
    return event


def need_a_kit(central: psycopg.Connection, event: UUID, template: UUID) -> UUID:
    activity = value(central, "SELECT id FROM activities WHERE event_instance_id = %s", event)
    return insert(
        central,
        "activity_kits",
        activity_id=activity,
        event_instance_id=event,
        kit_template_id=template,
        status="needed",
    )


def a_kit(central: psycopg.Connection, serial: str) -> tuple[UUID, UUID]:
    """A new kit of a new kind: its id, and its template's."""
    parts = '[{"name": "Pump", "quantity": 2}, {"name": "Cup", "quantity": 50, "consumable": true}]'
    template = insert(central, "kit_templates", name="Juice bar", components=parts)
    kit = insert(central, "kit_instances", template_id=template, serial_number=serial)
    return kit, template


def enter_serial(screen: Screen, text: str) -> None:
    screen.type_into("Serial number", text)
    screen.page.keyboard.press("Enter")


def test_a_kit_goes_out_and_comes_back_by_its_serial_number(
    window: Window, central: psycopg.Connection, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(a_jpeg(11))
    kit, template = a_kit(central, "JB-0001")
    need = need_a_kit(central, book_an_event(central, "Dana Whitfield", "Juice morning"), template)
    dana = window()
    dana.sign_in("Dana Whitfield")

    dana.go_to("Kits")
    with dana.job("hand a kit out", taps=3):
        enter_serial(dana, "jb 1")
        dana.sees("Hand out JB-0001")
        dana.picture("kit-out-phone-light")
        dana.tap("^Hand out")
        dana.sees("Handed out. Saved on this device")
    with dana.job("take a kit back that is not whole, with a photo", taps=5):
        enter_serial(dana, "JB-0001")
        dana.sees("Return JB-0001")
        dana.tap("One less: Pump")
        dana.type_into("What happened?", "One pump is gone.")
        attach(dana, broken)
        dana.sees("Photo 1")
        dana.picture("kit-back-phone-light")
        dana.tap("^Return")
        dana.sees("Returned. Saved on this device")
    dana.go_to("Sync")
    dana.sees("Everything is synced")

    assert history(central, need) == [("kit.check_out", 1), ("kit.return", 1)]
    assert value(central, "SELECT status FROM kit_instances WHERE id = %s", kit) == "available"
    said = value(central, "SELECT description FROM event_issues WHERE activity_kit_id = %s", need)
    assert "Pump" in said


def test_two_managers_check_one_kit_out_in_flight_mode_and_a_scan_settles_it(
    window: Window, central: psycopg.Connection
) -> None:
    kit, template = a_kit(central, "JB-0002")
    for manager in ("Dana Whitfield", "Luis Ortega"):
        need_a_kit(central, book_an_event(central, manager, f"Juice with {manager}"), template)
    dana, luis = window(), window()
    sign_in(dana, "dana.whitfield")
    sign_in(luis, "luis.ortega")
    for screen in (dana, luis):
        screen.flight_mode(on=True)
        screen.go_to("Kits")
        enter_serial(screen, "JB-0002")
        screen.sees("Hand out JB-0002")
        screen.tap("^Hand out")
        screen.sees("Handed out. Saved on this device")
    enter_serial(dana, "JB-0002")  # she knows nothing of Luis, and gives it back
    dana.sees("Return JB-0002")
    dana.tap("^Return")
    dana.sees("Returned. Saved on this device")

    for screen in (luis, dana):
        screen.flight_mode(on=False)
        screen.go_to("Sync")
        screen.sees("Everything is synced")
    luis.go_to("Kits")
    luis.sees("JB-0002[\\s\\S]*Disputed")
    luis.picture("disputed-phone-light")
    dana.open("/exceptions")
    dana.sees("Two people say they have this kit\\s+JB-0002")
    assert value(central, "SELECT disputed FROM kit_instances WHERE id = %s", kit) is True

    with luis.job("take a kit back", taps=3):
        enter_serial(luis, label_text("JB-0002"))
        luis.sees("Return JB-0002")
        luis.tap("^Return")
        luis.sees("Returned. Saved on this device")
    luis.go_to("Sync")
    luis.sees("Everything is synced")

    dana.does_not_see("Two people say they have this kit\\s+JB-0002")
    assert value(central, "SELECT disputed FROM kit_instances WHERE id = %s", kit) is False
    query = "SELECT decision, count(*) FROM review_items WHERE flag = %s GROUP BY decision"
    decided = central.execute(query, ["custody_disputed"]).fetchall()
    assert ("settled_by_scan", 2) in decided


def test_an_event_runs_from_its_start_to_its_completion(
    window: Window, wire: Wire, central: psycopg.Connection
) -> None:
    event = book_an_event(central, "Dana Whitfield", "Night market")
    dana = window(DESKTOP)
    dana.sign_in("Dana Whitfield")
    dana.open(f"/event/{event}")
    dana.tap("^Start the event")
    dana.sees("Start the event\\?")
    dana.confirm("^Start the event$")
    dana.sees("Complete the event")
    dana.tap("^Offer a shift")
    dana.type_into("Who?", "omar")
    dana.sees_choices(4)  # Omar and three parts to play: the list has answered the typing
    dana.choose("Omar Haddad")
    dana.tap("^Offer$", until="Omar Haddad[\\s\\S]*Offer")

    omar = wire("omar.haddad")
    omar.sync_all()
    (shift,) = [s for s in omar.rows("staff_assignments") if s["event_instance_id"] == str(event)]
    omar.perform(omar.envelope("assignment.accept", shift["id"]))
    omar.perform(omar.envelope("assignment.check_in", shift["id"], {"fallback": "pin"}))
    dana.sees("Omar Haddad[\\s\\S]*In \\d\\d:\\d\\d")
    dana.tap("^Start$")
    dana.tap("^Yes")
    dana.tap("^Count")
    dana.type_into("Samples: how many more?", "150")
    dana.tap("^Add")
    dana.sees("150 of 200")
    dana.picture("event-desktop-light")
    dana.scroll_up()
    dana.tap("^Complete the event")
    dana.sees("1 person has not checked out")
    dana.confirm("^Complete the event$")
    dana.sees("Completed")
    dana.go_to("Sync")
    dana.sees("Everything is synced")

    steps = central.execute(
        "SELECT from_state, to_state FROM event_state_transitions "
        "WHERE event_instance_id = %s ORDER BY created_at",
        [event],
    ).fetchall()
    assert steps[-2:] == [("scheduled", "in_progress"), ("in_progress", "completed")]
    counted = "SELECT actual_metrics->>'samples' FROM activities WHERE event_instance_id = %s"
    assert float(value(central, counted, event)) == 150


def test_a_contested_no_show_is_decided_in_the_inbox(
    window: Window, wire: Wire, central: psycopg.Connection
) -> None:
    dana_wire = wire("dana.whitfield")
    shift_id = offer_today(dana_wire, "Devin Park")
    devin = window(position=None)
    sign_in(devin, "devin.park")
    devin.go_to("Offers")
    devin.tap("^Accept")
    devin.tap("^Confirm")
    devin.sees("No offers waiting")
    devin.flight_mode(on=True)
    devin.go_to("Today")
    devin.tap("^Check in")
    devin.choose("No proof")
    devin.tap("^Confirm")
    devin.sees("Checked in. Saved on this device")
    dana_wire.sync_all()
    verdicts = dana_wire.perform(dana_wire.envelope("assignment.no_show", shift_id))
    assert verdicts[0]["status"] == "applied", verdicts
    devin.flight_mode(on=False)
    devin.go_to("Sync")
    devin.sees("Everything is synced")

    item = value(
        central,
        "SELECT id FROM review_items WHERE target_id = %s AND flag = 'no_show_contested'",
        shift_id,
    )
    dana = window(DESKTOP)
    dana.sign_in("Dana Whitfield")
    dana.open(f"/exceptions/{item}")
    dana.sees("Says they were there")
    dana.sees("Gave no proof of place")
    dana.picture("inbox-desktop-light")
    dana.page.keyboard.press("Enter")
    dana.type_into("Why?", "The guard at the door saw him")
    dana.tap("^Decide")
    dana.sees("Decided. Saved on this device")
    dana.go_to("Sync")
    dana.sees("Everything is synced")

    query = "SELECT status FROM staff_assignments WHERE id = %s"
    assert value(central, query, shift_id) == "checked_in"
    decided = "SELECT decision, reason FROM review_items WHERE id = %s"
    assert central.execute(decided, [item]).fetchone() == (
        "believe",
        "The guard at the door saw him",
    )
    assert ("assignment.no_show", 1) in history(central, shift_id)
