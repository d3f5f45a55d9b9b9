"""The days of a series and their instants, against a day-by-day scan and known answers."""

import calendar
import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_stub.booking.occurrences import Occurrence, occurrence
from server_stub.booking.recurrence import (
    MOST_EVENTS,
    WEEK_DAYS,
    InvalidPattern,
    MonthEnd,
    Pattern,
    expand,
)

DAY = dt.timedelta(days=1)
CHICAGO, NEW_YORK = ZoneInfo("America/Chicago"), ZoneInfo("America/New_York")
PHOENIX = ZoneInfo("America/Phoenix")
FAR = dt.date(2031, 1, 1)


def days(pattern: Pattern, first: str, horizon: dt.date = FAR) -> list[str]:
    found = expand(pattern, dt.date.fromisoformat(first), horizon).days
    return [day.isoformat() for day in found]


def shift(day: str, start: str, end: str, zone: ZoneInfo) -> Occurrence:
    times = dt.time.fromisoformat(start), dt.time.fromisoformat(end)
    return occurrence(dt.date.fromisoformat(day), *times, zone)


def hours(made: Occurrence) -> float:
    return (made.ends_at - made.starts_at).total_seconds() / 3600


# -- known answers


def test_every_second_week_counts_weeks_from_monday() -> None:
    pattern = Pattern("weekly", 2, week_days=("MO", "WE"), end_after=5)

    assert days(pattern, "2026-11-25") == [
        "2026-11-25",
        "2026-12-07",
        "2026-12-09",
        "2026-12-21",
        "2026-12-23",
    ]


def test_the_31st_is_skipped_or_clamped_where_a_month_has_none() -> None:
    skip = Pattern("monthly", month_days=(31,), end_after=5)
    clamp = Pattern("monthly", month_days=(31,), end_after=5, month_end=MonthEnd.CLAMP)

    months = [day[5:7] for day in days(skip, "2027-01-31")]
    assert months == ["01", "03", "05", "07", "08"]
    assert days(clamp, "2027-01-31")[1:] == ["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]
    told = expand(skip, dt.date(2027, 1, 31), FAR).skipped
    assert told == ["2027-02 has no 31", "2027-04 has no 31", "2027-06 has no 31"]


def test_days_that_fall_together_make_one_event() -> None:
    clamp = Pattern("monthly", month_days=(30, 31, -1), end_after=3, month_end=MonthEnd.CLAMP)

    assert days(clamp, "2027-02-01") == ["2027-02-28", "2027-03-30", "2027-03-31"]


def test_the_29th_of_february_comes_every_four_years() -> None:
    pattern = Pattern("monthly", 12, month_days=(29,), end_after=3)

    assert days(pattern, "2028-02-29") == ["2028-02-29", "2032-02-29", "2036-02-29"]


@pytest.mark.parametrize(
    ("day", "long"), [("2026-10-31", 6.0), ("2027-03-13", 4.0), ("2026-11-07", 5.0)]
)
def test_a_night_lasts_as_long_as_the_clocks_make_it(day: str, long: float) -> None:
    made = shift(day, "22:00", "03:00", CHICAGO)

    assert hours(made) == long
    assert made.date.isoformat() == day
    assert made.notes == (() if long == 5.0 else (f"it lasts {long:g} hours",))


def test_a_start_that_the_clocks_skip_moves_forward() -> None:
    made = shift("2027-03-14", "02:30", "05:00", NEW_YORK)

    assert made.starts_at.astimezone(NEW_YORK).time() == dt.time(3, 30)
    assert "the clocks skip 02:30, it begins at 03:30" in made.notes
    assert (made.date, made.start_time) == (dt.date(2027, 3, 14), dt.time(2, 30))


def test_a_start_that_comes_twice_is_the_first() -> None:
    made = shift("2026-11-01", "01:30", "06:00", NEW_YORK)

    assert made.starts_at == dt.datetime(2026, 11, 1, 5, 30, tzinfo=dt.UTC)
    assert made.notes[0] == "01:30 comes twice, it begins the first time"


def test_arizona_does_not_change_its_clocks() -> None:
    assert shift("2027-03-14", "02:30", "05:00", PHOENIX).notes == ()


# -- against a scan of every day

patterns = (
    st.builds(
        Pattern,
        frequency=st.just("daily"),
        interval=st.integers(1, 40),
        end_after=st.none() | st.integers(1, 60),
        end_date=st.none() | st.dates(dt.date(2027, 1, 1), dt.date(2028, 6, 1)),
    )
    | st.builds(
        Pattern,
        frequency=st.just("weekly"),
        interval=st.integers(1, 9),
        week_days=st.lists(st.sampled_from(WEEK_DAYS), unique=True, max_size=7).map(tuple),
        end_after=st.none() | st.integers(1, 60),
        end_date=st.none() | st.dates(dt.date(2027, 1, 1), dt.date(2028, 6, 1)),
    )
    | st.builds(
        Pattern,
        frequency=st.just("monthly"),
        interval=st.integers(1, 14),
        month_days=st.lists(st.integers(1, 31) | st.just(-1), unique=True, max_size=5).map(tuple),
        end_after=st.none() | st.integers(1, 60),
        end_date=st.none() | st.dates(dt.date(2027, 1, 1), dt.date(2028, 6, 1)),
        month_end=st.sampled_from(MonthEnd),
    )
)
firsts = st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31))


