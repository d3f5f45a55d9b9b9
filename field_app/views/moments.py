"""How times are said: by the venue's clock, in the language and the hours of the person."""

import datetime as dt
import re
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from field_app.device import Device
from field_app.domain.event import EventInstance
from field_app.domain.place import Location
from field_app.views.language import Said, has_twelve_hours, mark, tr, trn

CLOCK: Final = re.compile(r"([0-9]{1,2})[:.]?([0-9]{2})?\s*(?:([ap])\.?m\.?)?")

WEEKDAYS: Final = Said(
    dict(
        enumerate(
            (
                mark("Mon"),
                mark("Tue"),
                mark("Wed"),
                mark("Thu"),
                mark("Fri"),
                mark("Sat"),
                mark("Sun"),
            )
        )
    )
)
MONTHS: Final = Said(
    dict(
        enumerate(
            (
                mark("Jan"),
                mark("Feb"),
                mark("Mar"),
                mark("Apr"),
                mark("May"),
                mark("Jun"),
                mark("Jul"),
                mark("Aug"),
                mark("Sep"),
                mark("Oct"),
                mark("Nov"),
                mark("Dec"),
            ),
            1,
        )
    )
)


def zone_of(place: Location | None) -> dt.tzinfo:
    """The venue's zone; UTC where it has none that is known here."""
    try:
        return ZoneInfo(place.time_zone) if place and place.time_zone else dt.UTC
    except (ZoneInfoNotFoundError, ValueError):
        return dt.UTC


def clock(instant: dt.datetime, zone: dt.tzinfo) -> str:
    """Like "14:05", or "2:05 pm" where that is the custom."""
    there = instant.astimezone(zone)
    if not has_twelve_hours():
        return f"{there:%H:%M}"
    half = tr("am") if there.hour < 12 else tr("pm")
    return f"{there.hour % 12 or 12}:{there:%M}\u00a0{half}"


def day(instant: dt.datetime, zone: dt.tzinfo, now: dt.datetime) -> str:
    """Today, Tomorrow, or like "Fri 27 Nov", in the venue's zone."""
    there, today = instant.astimezone(zone).date(), now.astimezone(zone).date()
    named = {-1: tr("Yesterday"), 0: tr("Today"), 1: tr("Tomorrow")}
    return named.get((there - today).days) or date(there)


def date(there: dt.date) -> str:
    """Like "Fri 27 Nov"."""
    weekday, month = WEEKDAYS[there.weekday()], MONTHS[there.month]
    return tr("{weekday} {day} {month}", weekday=weekday, day=there.day, month=month)


def day_and_clock(instant: dt.datetime, zone: dt.tzinfo, now: dt.datetime) -> str:
    """Like "Today 14:05"."""
    return f"{day(instant, zone, now)} {clock(instant, zone)}"


def at_clock(text: str, on: dt.datetime, zone: dt.tzinfo) -> dt.datetime | None:
    """The instant that "14:05", "1405", "9" or "2:05 pm" names on a day; None if it names none."""
    match = CLOCK.fullmatch(text.strip().lower())
    if match is None:
        return None
    hour, minute, half = int(match[1]), int(match[2] or 0), match[3]
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    elif half:
        return None
    try:
        at = dt.time(hour, minute)
    except ValueError:
        return None
    return dt.datetime.combine(on.astimezone(zone).date(), at, tzinfo=zone).astimezone(dt.UTC)


def hours_of(event: EventInstance, zone: dt.tzinfo) -> str:
    """Like "11:00-15:00", never broken over two lines."""
    return f"{clock(event.starts_at, zone)}\u2013\u2060{clock(event.ends_at, zone)}"


def when(event: EventInstance, place: Location | None, device: Device) -> str:
    """Like "Today 11:00-15:00 (New York time)", by the venue's clock; its zone where it differs."""
    zone = zone_of(place)
    said = f"{day(event.starts_at, zone, device.now())} {hours_of(event, zone)}"
    note = zone_note(place, event.starts_at, device.time_zone_offset_min())
    return f"{said} ({note})" if note else said


def zone_note(place: Location | None, at: dt.datetime, here_min: int) -> str | None:
    """ "New York time" where the venue's clock differs from this device's."""
    offset = at.astimezone(zone_of(place)).utcoffset()
    if offset is None or offset == dt.timedelta(minutes=here_min):
        return None
    if place is None or not place.time_zone:
        return "UTC"
    city = place.time_zone.rpartition("/")[2].replace("_", " ")
    return tr("{city} time", city=city)


def span(length: dt.timedelta) -> str:
    """Like "2 h 05 min", "40 min", "3 days"."""
    minutes = max(0, round(length.total_seconds() / 60))
    if minutes < 60:
        return tr("{minutes} min", minutes=minutes)
    if minutes < 48 * 60:
        return tr("{hours} h {minutes} min", hours=minutes // 60, minutes=f"{minutes % 60:02d}")
    return trn("{count} day", "{count} days", minutes // (24 * 60))


def countdown(event: EventInstance, now: dt.datetime) -> str:
    if now < event.starts_at:
        return tr("Starts in {span}", span=span(event.starts_at - now))
    if now < event.ends_at:
        return tr("Runs for another {span}", span=span(event.ends_at - now))
    return tr("Ended {span} ago", span=span(now - event.ends_at))


def device_zone(offset_min: int) -> dt.tzinfo:
    """This device's own zone, from its distance to UTC."""
    return dt.timezone(dt.timedelta(minutes=offset_min))
