"""On which days a booking takes place: dateutil's rules, with the words of the booking system.

All in the venue's own days; instants come last (`occurrences.py`).
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Final, Literal

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule, rruleset

WEEK_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES: Final[dict[str, Literal[1, 2, 3]]] = {
    "daily": DAILY,
    "weekly": WEEKLY,
    "monthly": MONTHLY,
}
MOST_EVENTS: Final = 400
HORIZON: Final = dt.timedelta(days=180)
SURE_DAYS: Final = 28
"""Days that every month has."""


class InvalidPattern(ValueError):
    """A pattern that cannot be meant; the message is a sentence."""


class MonthEnd(StrEnum):
    """What the 31st is in a shorter month."""

    SKIP = "skip"
    CLAMP = "clamp"


@dataclass(frozen=True)
class Pattern:
    """How a booking repeats. Raises InvalidPattern for what cannot be meant.

    `week_days` are MO..SU, `month_days` 1..31 or -1 for the last. Where they are empty, the first
    day's own counts. `end_date` is included; `end_after` counts events before exceptions.
    """

    frequency: str
    interval: int = 1
    week_days: tuple[str, ...] = ()
    month_days: tuple[int, ...] = ()
    end_date: dt.date | None = None
    end_after: int | None = None
    month_end: MonthEnd = MonthEnd.SKIP

    def __post_init__(self) -> None:
        if self.frequency not in FREQUENCIES:
            raise InvalidPattern(
                f"A booking repeats daily, weekly or monthly, not {self.frequency!r}."
            )
        if self.interval < 1:
            raise InvalidPattern(f"The interval is {self.interval}; it has to be 1 or more.")
        if self.end_after is not None and self.end_after < 1:
            raise InvalidPattern(
                f"It ends after {self.end_after} events; that has to be 1 or more."
            )
        if self.week_days and self.frequency != "weekly":
            raise InvalidPattern(f"Week days do not fit a {self.frequency} booking.")
        if self.month_days and self.frequency != "monthly":
            raise InvalidPattern(f"Days of the month do not fit a {self.frequency} booking.")
        for name in self.week_days:
            if name not in WEEK_DAYS:
                raise InvalidPattern(f"{name!r} is no week day; they are {', '.join(WEEK_DAYS)}.")
        for day in self.month_days:
            if day != -1 and not 1 <= day <= 31:
                raise InvalidPattern(
                    f"{day} is no day of a month; use 1 to 31, or -1 for the last."
                )

    @property
    def is_open_ended(self) -> bool:
        return self.end_date is None and self.end_after is None


@dataclass(frozen=True)
class Days:
    """The days of a series, and the months that a day like the 31st does not exist in."""

    days: list[dt.date]
    skipped: list[str] = field(default_factory=list)


def expand(
    pattern: Pattern | None, first: dt.date, horizon: dt.date, most: int = MOST_EVENTS
) -> Days:
    """Every day from `first` on; without any end of its own, a series goes up to `horizon`.

    Raises InvalidPattern where that makes no event, or more than `most`.
    """
    if pattern is None:
        return Days([first])
    last = pattern.end_date or (horizon if pattern.end_after is None else dt.date.max)
    if last < first:
        raise InvalidPattern(f"It ends on {last}, before its first day, {first}.")
    enough = min(pattern.end_after or most + 1, most + 1)
    days = list(islice(_until(_rule(pattern, first), last), enough))
    if not days:
        raise InvalidPattern(f"No day between {first} and {last} fits this pattern.")
    if len(days) > most:
        raise InvalidPattern(
            f"That would be more than {most} events. Give it an end date before {days[-1]}."
        )
    return Days(days, _skipped_months(pattern, first, days[-1]))


def _until(rule: rruleset, last: dt.date) -> Iterator[dt.date]:
    for moment in rule:
        if moment.date() > last:
            return
        yield moment.date()


def _rule(pattern: Pattern, first: dt.date) -> rruleset:
    rules = rruleset()
    if pattern.frequency == "weekly":
        names = pattern.week_days or (WEEK_DAYS[first.weekday()],)
        rules.rrule(_every(pattern, first, week_days=[WEEK_DAYS.index(name) for name in names]))
    elif pattern.frequency == "monthly":
        for day in pattern.month_days or (first.day,):
            if day > SURE_DAYS and pattern.month_end is MonthEnd.CLAMP:
                up_to = list(range(SURE_DAYS, day + 1))
                rules.rrule(_every(pattern, first, month_days=up_to, position=-1))
            else:
                rules.rrule(_every(pattern, first, month_days=[day]))
    else:
        rules.rrule(_every(pattern, first))
    return rules


def _every(
    pattern: Pattern,
    first: dt.date,
    *,
    week_days: list[int] | None = None,
    month_days: list[int] | None = None,
    position: int | None = None,
) -> rrule:
    """`position` -1 takes the last of a month's days."""
    return rrule(
        FREQUENCIES[pattern.frequency],
        interval=pattern.interval,
        dtstart=dt.datetime.combine(first, dt.time()),
        wkst=0,
        byweekday=week_days,
        bymonthday=month_days,
        bysetpos=position,
    )


def _skipped_months(pattern: Pattern, first: dt.date, last: dt.date) -> list[str]:
    """Months of the series without one of its days, to be told before it is approved."""
    if pattern.frequency != "monthly" or pattern.month_end is MonthEnd.CLAMP:
        return []
    wanted = [day for day in pattern.month_days or (first.day,) if day > SURE_DAYS]
    skipped = []
    start = dt.datetime.combine(first.replace(day=1), dt.time())
    for month in rrule(MONTHLY, interval=pattern.interval, dtstart=start, until=_end_of(last)):
        length = (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - month
        skipped += [f"{month:%Y-%m} has no {day}" for day in wanted if day > length.days]
    return skipped


def _end_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.max)
