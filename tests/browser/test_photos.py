"""Photos through a real browser: picked from files, kept over a kill, whole at the office."""

import hashlib
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.browser.steps import Window, Wire, offer_today, sign_in
from tests.support.browser import DESKTOP, Screen
from tests.support.demo import Demo
from tests.support.pictures import a_jpeg

pytestmark = pytest.mark.browser


def attach(screen: Screen, file: Path) -> None:
    with screen.page.expect_file_chooser() as chooser:
        screen.tap("^Add photos")
    chooser.value.set_files(str(file))


def test_three_photos_from_a_cellar_reach_the_office_whole(
    window: Window, wire: Wire, demo: Demo, central: psycopg.Connection, tmp_path: Path
) -> None:
    shift_id = offer_today(wire("dana.whitfield"), "Grace Kim")
    grace_wire = wire("grace.kim")
    grace_wire.perform(grace_wire.envelope("assignment.accept", shift_id))
    files = [tmp_path / f"{number}.jpg" for number in range(3)]
    for number, file in enumerate(files):
        file.write_bytes(a_jpeg(number, 300 + number))
    grace = window()
    sign_in(grace, "grace.kim")
    grace.flight_mode(on=True)
    grace.go_to("Issues")
    grace.tap("^Report a problem")
    grace.choose("^Equipment")
    grace.type_into("What happened?", "The fridge leaks")
    for number, file in enumerate(files, start=1):
        attach(grace, file)
        grace.sees(f"Photo {number}")
    grace.picture("report-photos-phone-light")
    grace.tap("^Send")
    grace.sees("Reported. Saved on this phone")

    demo.kill("field_app.main")
    demo.await_app()
    grace.open("/sync")
    grace.sees("Photos, not yet at the office .3.")
    grace.flight_mode(on=False)
    grace.go_to("Sync")
    grace.sees("Everything is synced")

    dana = window(DESKTOP)
    dana.sign_in("Dana Whitfield")
    dana.go_to("Issues")
    dana.tap("^The fridge leaks")
    dana.sees("3 of 3 photos at the office")
    dana.tap("^Photo 1")
    dana.sees("Close")
    dana.picture("issue-photo-desktop-light")
    rows = central.execute(
        """SELECT p.sha256, p.state, i.photo_urls FROM issue_photos p
        JOIN event_issues i ON i.id = p.issue_id WHERE i.description = 'The fridge leaks'"""
    ).fetchall()
    assert [state for _, state, _ in rows] == ["stored"] * 3
    assert sorted(rows[0][2]) == sorted(f"/v1/photos/{sha256}" for sha256, _, _ in rows)
    manager = wire("dana.whitfield")
    for sha256, _, _ in rows:
        answer = httpx.get(f"{demo.server_url}/v1/photos/{sha256}", headers=manager.headers)
        assert hashlib.sha256(answer.content).hexdigest() == sha256


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\x00\x00\x00\x18ftypheic" + bytes(60), "This is a HEIC picture"),
        (a_jpeg(7)[:-300], "This picture is damaged"),
        (b"just text", "This file is no JPEG or PNG picture"),
    ],
    ids=["heic", "truncated", "text"],
)
def test_what_is_no_picture_is_said_and_the_report_still_goes(
    window: Window, wire: Wire, tmp_path: Path, content: bytes, sentence: str
) -> None:
    manager = wire("dana.whitfield")
    manager.sync_all()
    file = tmp_path / "photo.jpg"
    file.write_bytes(content)
    dana = window()
    dana.sign_in("Dana Whitfield")
    dana.go_to("Issues")
    dana.tap("^Report a problem")
    dana.choose("^Something else")
    dana.type_into("What happened?", f"No picture: {sentence}")
    attach(dana, file)
    dana.sees(sentence)
    dana.tap("^Send")
    dana.sees("Reported. Saved on this phone")
