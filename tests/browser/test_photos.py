"""Photos through a real browser: picked from files, kept over a kill, whole at the office."""

import hashlib
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.browser.steps import Window, Wire, attach, offer_today, sign_in
from tests.support.app import running_app
from tests.support.browser import DESKTOP
from tests.support.demo import Demo
from tests.support.pictures import a_bomb, a_jpeg
from tests.support.proxy import cutting_beside

CUT_AFTER = 50_000
"""Bytes that go up before a connection breaks; each of the photos has more."""

pytestmark = pytest.mark.browser


def test_three_photos_from_a_cellar_reach_the_office_whole_over_a_link_that_breaks(
    window: Window, wire: Wire, demo: Demo, central: psycopg.Connection, tmp_path: Path
) -> None:
    files = [tmp_path / f"{number}.jpg" for number in range(3)]
    for number, file in enumerate(files):
        file.write_bytes(a_jpeg(number, 300 + number))
    as_in_the_demo = demo.child("field_app.main").environ()
    with (
        cutting_beside(demo.server_url, CUT_AFTER) as (proxy, bad_link),
        running_app(bad_link, tmp_path / "phone", as_in_the_demo) as app,
    ):
        luis = window(url=app.url)
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
        luis.sees("Reported. Saved on this device")

        app.kill()
        app.start()
        luis.open("/sync")
        luis.sees("Photos, not yet at the office .3.")
        luis.flight_mode(on=False)
        luis.go_to("Sync")
        luis.sees("Everything is synced", patience_s=90)
        stored_here = {
            path.stem: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in (tmp_path / "phone").glob("browsers/*/photos/*.jpg")
            if ".thumb" not in path.name
        }
    assert proxy.cuts >= 3, "the link was not bad"

    desk = window(DESKTOP)
    sign_in(desk, "luis.ortega")
    desk.go_to("Issues")
    desk.tap("^The fridge leaks")
    desk.sees("3 of 3 photos at the office")
    desk.tap("^Photo 1")
    desk.sees("Close")
    desk.picture("issue-photo-desktop-light")
    rows = central.execute(
        """SELECT p.sha256, p.uploaded_at > o.received_at AT TIME ZONE 'UTC', i.photo_urls
        FROM issue_photos p JOIN event_issues i ON i.id = p.issue_id
        JOIN audit_entries o ON o.record_id = i.id AND o.kind = 'issue.report'
        WHERE i.description = 'The fridge leaks' AND p.state = 'stored'"""
    ).fetchall()
    assert [came_after_the_text for _, came_after_the_text, _ in rows] == [True] * 3
    assert sorted(rows[0][2]) == sorted(f"/v1/photos/{sha256}" for sha256, _, _ in rows)
    assert {sha256: sha256 for sha256, _, _ in rows} == stored_here
    manager = wire("luis.ortega")
    for sha256, _, _ in rows:
        answer = httpx.get(f"{demo.server_url}/v1/photos/{sha256}", headers=manager.headers)
        assert hashlib.sha256(answer.content).hexdigest() == sha256


def test_a_photo_from_the_camera_is_proof_where_there_is_no_position(
    window: Window, wire: Wire, demo: Demo, central: psycopg.Connection
) -> None:
    shift = offer_today(wire("dana.whitfield"), "Jalen Brooks")
    jalen = window(position=None, camera=True)
    sign_in(jalen, "jalen.brooks")
    jalen.go_to("Offers")
    jalen.tap("^Accept")
    jalen.sees("Accept this shift")
    jalen.tap("^Confirm")
    jalen.sees("Saved on this device")
    jalen.open(f"/shift/{shift}")
    jalen.tap("^Check in")
    jalen.choose("^A photo taken here")
    jalen.tap("^Camera")
    jalen.sees("Hold it steady")
    jalen.tap("^Take photo")
    jalen.sees("Photo 1")
    jalen.picture("check-in-photo-phone-light")
    jalen.tap("^Confirm")
    jalen.sees("Checked in. Saved on this device")
    jalen.open("/sync")
    jalen.sees("Everything is synced")
    query = "SELECT location_at_check_in->>'photo' FROM staff_assignments WHERE id = %s"
    (name,) = central.execute(query, [shift]).fetchone() or ("",)
    dana = wire("dana.whitfield")
    proof = httpx.get(f"{demo.server_url}/v1/photos/{name}", headers=dana.headers)
    assert hashlib.sha256(proof.content).hexdigest() == name


NO_PICTURES = {
    "This is a HEIC picture": b"\x00\x00\x00\x18ftypheic" + bytes(60),
    "This picture is damaged": a_jpeg(7)[:-300],
    "This file is no JPEG or PNG picture": b"just text",
    "This picture is too large": a_bomb(),
}


def test_what_is_no_picture_is_said_and_the_report_still_goes(
    window: Window, wire: Wire, tmp_path: Path
) -> None:
    file = tmp_path / "photo.jpg"
    dana = window()
    dana.sign_in("Dana Whitfield")
    dana.go_to("Issues")
    with dana.job("report a problem with a photo", taps=5):
        dana.tap("^Report a problem")
        dana.choose("^Something else")
        dana.type_into("What happened?", "No picture")
        before = dana.taps
        for sentence, content in NO_PICTURES.items():
            dana.taps = before  # one is a job; the others are only tried too
            file.write_bytes(content)
            attach(dana, file)
            dana.sees(sentence)
        dana.tap("^Send")
        dana.sees("Reported. Saved on this device")
    dana.go_to("Sync")
    dana.sees("Everything is synced")
    office = wire("dana.whitfield")
    office.sync_all()
    assert "No picture" in {issue["description"] for issue in office.rows("event_issues")}
