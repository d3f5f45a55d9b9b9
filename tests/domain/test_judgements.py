"""Fences, clocks, texts and digests: the judgements with numbers in them."""

import datetime as dt
import math
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from field_app.domain.clock import ClockGrade, ClockReading, grade_clock
from field_app.domain.geofence import Fence, FenceVerdict, Fix, distance_m, fence_of, fence_verdict
from field_app.domain.records import format_instant
from field_app.domain.text import Line, Paragraph, Reason, WireInstant
from field_app.domain.wire import digest_of
from tests.domain.acting import HOUR
from tests.support.field import NOON, a_fix
from tests.support.world import VENUE

FENCE = Fence(latitude=40.7424, longitude=-74.0060, radius_m=150)
DEGREE_M = 111_053.0  # of latitude at 40.74 north, on the WGS-84 ellipsoid


def north_by(metres: float, accuracy_m: float) -> Fix:
    return a_fix(latitude=40.7424 + metres / DEGREE_M, accuracy_m=accuracy_m)


@pytest.mark.parametrize(
    ("metres", "accuracy_m", "verdict"),
    [
        (0, 20, FenceVerdict.INSIDE),
        (149, 20, FenceVerdict.INSIDE),
        (149, 299, FenceVerdict.INSIDE),
        (152, 20, FenceVerdict.NEAR),
        (169, 20, FenceVerdict.NEAR),
        (172, 20, FenceVerdict.OUTSIDE),
        (395, 20, FenceVerdict.OUTSIDE),
        (0, 299.999, FenceVerdict.INSIDE),
        (400, 299.999, FenceVerdict.NEAR),
        (0, 0, FenceVerdict.UNKNOWN),
        (0, 300, FenceVerdict.UNKNOWN),
        (5000, 300, FenceVerdict.UNKNOWN),
    ],
)
def test_a_fix_lies_inside_near_or_outside_or_proves_nothing(
    metres: float, accuracy_m: float, verdict: FenceVerdict
) -> None:
    assert fence_verdict(north_by(metres, accuracy_m), FENCE) is verdict


def test_the_edges_belong_to_the_kinder_verdict() -> None:
    equator = Fence(latitude=0, longitude=0, radius_m=150)
    on_the_line = a_fix(latitude=0, longitude=0.001347472926179282, accuracy_m=1)
    beyond = a_fix(latitude=0, longitude=0.002)
    beyond_m = distance_m(beyond, equator) - equator.radius_m
    just_reaching = beyond.model_copy(update={"accuracy_m": beyond_m})
    just_short = beyond.model_copy(update={"accuracy_m": math.nextafter(beyond_m, 0)})

    assert distance_m(on_the_line, equator) == 150
    assert fence_verdict(on_the_line, equator) is FenceVerdict.INSIDE
    assert fence_verdict(just_reaching, equator) is FenceVerdict.NEAR
    assert fence_verdict(just_short, equator) is FenceVerdict.OUTSIDE


@pytest.mark.parametrize(
    ("latitude", "longitude", "pin"),
    [
        (-17.0, -179.9995, (-17.0, 179.9995)),
        (90, 120, (90, 0)),
        (-90, -60, (-90, 60)),
        (89.9999, 180, (89.9999, 0)),
    ],
)
def test_a_fence_works_over_the_antimeridian_and_at_the_poles(
    latitude: float, longitude: float, pin: tuple[float, float]
) -> None:
    fence = Fence(latitude=pin[0], longitude=pin[1], radius_m=150)

    assert fence_verdict(a_fix(latitude, longitude), fence) is FenceVerdict.INSIDE


def test_without_a_fix_or_a_pin_nothing_is_known() -> None:
    assert fence_verdict(None, FENCE) is FenceVerdict.UNKNOWN
    assert fence_verdict(a_fix(), None) is FenceVerdict.UNKNOWN
    assert fence_of(None) is None
    assert fence_of(VENUE.revise(longitude=None)) is None
    assert fence_of(VENUE) == FENCE


def test_distances_hold_over_the_antimeridian_and_at_the_pole() -> None:
    fiji = Fence(latitude=-17.0, longitude=179.999, radius_m=150)
    pole = Fence(latitude=90, longitude=0, radius_m=150)

    across = distance_m(a_fix(latitude=-17.0, longitude=-179.999), fiji)
    at_pole = distance_m(a_fix(latitude=90, longitude=120), pole)

    assert across == pytest.approx(213, abs=1)
    assert at_pole == pytest.approx(0, abs=0.001)


