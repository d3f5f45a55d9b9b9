"""What Prometheus is told, who may ask, and that nothing in it can be named by a client."""

import re
from uuid import uuid4

import httpx
import pytest

from tests.support.central import PASSWORD, Central
from tests.support.sync_server import serving
from tests.support.wire_client import WireClient

UUID_LIKE = re.compile("[0-9a-f]{8}-[0-9a-f]{4}")


def test_a_hostile_session_leaves_nothing_of_its_own_in_labels(
    database_url: str, central: Central
) -> None:
    ana = central.a_person("Ana")
    with serving(database_url) as url, httpx.Client(base_url=url, timeout=30) as http:
        device = WireClient(http, central.emails[ana], PASSWORD)
        device.sync(device.envelope("made.up.canary", uuid4()))
        for path in (f"/v1/photos/{uuid4()}", f"/v1/devices/{uuid4()}", f"/canary/{uuid4()}"):
            http.request("CANARY", path, headers=device.headers)
            http.get(path, headers=device.headers)
        page = http.get("/metrics").text

    assert 'fieldkit_verdicts_total{code="unknown_kind",status="refused"} 1.0' in page
    assert 'route="/v1/sync",status="200"' in page
    assert not UUID_LIKE.search(page)
    assert "canary" not in page.lower()


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded"])
def test_metrics_are_not_for_whoever_comes_through_a_proxy(database_url: str, header: str) -> None:
    with serving(database_url) as url:
        assert httpx.get(f"{url}/metrics").status_code == 200
        assert httpx.get(f"{url}/metrics", headers={header: "127.0.0.1"}).status_code == 404


def test_with_a_token_metrics_are_for_whoever_has_it(database_url: str) -> None:
    with serving(database_url, metrics_token="right") as url:
        wrong = {"authorization": "Bearer wrong"}
        right = {"authorization": "Bearer right", "x-forwarded-for": "192.0.2.1"}

        assert httpx.get(f"{url}/metrics").status_code == 404
        assert httpx.get(f"{url}/metrics", headers=wrong).status_code == 404
        assert httpx.get(f"{url}/metrics", headers=right).status_code == 200


def test_rows_are_counted_as_they_are_sent(database_url: str, central: Central) -> None:
    ana = central.a_person("Ana")
    central.a_shift(central.an_event(), ana)
    with serving(database_url) as url, httpx.Client(base_url=url, timeout=30) as http:
        device = WireClient(http, central.emails[ana], PASSWORD)
        device.sync_all()
        sent = sum(len(rows) for rows in device.mirror.values())
        first = http.get("/metrics").text
        device.sync_all()
        nothing_new = http.get("/metrics").text

    assert sent > 0
    assert f"\nfieldkit_sync_rows_total {sent:.1f}\n" in first
    assert f"\nfieldkit_sync_rows_total {sent:.1f}\n" in nothing_new


def test_sign_ins_are_counted_by_how_they_went(database_url: str, central: Central) -> None:
    email = central.emails[central.a_person("Ana")]
    client = central.emails[central.a_person("Cleo", "client")]
    gone = central.emails[central.a_person("Gone", status="inactive")]
    with (
        serving(database_url, sign_in_tries=2) as url,
        httpx.Client(base_url=url, timeout=30) as http,
    ):
        device = WireClient(http, email, PASSWORD)
        for who in (client, gone):
            device.sign_in(who, PASSWORD)
        for _ in range(3):
            device.sign_in("nobody@agency.example", "wrong")
        page = http.get("/metrics").text

    counted = dict(re.findall(r'fieldkit_sign_ins_total\{outcome="(\w+)"\} ([\d.]+)', page))
    assert counted == {
        "ok": "1.0",
        "no_field_access": "1.0",
        "deactivated": "1.0",
        "wrong_credentials": "2.0",
        "too_many_tries": "1.0",
    }
