"""Operations of older apps are read as they were meant."""

from uuid import uuid4

from field_app.domain.upcasts import UPCASTS, upcast, version_of
from field_app.domain.wire import WireEnvelope
from tests.support.field import NOON

# As if `issue.start` had first had a `note`, then a `remark`, which is called `comment` today.
RENAMED = {
    ("issue.start", 1): lambda payload: {"remark": payload["note"]},
    ("issue.start", 2): lambda payload: {"comment": payload["remark"]},
}


def a_wire(kind: str, version: int, payload: dict[str, str]) -> WireEnvelope:
    return WireEnvelope.model_validate(
        {
            "id": str(uuid4()),
            "seq": 1,
            "kind": kind,
            "kind_version": version,
            "target_id": str(uuid4()),
            "base_version": None,
            "occurred_at": NOON,
            "clock": {"device_at": NOON, "offset_ms": 0, "grade": "high"},
            "time_zone_offset_min": 0,
            "payload": payload,
        }
    )


def test_an_old_payload_is_brought_forward_step_by_step() -> None:
    for version, name in ((1, "note"), (2, "remark"), (3, "comment")):
        read = upcast(a_wire("issue.start", version, {name: "Coming"}), RENAMED)

        assert read is not None
        assert (read.kind_version, read.payload) == (3, {"comment": "Coming"})


def test_what_is_newer_than_we_are_or_unknown_is_not_guessed_at() -> None:
    assert upcast(a_wire("issue.start", 4, {}), RENAMED) is None
    assert upcast(a_wire("issue.start", 2, {})) is None
    assert upcast(a_wire("issue.dance", 1, {})) is None


def test_every_kind_has_a_way_from_each_of_its_versions() -> None:
    assert all(
        (kind, version) in UPCASTS for kind, _ in UPCASTS for version in range(1, version_of(kind))
    )
    assert version_of("issue.start", RENAMED) == 3
