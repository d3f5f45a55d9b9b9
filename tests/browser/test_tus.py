"""The stock tus client of the web, unchanged, in a real browser against the real server."""

import base64
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser

from tests.browser.steps import Wire
from tests.support.demo import Demo
from tests.support.pictures import a_jpeg, sha256

pytestmark = pytest.mark.browser

TUS = Path(__file__).parent / "vendor" / "tus-js-client-4.3.1" / "tus.min.js"
UPLOAD = """([picture, sha256, headers, stopAfter]) => new Promise((done, fail) => {
  const bytes = Uint8Array.from(atob(picture), each => each.charCodeAt(0));
  const upload = new tus.Upload(new Blob([bytes]), {
    endpoint: "/v1/photos", headers, metadata: { sha256 }, chunkSize: 8192,
    onError: fail,
    onChunkComplete: (size, accepted) => {
      if (stopAfter && accepted >= stopAfter) upload.abort().then(() => done(accepted));
    },
    onSuccess: () => done(bytes.length),
  });
  upload.start();
})"""


def test_tus_js_client_uploads_in_pieces_and_goes_on_after_a_break(
    browser: Browser, demo: Demo, wire: Wire, central: psycopg.Connection
) -> None:
    picture = a_jpeg(41, edge=300)
    phone = wire("luis.ortega")
    issue, report = uuid4(), _a_report(central, picture)
    (verdict,) = phone.perform(phone.envelope("issue.report", issue, report))
    assert verdict["status"] == "applied", verdict
    page = browser.new_page(bypass_csp=True)  # a site of somebody else would bring its own rules
    page.goto(f"{demo.server_url}/healthz")
    page.add_script_tag(path=TUS)
    encoded = base64.b64encode(picture).decode()
    name, headers = sha256(picture), phone.headers

    stopped = page.evaluate(UPLOAD, [encoded, name, headers, 16_000])
    stands = httpx.head(f"{demo.server_url}/v1/photos/{name}", headers=headers)
    finished = page.evaluate(UPLOAD, [encoded, name, headers, None])
    page.close()

    assert 16_000 <= stopped < len(picture)
    assert int(stands.headers["upload-offset"]) == stopped
    assert finished == len(picture)
    answer = httpx.get(f"{demo.server_url}/v1/photos/{name}", headers=headers)
    assert answer.content == picture


def _a_report(central: psycopg.Connection, picture: bytes) -> dict[str, object]:
    """Of something low at an event that the reporter runs."""
    row = central.execute(
        """SELECT m.event_instance_id FROM event_team_members m
        JOIN users u ON u.id = m.user_id WHERE u.email = 'luis.ortega@fieldkit.example' LIMIT 1"""
    ).fetchone()
    assert row is not None
    return {
        "event_instance_id": str(row[0]),
        "issue_type": "other",
        "description": "Seen from the office",
        "severity": "low",
        "photos": [{"sha256": sha256(picture), "bytes": len(picture)}],
    }
