"""A day of a series as a shift: its wall clock times as instants in the venue's zone."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from server_stub.booking.recurrence import InvalidPattern

DAY = dt.timedelta(days=1)
LONGEST = dt.timedelta(hours=16)
KEY = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True)
class Occurrence:
    """One event to be. `key` is its start as the pattern had it, whatever became of it since."""

    key: str
    date: dt.date
    start_time: dt.time
    end_time: dt.time
    starts_at: dt.datetime
    ends_at: dt.datetime
    notes: tuple[str, ...] = ()
    """What a change of clocks does to it, in words."""


def occurrence(
    day: dt.date, start: dt.time, end: dt.time, zone: ZoneInfo, key: str | None = None
) -> Occurrence:
    """The shift of a day. Raises InvalidPattern for one of no length, or longer than 16 hours.

    Wall time is the promise: an end at or before the start is on the next day, a start that the
    clocks skip moves forward, one that comes twice is the first of the two.
    """
    wall_start, wall_end = dt.datetime.combine(day, start), dt.datetime.combine(day, end)
    if wall_end == wall_start:
        raise InvalidPattern(f"It begins and ends at {start:%H:%M}.")
    if wall_end < wall_start:
        wall_end += DAY
    nominal = wall_end - wall_start
    if nominal > LONGEST:
        hours = nominal.total_seconds() / 3600
        raise InvalidPattern(f"{start:%H:%M} to {end:%H:%M} is {hours:g} hours; at most 16 are.")
    starts_at, ends_at = _instant(wall_start, zone), _instant(wall_end, zone)
    if ends_at <= starts_at:
        ends_at = starts_at + nominal
    return Occurrence(
        key or wall_start.strftime(KEY),
        day,
        start,
        end,
        starts_at,
        ends_at,
        tuple(_notes(wall_start, starts_at, ends_at - starts_at, nominal, zone)),
    )


def _instant(wall: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """As the database's own `instant_of` has it (revision 0004)."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)


def _notes(
    wall: dt.datetime,
    starts_at: dt.datetime,
    length: dt.timedelta,
    nominal: dt.timedelta,
    zone: ZoneInfo,
) -> list[str]:
    there = starts_at.astimezone(zone).replace(tzinfo=None)
    said = []
    if there != wall:
        said.append(f"the clocks skip {wall:%H:%M}, it begins at {there:%H:%M}")
    elif (
        wall.replace(tzinfo=zone, fold=0).utcoffset()
        != wall.replace(tzinfo=zone, fold=1).utcoffset()
    ):
        said.append(f"{wall:%H:%M} comes twice, it begins the first time")
    if length != nominal:
        said.append(f"it lasts {length.total_seconds() / 3600:g} hours")
    return said