@pytest.mark.parametrize("bad", [{"latitude": 91}, {"longitude": 181}, {"longitude": -181}])
def test_a_fix_that_cannot_be_on_earth_is_malformed(bad: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Fix.model_validate(a_fix().model_dump() | bad)


@pytest.mark.parametrize("accuracy_m", [None, -1, 1e9])
def test_an_accuracy_that_says_nothing_is_taken_and_proves_nothing(
    accuracy_m: float | None,
) -> None:
    vague = Fix.model_validate(a_fix().model_dump() | {"accuracy_m": accuracy_m})

    assert fence_verdict(vague, FENCE) is FenceVerdict.UNKNOWN


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_none_is_malformed(number: float) -> None:
    with pytest.raises(ValidationError):
        Fix.model_validate(a_fix().model_dump() | {"accuracy_m": number})


@pytest.mark.parametrize(
    ("this_boot", "age", "jumped", "grade"),
    [
        (True, HOUR, False, ClockGrade.HIGH),
        (True, 23 * HOUR, False, ClockGrade.HIGH),
        (True, 24 * HOUR - dt.timedelta.resolution, False, ClockGrade.HIGH),
        (True, 24 * HOUR, False, ClockGrade.MEDIUM),
        (True, -23 * HOUR, False, ClockGrade.HIGH),
        (True, -25 * HOUR, False, ClockGrade.MEDIUM),
        (True, HOUR, True, ClockGrade.LOW),
        (False, HOUR, False, ClockGrade.LOW),
        (True, None, False, ClockGrade.LOW),
    ],
)
def test_a_clock_is_graded_by_its_last_measurement(
    this_boot: bool, age: dt.timedelta | None, jumped: bool, grade: ClockGrade
) -> None:
    assert grade_clock(measured_this_boot=this_boot, offset_age=age, jumped=jumped) is grade


def test_what_happened_is_dated_by_the_corrected_clock() -> None:
    fast = ClockReading(device_at=NOON, offset_ms=-60_000, grade=ClockGrade.HIGH)
    unknown = ClockReading(device_at=NOON, offset_ms=None, grade=ClockGrade.LOW)

    assert fast.occurred_at == NOON - dt.timedelta(minutes=1)
    assert unknown.occurred_at == NOON


@pytest.mark.parametrize(("kind", "longest"), [(Line, 500), (Reason, 500), (Paragraph, 4000)])
def test_text_is_kept_up_to_its_length_and_only_if_it_can_be_stored(
    kind: Any, longest: int
) -> None:
    text: TypeAdapter[str] = TypeAdapter(kind)

    assert text.validate_python("\U0001f9ca" * longest) == "\U0001f9ca" * longest
    for bad in ["x" * (longest + 1), "a\x00b", "\ud800", "a\udfff"]:
        with pytest.raises(ValidationError):
            text.validate_python(bad)


@pytest.mark.parametrize("turning", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_text_shows_in_the_order_it_was_written(turning: str) -> None:
    assert TypeAdapter(Line).validate_python(f"photo{turning}gpj.exe") == "photogpj.exe"
    assert TypeAdapter(Line).validate_python("\u0645\u0631\u062d\u0628\u0627 \u200f") != ""


@pytest.mark.parametrize("text", ["", "   ", "\u202e", " \u2066 "])
def test_a_reason_says_something(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Reason).validate_python(text)


@pytest.mark.parametrize(
    "instant", ["1969-12-31T23:59:59Z", "2100-01-01T00:00:01Z", "2026-11-23T12:00:00"]
)
def test_an_instant_that_no_phone_shows_or_without_a_zone_is_malformed(instant: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(WireInstant).validate_python(instant)


def test_an_instant_is_written_in_utc_with_three_decimals() -> None:
    tokyo = dt.timezone(dt.timedelta(hours=9))

    assert format_instant(dt.datetime(2026, 11, 23, 21, tzinfo=tokyo)) == "2026-11-23T12:00:00.000Z"


def test_the_digest_has_a_known_answer_whatever_the_order() -> None:
    rows = [("staff_assignments", "11111111-1111-1111-1111-111111111111", 7), ("users", "x", 1)]

    digest = digest_of(rows)

    assert (digest.rows, digest.hash) == (2, "4a733093689a73f6")
    assert digest == digest_of(reversed(rows))
    assert digest_of([]).hash == "0000000000000000"
