"""A problem reported in a cellar, through a real browser, until its manager has settled it."""

import psycopg
import pytest

from tests.browser.steps import Window, Wire, offer_today, sign_in
from tests.support.browser import DESKTOP
from tests.support.demo import Demo

pytestmark = pytest.mark.browser


def test_a_report_from_a_cellar_survives_a_kill_and_is_followed_up(
    window: Window, wire: Wire, demo: Demo, central: psycopg.Connection
) -> None:
    shift_id = offer_today(wire("dana.whitfield"), "Omar Haddad")
    omar_wire = wire("omar.haddad")
    omar_wire.perform(omar_wire.envelope("assignment.accept", shift_id))
    omar = window()
    sign_in(omar, "omar.haddad")
    omar.flight_mode(on=True)

    omar.go_to("Issues")
    omar.tap("^Report a problem")
    omar.choose("^Safety")
    omar.type_into("What happened?", "Water on the cellar stairs")
    omar.choose("^Critical")
    omar.picture("issue-report-phone-light")
    omar.tap("^Send")
    omar.sees("Reported. Saved on this device")
    demo.kill("field_app.main")
    demo.await_app()
    omar.open("/issues")
    omar.sees("Water on the cellar stairs")
    omar.flight_mode(on=False)
    omar.go_to("Sync")
    omar.sees("Everything is synced")

    dana = window(DESKTOP)
    dana.sign_in("Dana Whitfield")
    dana.go_to("Issues")
    dana.tap("^Water on the cellar stairs")
    dana.tap("^I take care of it")
    dana.sees("Taken on by Dana Whitfield")
    dana.picture("issue-desktop-light")
    dana.tap("^Resolve")
    dana.type_into("What was done?", "Mopped up")
    dana.tap("^Resolve$")
    dana.sees("Mopped up")
    dana.go_to("Sync")
    dana.sees("Everything is synced")

    query = """SELECT i.status, i.resolution, e.status FROM event_issues i
        JOIN event_instances e ON e.id = i.event_instance_id WHERE i.description LIKE 'Water%'"""
    assert central.execute(query).fetchall() == [("resolved", "Mopped up", "in_progress")]
