"""Requests as the app sent them when the protocol was at version 1: taken in for ever.

A phone that was off for a year sends such bytes. A file here is never changed; a kind whose payload
changes gets its next version, a step in `field_app/domain/upcasts.py`, and one more file.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from field_app.domain.operations import KINDS
from field_app.domain.upcasts import version_of
from tests.support.central import Central
from tests.support.wire_client import WireClient
from tests.wire import ground

GOLDEN = {
    file.stem: json.loads(file.read_text("utf-8"))
    for file in (Path(__file__).parent / "golden").glob("*.json")
}


@pytest.fixture(scope="module", autouse=True)
def events(central: Central) -> None:
    """Everything is as the recorded requests found it."""
    for recorded in GOLDEN.values():
        (operation,) = recorded["request"]["operations"]
        ground.an_event(central, operation["kind"], recorded["given"])


def test_every_version_of_every_kind_was_recorded() -> None:
    sent = [recorded["request"]["operations"][0] for recorded in GOLDEN.values()]

    assert {(each["kind"], each["kind_version"]) for each in sent} == {
        (kind, version) for kind in KINDS for version in range(1, version_of(kind) + 1)
    }


@pytest.mark.parametrize("recorded", GOLDEN.values(), ids=GOLDEN)
def test_what_an_old_app_sends_is_understood(
    devices: dict[str, WireClient], recorded: dict[str, Any]
) -> None:
    device = devices[recorded["who"]]
    headers = device.headers | {"content-type": "application/json"}
    body = json.dumps(recorded["request"])

    answer = device.http.post("/v1/sync", content=body, headers=headers)

    assert answer.status_code == 200, answer.text
    (verdict,) = answer.json()["verdicts"]
    assert {name: verdict[name] for name in recorded["verdict"]} == recorded["verdict"], verdict
