"""Photos through a real browser: picked from files, kept over a kill, whole at the office."""

import hashlib
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.browser.steps import Window, Wire, sign_in
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
    files = [tmp_path / f"{number}.jpg" for number in range(3)]
    for number, file in enumerate(files):
        file.write_bytes(a_jpeg(number, 300 + number))
    luis = window()
    sign_in(luis, "luis.ortega")
    luis.flight_mode(on=True)
    luis.go_to("Issues")
    luis.tap("^Report a problem")
    luis.choose("^Equipment")
    luis.type_into("What happened?", "The fridge leaks")
    for number, file in enumerate(files, start=1):
        attach(luis, file)
        luis.sees(f"Photo {number}")
    luis.picture("report-photos-phone-light")
    luis.tap("^Send")
    luis.sees("Reported. Saved on this phone")

    demo.kill("field_app.main")
    demo.await_app()
    luis.open("/sync")
    luis.sees("Photos, not yet at the office .3.")
    luis.flight_mode(on=False)
    luis.go_to("Sync")
    luis.sees("Everything is synced")

    desk = window(DESKTOP)
    sign_in(desk, "luis.ortega")
    desk.go_to("Issues")
    desk.tap("^The fridge leaks")
    desk.sees("3 of 3 photos at the office")
    desk.tap("^Photo 1")
    desk.sees("Close")
    desk.picture("issue-photo-desktop-light")
    rows = central.execute(
        """SELECT p.sha256, p.state, i.photo_urls FROM issue_photos p
        JOIN event_issues i ON i.id = p.issue_id WHERE i.description = 'The fridge leaks'"""
    ).fetchall()
    assert [state for _, state, _ in rows] == ["stored"] * 3
    assert sorted(rows[0][2]) == sorted(f"/v1/photos/{sha256}" for sha256, _, _ in rows)
    manager = wire("luis.ortega")
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