@given(patterns, firsts)
def test_a_series_is_what_a_look_at_every_day_finds(pattern: Pattern, first: dt.date) -> None:
    horizon = first + dt.timedelta(days=180)
    expected = scan(pattern, first, horizon)
    try:
        found = expand(pattern, first, horizon).days
    except InvalidPattern:
        assert not expected or len(expected) > MOST_EVENTS
    else:
        assert found == expected


def scan(pattern: Pattern, first: dt.date, horizon: dt.date) -> list[dt.date]:
    """Whether the pattern means a day is asked of each one, without any library."""
    last = pattern.end_date or (horizon if pattern.end_after is None else dt.date(2200, 1, 1))
    found: list[dt.date] = []
    day = first
    while day <= last and len(found) < (pattern.end_after or MOST_EVENTS + 1):
        if falls_on(pattern, first, day):
            found.append(day)
        day += DAY
    return found


def falls_on(pattern: Pattern, first: dt.date, day: dt.date) -> bool:
    if pattern.frequency == "daily":
        return (day - first).days % pattern.interval == 0
    if pattern.frequency == "weekly":
        monday, first_monday = (d - d.weekday() * DAY for d in (day, first))
        names = pattern.week_days or (WEEK_DAYS[first.weekday()],)
        weeks = (monday - first_monday).days // 7
        return weeks % pattern.interval == 0 and WEEK_DAYS[day.weekday()] in names
    months = (day.year - first.year) * 12 + day.month - first.month
    length = calendar.monthrange(day.year, day.month)[1]
    wanted = set(pattern.month_days or (first.day,))
    if pattern.month_end is MonthEnd.CLAMP:
        wanted = {min(each, length) for each in wanted}
    wanted = {length if each == -1 else each for each in wanted}
    return months % pattern.interval == 0 and day.day in wanted


# -- what cannot be meant


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"frequency": "yearly"}, "A booking repeats daily, weekly or monthly, not 'yearly'."),
        ({"frequency": "daily", "interval": 0}, "The interval is 0; it has to be 1 or more."),
        ({"frequency": "daily", "week_days": ("MO",)}, "Week days do not fit a daily booking."),
        ({"frequency": "weekly", "week_days": ("XX",)}, "'XX' is no week day;"),
        ({"frequency": "weekly", "month_days": (1,)}, "Days of the month do not fit a weekly"),
        ({"frequency": "monthly", "month_days": (32,)}, "32 is no day of a month;"),
        ({"frequency": "monthly", "month_days": (0,)}, "0 is no day of a month;"),
        ({"frequency": "daily", "end_after": 0}, "It ends after 0 events;"),
    ],
)
def test_a_pattern_that_cannot_be_meant_is_refused_in_words(
    fields: dict[str, object], sentence: str
) -> None:
    with pytest.raises(InvalidPattern) as refused:
        Pattern(**fields)  # type: ignore[arg-type]

    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        (Pattern("daily", end_date=dt.date(2026, 1, 1)), "It ends on 2026-01-01, before"),
        (Pattern("daily", end_date=dt.date(2029, 1, 1)), "That would be more than 400 events."),
        (Pattern("daily", end_after=401), "That would be more than 400 events."),
        (
            Pattern("monthly", 12, month_days=(31,), end_date=dt.date(2027, 1, 31)),
            "No day between 2026-02-10 and 2027-01-31 fits this pattern.",
        ),
    ],
)
def test_a_series_without_end_or_without_a_day_is_refused_in_words(
    pattern: Pattern, sentence: str
) -> None:
    with pytest.raises(InvalidPattern) as refused:
        expand(pattern, dt.date(2026, 2, 10), FAR)

    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(
    ("start", "end", "sentence"),
    [
        ("09:00", "09:00", "It begins and ends at 09:00."),
        ("09:00", "02:00", "09:00 to 02:00 is 17"),
    ],
)
def test_a_shift_of_no_length_or_a_whole_day_is_refused(
    start: str, end: str, sentence: str
) -> None:
    with pytest.raises(InvalidPattern, match=sentence):
        shift("2026-11-23", start, end, CHICAGO)


def test_a_series_without_an_end_goes_to_the_horizon() -> None:
    found = days(Pattern("weekly"), "2026-11-25", dt.date(2026, 12, 9))

    assert found == ["2026-11-25", "2026-12-02", "2026-12-09"]
