"""What a newer app says to this server: more is passed over, except in what somebody did.

Of an operation nothing may be dropped unread, so one that says more than is known here is refused.
"""

from typing import Any
from uuid import uuid4

import pytest

from tests.support.central import Central
from tests.support.wire_client import WireClient
from tests.wire import ground

KIND = "assignment.accept"
MORE = {"colour": "green"}


@pytest.fixture(scope="module", autouse=True)
def events(central: Central) -> None:
    ground.an_event(central, KIND, {"staff_assignments": "offered"})


@pytest.fixture
def ana(devices: dict[str, WireClient]) -> WireClient:
    return devices["ana"]


def an_operation(device: WireClient) -> dict[str, Any]:
    return device.envelope(KIND, ground.id_of(KIND, "staff_assignments"))


def test_more_in_a_request_is_passed_over(ana: WireClient) -> None:
    sent = {"device_at": "2026-11-23T09:00:00Z", "boot_id": "boot", "monotonic_ms": 1}
    operation = an_operation(ana)

    (verdict,) = ana.sync(
        operation | {"clock": operation["clock"] | MORE},
        sent=sent | MORE,
        health={"pending": 0} | MORE,
        **MORE,
    )["verdicts"]

    assert verdict["status"] == "applied", verdict


def test_more_at_a_sign_in_is_passed_over(ana: WireClient) -> None:
    device = {"id": ana.device_id, "name": "A", "platform": "test", "app_version": "99.0"}
    who = {"email": "nobody@agency.example", "password": "wrong"}

    answer = ana.http.post("/v1/auth/sign-in", json=who | MORE | {"device": device | MORE})

    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_credentials")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (MORE, "malformed"),
        ({"payload": MORE}, "malformed"),
        ({"kind_version": 2}, "unknown_kind"),
        ({"kind": "assignment.dance"}, "unknown_kind"),
    ],
    ids=str,
)
def test_an_operation_that_says_more_is_refused_and_kept_as_it_came(
    ana: WireClient, central: Central, change: dict[str, Any], code: str
) -> None:
    operation = an_operation(ana) | change
    said = {"issue_type": "venue", "description": "It is dark.", "severity": "low"}
    said["event_instance_id"] = str(ground.id_of(KIND, "event_instances"))
    other = ana.envelope("issue.report", uuid4(), said)

    verdicts = ana.perform(operation, other)

    assert (verdicts[0]["status"], verdicts[0]["code"]) == ("refused", code)
    assert verdicts[1]["status"] == "applied", verdicts
    kept = "SELECT envelope FROM sync_operations WHERE operation_id = %s"
    assert central.value(kept, operation["id"]) == operation


def test_another_protocol_is_not_guessed_at(ana: WireClient) -> None:
    answer = ana.post(protocol=2, operations={"of": "another form"})

    assert (answer.status_code, answer.json()["code"]) == (426, "upgrade_required")
