"""Numbers that no column holds, and text that no database does, anywhere in an operation.

A server that fails on one of them would fail again with every try, and keep the rest of that
phone's work waiting behind it.
"""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from field_app.domain.operations import OPERATION
from tests.security.ground import Ground
from tests.security.kinds import PAYLOADS
from tests.support.wire_client import WireClient, now

Path = tuple[str | int, ...]
FENCE = {"latitude": 40.7, "longitude": -74.0, "radius_m": 150}
PLAN = {"fence": FENCE, "starts_at": now(), "ends_at": now()}
FIX = {"latitude": 40.7, "longitude": -74.0, "accuracy_m": 5, "captured_at": now()}
PHOTO = {"sha256": "c" * 64, "bytes": 7}
PUNCH = {"location": FIX, "plan_seen": PLAN, "photo": PHOTO}

TOO_MUCH = [2**31, 2**63, 2**64, -(2**63) - 1, 10**400, 1e308, -1e308, 5e-324]
NO_NUMBERS = [True, "NaN", "-Infinity", "1e400", [], {}]
UNSTORABLE = ["a\x00b", "\ud800", "a\udc00b", "long" * 500]


def leaves(value: Any, at: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Everything in a message that is no object and no list, and where."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for name, inner in items:
            yield from leaves(inner, (*at, name))
    else:
        yield at, value


def put(message: Any, at: Path, value: object) -> Any:
    changed = json.loads(json.dumps(message))
    inner = changed
    for name in at[:-1]:
        inner = inner[name]
    inner[at[-1]] = value
    return changed


def numeric_names(schema: Any) -> set[str]:
    """Names of fields that hold a number, anywhere in a JSON schema."""
    found: set[str] = set()
    for definition in schema["$defs"].values():
        for name, field in definition.get("properties", {}).items():
            kinds = {each.get("type") for each in (field, *field.get("anyOf", ()))}
            if kinds & {"integer", "number"}:
                found.add(name)
    return found


def operations(phone: WireClient, ground: Ground) -> list[dict[str, Any]]:
    """Of these, every number that an operation can hold is in one."""
    rows = ground.rows["hers"]
    event = {"event_instance_id": str(rows["event_instances"])}
    photos = {"photos": [PHOTO]}
    return [
        phone.envelope("assignment.check_in", rows["staff_assignments"], PUNCH),
        phone.envelope("assignment.check_out", rows["staff_assignments"], PUNCH),
        phone.envelope("issue.report", uuid4(), PAYLOADS["issue.report"] | event | photos),
        phone.envelope("issue.add_photo", rows["event_issues"], {"photo": PHOTO}),
    ]


@pytest.fixture
def ana(ground: Ground) -> WireClient:
    return ground.sign_in("ana")


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def test_the_operations_tried_hold_every_number_there_is(ground: Ground, ana: WireClient) -> None:
    tried = {
        str(at[-1]) for one in operations(ana, ground) for at, v in leaves(one) if is_number(v)
    }

    assert numeric_names(OPERATION.json_schema()) <= tried


def hostile(one: dict[str, Any]) -> Iterator[dict[str, Any]]:
    places = [(*inside, name) for inside in ((), ("clock",), ("payload",)) for name in UNSTORABLE]
    odd = [(at, 1) for at in places]
    for at, value in leaves(one):
        values = [*TOO_MUCH, *NO_NUMBERS] if is_number(value) else [*UNSTORABLE, 7, 2**64, None]
        odd += [(at, each) for each in values]
    for at, each in odd:
        yield put(one | {"id": str(uuid4())}, at, each)


def test_no_number_and_no_text_in_an_operation_is_a_fault_or_in_the_way(
    ground: Ground, ana: WireClient
) -> None:
    messages = [each for one in operations(ana, ground) for each in hostile(one)]
    verdicts: list[dict[str, Any]] = []
    for first in range(0, len(messages), 99):
        batch = messages[first : first + 99]
        answer = ana.post(*batch)
        assert answer.status_code == 200, answer.text
        verdicts += answer.json()["verdicts"]
    (whole,) = ana.perform(operations(ana, ground)[2])

    assert len(verdicts) == len(messages)
    assert {v["status"] for v in verdicts} <= {"refused", "applied", "noop"}
    assert {v["code"] for v in verdicts if v["status"] == "refused"} >= {"malformed"}
    said = [v["message"] for v in verdicts if v["status"] == "refused"]
    assert all(0 < len(each) < 1000 for each in said), "in words, and in few"
    assert whole["status"] == "applied"
    assert ground.central.value("SELECT count(*) FROM sync_operations WHERE attempts > 0") == 0


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e400", "-1e999"])
def test_what_is_no_finite_number_is_refused_at_the_door_wherever_it_stands(
    ground: Ground, ana: WireClient, literal: str
) -> None:
    one = operations(ana, ground)[0]
    body = {"protocol": 1, "app_version": "1", "operations": [one]}
    body |= {"sent": {"device_at": now(), "boot_id": "b", "monotonic_ms": 1}}
    for at in [at for at, value in leaves(body) if is_number(value)]:
        said = json.dumps(put(body, at, "HERE")).replace('"HERE"', literal)

        answer = ground.http.post("/v1/sync", content=said, headers=ana.headers)

        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")


def test_no_number_and_no_text_around_the_operations_is_a_fault(
    ground: Ground, ana: WireClient
) -> None:
    health = {"pending": 1, "oldest_pending_s": 1, "photos_pending": 1, "repairs": 1, "free_mb": 1}
    body = {"protocol": 1, "app_version": "1", "cursor": "x", "page_rows": 500, "health": health}
    body |= {"sent": {"device_at": now(), "boot_id": "b", "monotonic_ms": 1}, "operations": []}
    answers = {
        (at, str(odd)[:30]): ground.http.post(
            "/v1/sync", content=json.dumps(put(body, at, odd)), headers=ana.headers
        ).status_code
        for at, value in leaves(body)
        for odd in ([*TOO_MUCH, *NO_NUMBERS] if is_number(value) else [*UNSTORABLE, 7, None])
    }

    assert {case: status for case, status in answers.items() if status >= 500} == {}
    assert {200, 422} <= set(answers.values())
