"""Days, times and moments out of whatever columns a booking system kept them in."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from server_stub.backfill.values import Unreadable, day_of, hours_of, instant_of, time_of

UTC, CHICAGO = ZoneInfo("UTC"), ZoneInfo("America/Chicago")
HALLOWEEN = dt.date(2026, 10, 31)
EVENING_IN_UTC = dt.datetime(2026, 11, 1, 1)  # noqa: DTZ001  # 20:00 of the 31st in Chicago


@pytest.mark.parametrize(
    "value",
    [
        HALLOWEEN,
        "2026-10-31",
        EVENING_IN_UTC,
        EVENING_IN_UTC.replace(tzinfo=dt.UTC),
        "2026-10-31T20:00:00-05:00",
        dt.datetime(2026, 10, 31),  # noqa: DTZ001  # midnight: a day, and no moment
        "2026-10-31 00:00:00",
    ],
)
def test_a_day_is_the_venues_however_it_was_written_down(value: object) -> None:
    assert day_of(value, UTC, CHICAGO) == HALLOWEEN


@pytest.mark.parametrize(
    "value", [dt.time(20), "20:00", "20:00:59", EVENING_IN_UTC, "2026-11-01 01:00"]
)
def test_a_time_of_day_is_the_venues_wall_clock(value: object) -> None:
    assert time_of(value, UTC, CHICAGO) == dt.time(20)


def test_a_moment_without_a_zone_is_in_the_zone_that_it_was_written_down_in() -> None:
    written = dt.datetime(2026, 10, 31, 20, 0, 0, 123456)  # noqa: DTZ001
    expected = dt.datetime(2026, 11, 1, 1, 0, 0, 123000, tzinfo=dt.UTC)

    assert instant_of(written, CHICAGO) == expected
    assert instant_of(expected, CHICAGO) == expected


def test_nothing_stays_nothing() -> None:
    for value in (None, "", "  "):
        assert day_of(value, UTC, CHICAGO) is None
        assert time_of(value, UTC, CHICAGO) is None
        assert instant_of(value, UTC) is None
    assert hours_of(None) is None


def test_hours_have_two_places() -> None:
    assert hours_of(4.999) == Decimal("5.00")
    assert hours_of("7.5") == Decimal("7.50")


@pytest.mark.parametrize(
    ("read", "sentence"),
    [
        (lambda: day_of("next Friday", UTC, UTC), "'next Friday' is no day."),
        (lambda: day_of(dt.time(20), UTC, UTC), "is no day."),
        (lambda: time_of("evening", UTC, UTC), "'evening' is no time of day."),
        (lambda: instant_of("20:00", UTC), "is no moment."),
        (lambda: hours_of("many"), "'many' are no hours."),
        (lambda: hours_of(1000), "1000.00 are too many hours."),
        (lambda: hours_of("NaN"), "are no hours."),
    ],
)
def test_what_it_cannot_be_is_said_in_words(read: object, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence.replace("(", r"\(")):
        read()  # type: ignore[operator]
