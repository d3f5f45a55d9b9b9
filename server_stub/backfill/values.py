"""Days, wall clock and instants out of columns of any type: dates, timestamps, text."""

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

MIDNIGHT = dt.time()
MOST_HOURS = Decimal("999.99")


class Unreadable(ValueError):
    """A value that cannot be what its column is for; the message is a sentence."""


def day_of(value: Any, written_in: ZoneInfo, venue: ZoneInfo) -> dt.date | None:
    """The day by the venue's calendar. A timestamp at midnight is a day, and no moment."""
    value = _parsed(value)
    if isinstance(value, dt.datetime):
        there = _aware(value, written_in)
        is_day = there.astimezone(written_in).time() == MIDNIGHT
        return there.astimezone(written_in if is_day else venue).date()
    if value is None or isinstance(value, dt.date):
        return value
    raise Unreadable(f"{value!r} is no day.")


def time_of(value: Any, written_in: ZoneInfo, venue: ZoneInfo) -> dt.time | None:
    """The venue's wall clock, to the minute."""
    value = _parsed(value)
    if isinstance(value, dt.datetime):
        value = _aware(value, written_in).astimezone(venue).time()
    if value is None:
        return None
    if isinstance(value, dt.time):
        return value.replace(second=0, microsecond=0, tzinfo=None)
    raise Unreadable(f"{value!r} is no time of day.")


def instant_of(value: Any, written_in: ZoneInfo) -> dt.datetime | None:
    value = _parsed(value)
    if value is None:
        return None
    if isinstance(value, dt.datetime):
        moment = _aware(value, written_in).astimezone(dt.UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    raise Unreadable(f"{value!r} is no moment.")


def hours_of(value: Any) -> Decimal | None:
    """Hours with two places."""
    if value is None:
        return None
    try:
        hours = Decimal(str(value)).quantize(Decimal("0.01"))
    except InvalidOperation as error:
        raise Unreadable(f"{value!r} are no hours.") from error
    if not hours.is_finite():
        raise Unreadable(f"{value!r} are no hours.")
    if abs(hours) > MOST_HOURS:
        raise Unreadable(f"{hours} are too many hours.")
    return hours


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    for kind in (dt.date, dt.time, dt.datetime):
        try:
            return kind.fromisoformat(value.strip())
        except ValueError:
            continue
    return value.strip() or None


def _aware(moment: dt.datetime, written_in: ZoneInfo) -> dt.datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=written_in)
