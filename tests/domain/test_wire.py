"""What the wire takes, what it passes over, and what it refuses at the door."""

from typing import Any

import pytest
from pydantic import ValidationError

from field_app.domain.attendance import AssignmentCheckIn
from field_app.domain.wire import INT8, MOST_OPERATIONS, Digest, SyncRequest, WireEnvelope, to_wire
from tests.domain.acting import HERE
from tests.support.field import NOON, a_shift, an_envelope

ENVELOPE = to_wire(an_envelope(AssignmentCheckIn(location=HERE), a_shift().id)).model_dump(
    mode="json"
)
REQUEST: dict[str, Any] = {
    "protocol": 1,
    "app_version": "1.0",
    "sent": {"device_at": NOON.isoformat(), "boot_id": "boot", "monotonic_ms": 1},
}


def test_instants_are_sent_in_utc_with_three_decimals() -> None:
    assert ENVELOPE["occurred_at"] == "2026-11-23T12:00:00.000Z"
    assert ENVELOPE["clock"]["device_at"] == "2026-11-23T12:00:00.000Z"


def test_what_was_left_out_is_not_sent() -> None:
    assert set(ENVELOPE["payload"]) == {"location", "vouched"}
    assert "provider" not in ENVELOPE["payload"]["location"]


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "somebody else"},
        {"id": "not an id"},
        {"seq": -1},
        {"seq": INT8 + 1},
        {"base_version": INT8 + 1},
        {"kind": "a\x00b"},
        {"kind": "x" * 81},
        {"kind_version": 0},
        {"occurred_at": "2026-11-23T12:00:00"},
        {"time_zone_offset_min": 1441},
        {"clock": {"device_at": "2026-11-23T12:00:00Z", "grade": "perfect"}},
        {"clock": {"device_at": "2026-11-23T12:00:00Z", "grade": "low", "offset_ms": 10**14}},
        {"payload": None},
    ],
)
def test_an_envelope_that_cannot_be_meant_is_malformed(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        WireEnvelope.model_validate(ENVELOPE | change)


def test_a_message_from_a_newer_side_is_read_without_what_is_new_in_it() -> None:
    digest = Digest.model_validate({"rows": 1, "hash": "0" * 16, "colour": "green"})

    assert digest == Digest(rows=1, hash="0" * 16)


def test_one_broken_operation_does_not_break_the_request() -> None:
    request = SyncRequest.model_validate(REQUEST | {"operations": [ENVELOPE, 7, None]})

    assert request.operations == [ENVELOPE, 7, None]


@pytest.mark.parametrize(
    "change",
    [
        {"operations": [ENVELOPE] * (MOST_OPERATIONS + 1)},
        {"page_rows": 99},
        {"page_rows": 5001},
        {"cursor": "x" * 201},
    ],
)
def test_a_request_beyond_the_limits_is_malformed(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SyncRequest.model_validate(REQUEST | change)
