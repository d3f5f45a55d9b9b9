"""A shift through a real browser: online, offline with kills, refused, and watched live."""

import psycopg
import pytest

from tests.browser.steps import Window, Wire, history, offer_today, sign_in
from tests.support.browser import DESKTOP
from tests.support.demo import Demo

pytestmark = pytest.mark.browser


def test_ana_accepts_checks_in_and_checks_out(window: Window) -> None:
    ana = window()
    ana.sign_in("Ana Castillo")
    ana.picture("today-phone-light")

    ana.go_to("Offers")
    with ana.job("accept an offer", taps=2):
        ana.tap("^Accept")
        ana.sees("Accept this shift")
        ana.tap("^Confirm")
        ana.sees("Saved on this device")
    ana.go_to("Today")
    with ana.job("check in", taps=2):
        ana.tap("^Check in")
        ana.sees("You are at Chelsea Market")
        ana.picture("check-in-phone-light")
        ana.tap("^Confirm")
        ana.sees("^Checked in")
    with ana.job("check out", taps=2):
        ana.tap("^Check out")
        ana.tap("^Confirm")
    ana.go_to("Sync")

    for done in ("Offer accepted", "Check-in", "Check-out"):
        ana.sees(done)
    ana.sees("Everything is synced")
    ana.picture("sync-phone-light")


def test_a_whole_shift_offline_survives_a_killed_app_and_arrives_once(
    window: Window, wire: Wire, demo: Demo, central: psycopg.Connection
) -> None:
    shift_id = offer_today(wire("dana.whitfield"), "Imani Cole")
    imani = window()
    sign_in(imani, "imani.cole")
    imani.flight_mode(on=True)

    imani.go_to("Offers")
    imani.tap("^Accept")
    imani.sees("not booked yet")
    imani.tap("^Confirm")
    imani.go_to("Today")
    imani.tap("^Check in")
    imani.tap("^Confirm")
    imani.sees("Checked in. Saved on this device")
    imani.tap("^Check out")
    imani.tap("^Confirm")
    imani.sees("Checked out. Saved on this device")
    demo.kill("field_app.main")
    demo.await_app()
    imani.open("/sync")

    imani.sees("Flight mode is on")
    imani.picture("offline-phone-light")
    imani.sees("not yet at the office .3.")
    imani.sees("Saved on this device")
    assert history(central, shift_id) == [("assignment.offer", 1)]

    imani.flight_mode(on=False)
    imani.go_to("Sync")
    imani.sees("Everything is synced")

    assert history(central, shift_id) == [
        ("assignment.accept", 1),
        ("assignment.check_in", 1),
        ("assignment.check_out", 1),
        ("assignment.offer", 1),
    ]


def test_an_offer_withdrawn_meanwhile_is_refused_with_its_story_until_dismissed(
    window: Window, wire: Wire
) -> None:
    dana = wire("dana.whitfield")
    shift_id = offer_today(dana, "Rafael Duarte")
    rafael = window()
    sign_in(rafael, "rafael.duarte")
    rafael.flight_mode(on=True)
    rafael.go_to("Offers")
    rafael.tap("^Accept")
    rafael.tap("^Confirm")
    rafael.does_not_see("^Accept this shift")

    withdraw = dana.envelope("assignment.withdraw", shift_id, {"reason": "Enough people"})
    assert dana.perform(withdraw)[0]["status"] == "applied"
    rafael.flight_mode(on=False)

    rafael.go_to("Today")
    rafael.sees("The offer was withdrawn. You are not booked.")
    rafael.sees(r"Withdrawn \d\d:\d\d\. Your tap at \d\d:\d\d reached us at \d\d:\d\d")
    rafael.sees("Needs attention")
    rafael.picture("refused-phone-light")
    rafael.open()
    rafael.sees("The offer was withdrawn. You are not booked.")
    rafael.tap("^Dismiss")
    rafael.does_not_see("You are not booked")


def test_dana_sees_a_check_in_without_touching_anything(window: Window, wire: Wire) -> None:
    shift_id = offer_today(wire("dana.whitfield"), "Grace Kim")
    dana = window(DESKTOP)
    dana.sign_in("Dana Whitfield")
    dana.sees("Grace Kim")
    grace = wire("grace.kim")

    grace.perform(grace.envelope("assignment.accept", shift_id))
    grace.perform(grace.envelope("assignment.check_in", shift_id, {"fallback": "pin"}))

    dana.sees(r"Grace Kim[\s\S]*In \d\d:\d\d")
    dana.picture("roster-desktop-light")


def test_killing_server_and_database_loses_nothing(
    window: Window, wire: Wire, demo: Demo, central: psycopg.Connection
) -> None:
    shift_id = offer_today(wire("dana.whitfield"), "Tomas Vega")
    tomas = window()
    sign_in(tomas, "tomas.vega")
    tomas.go_to("Offers")
    demo.kill("server_stub.cli")
    tomas.tap("^Accept")
    tomas.tap("^Confirm")
    tomas.sees("Saved on this device")
    demo.kill("postgres")

    tomas.go_to("Today")
    tomas.tap("^Check in")
    tomas.tap("^Confirm")
    tomas.go_to("Sync")
    tomas.tap("^Sync now")
    tomas.sees("Everything is synced")

    with psycopg.connect(demo.database_url) as again:
        assert history(again, shift_id) == [
            ("assignment.accept", 1),
            ("assignment.check_in", 1),
            ("assignment.offer", 1),
        ]


def test_a_page_that_loses_the_app_goes_on_in_the_middle_of_a_report(
    window: Window, demo: Demo, central: psycopg.Connection
) -> None:
    dana = window()
    dana.sign_in("Dana Whitfield")
    dana.go_to("Issues")
    dana.tap("^Report a problem")
    dana.type_into("What happened?", "The awning is torn")

    for _ in range(2):
        dana.lose_the_app()
        dana.sees("How bad is it")
    dana.choose("^Venue")
    dana.tap("^Send")
    dana.sees("Reported. Saved on this device")
    dana.does_not_see("How bad is it")
    dana.go_to("Sync")
    dana.sees("Everything is synced")
    said = "SELECT count(*) FROM event_issues WHERE description = 'The awning is torn'"
    assert central.execute(said).fetchone() == (1,)

    dana.go_to("Issues")
    dana.tap("^Report a problem")
    dana.sees("How bad is it")
    demo.kill("field_app.main")
    dana.does_not_see("How bad is it", patience_s=60)
    dana.go_to("Kits")
