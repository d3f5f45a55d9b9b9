"""Impossible times and places are malformed; suspicious ones are kept and flagged."""

import datetime as dt
from typing import Any
from uuid import UUID

import pytest

from tests.security.ground import Ground
from tests.support.wire_client import WireClient, wire_instant

HOUR = dt.timedelta(hours=1)
VENUE = {"latitude": 40.7425, "longitude": -74.0061, "accuracy_m": 10}
ELSEWHERE = {"latitude": 0, "longitude": 0, "accuracy_m": 10}


def moment(ago: dt.timedelta = dt.timedelta()) -> str:
    return wire_instant(dt.datetime.now(dt.UTC) - ago)


def at(when: str, **clock: Any) -> dict[str, Any]:
    return {
        "occurred_at": when,
        "clock": {"device_at": when, "offset_ms": 0, "grade": "high"} | clock,
    }


@pytest.fixture
def ana(ground: Ground) -> WireClient:
    return ground.sign_in("ana")


@pytest.fixture
def shift(ground: Ground) -> UUID:
    """A shift of its own at an event that is on now."""
    event = ground.central.an_event(ground.people["dana"], in_h=-1)
    return ground.central.a_shift(event, ground.people["ana"], "accepted")


def check_in(
    ana: WireClient, shift: UUID, payload: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    (verdict,) = ana.perform(ana.envelope("assignment.check_in", shift, payload, **more))
    return verdict


@pytest.mark.parametrize(
    "changes",
    [
        at("0001-01-01T00:00:00Z"),
        at("9999-12-31T23:59:59Z"),
        at("10000-01-01T00:00:00Z"),
        at("2026-11-23T09:00:00"),
        at("2026-02-30T09:00:00Z"),
        at("2026-11-23T09:00:00+99:00"),
        at("yesterday"),
        at("NaN"),
        {"clock": {"device_at": "0001-01-01T00:00:00Z", "offset_ms": 0, "grade": "high"}},
        at("2026-11-23T09:00:00Z", offset_ms=10**14),
        at("2026-11-23T09:00:00Z", grade="divine"),
        {"time_zone_offset_min": 10**6},
        {"seq": -1},
        {"seq": 2**63},
        {"base_version": 2**64},
        {"kind_version": 0},
    ],
    ids=str,
)
def test_an_impossible_time_or_number_is_malformed(
    ana: WireClient, shift: UUID, changes: dict[str, Any]
) -> None:
    verdict = check_in(ana, shift, **changes)

    assert (verdict["status"], verdict["code"]) == ("refused", "malformed")


@pytest.mark.parametrize(
    "changes",
    [
        {"latitude": 91},
        {"latitude": -90.0001},
        {"longitude": 1000},
        {"longitude": -181},
        {"latitude": "nan"},
        {"longitude": "Infinity"},
        {"latitude": None},
        {"accuracy_m": "1e400"},
        {"captured_at": "0001-01-01T00:00:00Z"},
        {"captured_at": "2026-11-23T09:00:00"},
        {"altitude": 3},
    ],
    ids=str,
)
def test_an_impossible_place_is_malformed(
    ana: WireClient, shift: UUID, changes: dict[str, Any]
) -> None:
    location = VENUE | {"captured_at": moment()} | changes

    verdict = check_in(ana, shift, {"location": location})

    assert (verdict["status"], verdict["code"]) == ("refused", "malformed")


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        (at(moment(-48 * HOUR)), "clock_uncertain"),
        (at(moment(-48 * HOUR)), "outside_window"),
        (at("1970-01-01T00:00:00Z"), "outside_window"),
        (at(moment(2 * 365 * 24 * HOUR)), "outside_window"),
        (at(moment(), grade="low"), "clock_uncertain"),
    ],
)
def test_a_suspicious_time_is_kept_and_flagged(
    ana: WireClient, shift: UUID, changes: dict[str, Any], flag: str
) -> None:
    """Two days ahead, a phone that lost its clock, long before this device was signed in."""
    verdict = check_in(ana, shift, **changes)

    assert verdict["status"] == "applied"
    assert flag in verdict["flags"]


@pytest.mark.parametrize(
    ("location", "flag"),
    [
        (ELSEWHERE, "outside_fence"),
        (VENUE | {"accuracy_m": -1}, "no_location"),
        (VENUE | {"accuracy_m": 0}, "no_location"),
        (VENUE | {"accuracy_m": 1e9}, "no_location"),
        (VENUE | {"mocked": True}, "mock_location"),
        (None, "no_location"),
    ],
    ids=str,
)
def test_a_suspicious_place_is_kept_and_flagged(
    ana: WireClient, shift: UUID, location: dict[str, Any] | None, flag: str
) -> None:
    payload = {"location": location | {"captured_at": moment()}} if location else {}

    verdict = check_in(ana, shift, payload)

    assert verdict["status"] == "applied"
    assert flag in verdict["flags"]


@pytest.mark.parametrize(
    ("came", "left"),
    [(40 * HOUR, 0 * HOUR), (0 * HOUR, 1 * HOUR), (3000 * HOUR, 0 * HOUR)],
    ids=["forty hours", "clock set back in between", "more than the column holds"],
)
def test_hours_that_cannot_be_are_kept_and_flagged(
    ground: Ground, ana: WireClient, shift: UUID, came: dt.timedelta, left: dt.timedelta
) -> None:
    first = ana.envelope("assignment.check_in", shift, **at(moment(came)))
    last = ana.envelope("assignment.check_out", shift, **at(moment(left)))

    verdicts = ana.perform(first, last)

    assert [verdict["status"] for verdict in verdicts] == ["applied"] * 2
    assert "implausible_hours" in verdicts[1]["flags"]
    kept = "SELECT check_in_time, check_out_time FROM staff_assignments WHERE id = %s"
    assert None not in (ground.db.execute(kept, [shift]).fetchone() or ())
    flags = "SELECT count(*) FROM review_items WHERE target_id = %s AND flag = 'implausible_hours'"
    assert ground.central.value(flags, shift) == 1


def test_shifts_that_overlap_are_both_kept(ground: Ground, ana: WireClient, shift: UUID) -> None:
    event = ground.central.an_event(ground.people["luis"], in_h=-1)
    other = ground.central.a_shift(event, ground.people["ana"], "accepted")

    verdicts = [check_in(ana, each) for each in (shift, other)]

    assert [verdict["status"] for verdict in verdicts] == ["applied"] * 2


def test_nothing_of_this_poisons_the_next_answer(ground: Ground, ana: WireClient) -> None:
    answers = [ana.sync_all(), ground.sign_in("dana").sync_all()]

    assert all(pages[-1]["digest"] for pages in answers)
