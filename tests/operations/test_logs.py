"""What a server process writes down of its requests, and what it never does."""

import httpx

from tests.operations.served import serve
from tests.support.central import PASSWORD, Central
from tests.support.wire_client import WireClient


def test_each_request_is_one_json_line_without_what_people_are_or_wrote(
    database_url: str, central: Central
) -> None:
    ana = central.a_person("Ana")
    with serve(database_url, FIELD_LOG_FORMAT="json") as served:
        with httpx.Client(base_url=served.url, timeout=30) as http:
            device = WireClient(http, central.emails[ana], PASSWORD)
            operation = device.envelope("assignment.reject", device.device_id, {"reason": "canary"})
            device.perform(operation)
            given = {"x-request-id": "load-balancer.1"}
            answered = http.get("/v1/me", headers=device.headers | given)
            http.get("/photos-of/canary", headers={"x-request-id": "no\tid"})
        served.process.terminate()
        served.process.wait(timeout=60)

    told = [line for line in served.lines if line["event"] == "request"]
    sync = next(line for line in told if line["route"] == "/v1/sync")
    me = next(line for line in told if line["route"] == "/v1/me")
    assert len(served.lines) == served.text.count("\n")
    assert (sync["method"], sync["status"], sync["device"]) == ("POST", 200, device.device_id)
    assert sync["refused"] == [operation["id"]]
    assert me["request_id"] == answered.headers["x-request-id"] == "load-balancer.1"
    assert told[-1]["route"] == "none"
    assert told[-1]["request_id"].isalnum()
    for secret in ("canary", device.token, central.emails[ana], PASSWORD):
        assert secret not in served.text


def test_lines_are_for_people_where_text_is_asked_for(database_url: str) -> None:
    with serve(database_url, FIELD_LOG_FORMAT="text") as served:
        served.process.terminate()
        served.process.wait(timeout=60)

    assert served.lines == []
    assert "serving" in served.text
    assert "stopped" in served.text
