"""The bookings of the demo and the events they make."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from field_app.domain.booking import Booking, BookingStatus, RecurrencePattern
from field_app.domain.event import EventInstance
from server_stub.demo import kits
from server_stub.demo.people import (
    ADMIN,
    ANA,
    CHLOE,
    DANA,
    HALCYON,
    JALEN,
    LUIS,
    LUMEN,
    MARCUS,
    MEI,
    SOFIA,
    TERRA,
    demo_id,
    person_id,
)
from server_stub.demo.places import ARAGON, CHELSEA, JAVITS, PHOENIX, READING, place_id, places

BACK: Final = dt.timedelta(weeks=2)
AHEAD: Final = dt.timedelta(weeks=6)
WEEK_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class Series:
    """A booking and what its events are like. The first of the crew leads."""

    title: str
    organization: str
    place: str
    hours: tuple[dt.time, dt.time]
    manager: str
    activity: str
    kit: str
    crew: tuple[str, ...] = ()
    week_days: tuple[str, ...] = ()
    month_days: tuple[int, ...] = ()
    status: BookingStatus = BookingStatus.APPROVED
    instructions: str = field(default="", kw_only=True)

    @property
    def booking_id(self) -> UUID:
        return demo_id("booking", self.title)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(places()[place_id(self.place)].time_zone or "UTC")

    def falls_on(self, day: dt.date) -> bool:
        return WEEK_DAYS[day.weekday()] in self.week_days or day.day in self.month_days


COLD_BREW: Final = Series(
    "Lumen cold brew sampling",
    LUMEN,
    CHELSEA,
    (dt.time(11), dt.time(15)),
    DANA,
    "Cold brew sampling",
    kits.SAMPLING,
    (ANA, JALEN, CHLOE, MARCUS, SOFIA),
    week_days=("FR", "SA"),
    instructions="Pour two-ounce samples, say what is in them, and count the cups.",
)
LATE_LOUNGE: Final = Series(
    "Halcyon late lounge",
    HALCYON,
    ARAGON,
    (dt.time(22), dt.time(3)),
    LUIS,
    "Zero-proof bar",
    kits.BAR,
    ("Devin Park", "Imani Cole", "Rafael Duarte"),
    week_days=("SA",),
    instructions="Mix to the card. No alcohol behind the bar, whoever asks.",
)
PAYDAY: Final = Series(
    "Terra Trail payday demo",
    TERRA,
    PHOENIX,
    (dt.time(10), dt.time(14)),
    MEI,
    "Shoe trial",
    kits.FOOTWEAR,
    ("Omar Haddad", "Grace Kim", "Tomas Vega"),
    month_days=(15, 31),
    instructions="Measure both feet, offer two pairs, note the size that fits.",
)
EXPO: Final = Series(
    "Lumen expo",
    LUMEN,
    JAVITS,
    (dt.time(9), dt.time(17)),
    DANA,
    "Expo stand",
    kits.SAMPLING,
    status=BookingStatus.PENDING,
)
TASTING: Final = Series(
    "Halcyon tasting",
    HALCYON,
    READING,
    (dt.time(17), dt.time(20)),
    LUIS,
    "Tasting",
    kits.BAR,
    status=BookingStatus.CANCELLED,
)
POP_UP: Final = Series(
    "Lumen cold brew sampling: today's pop-up",
    LUMEN,
    CHELSEA,
    (dt.time(0), dt.time(0)),
    DANA,
    "Cold brew sampling",
    kits.SAMPLING,
    (ANA, JALEN, CHLOE, MARCUS, SOFIA, "Hannah Weiss"),
    instructions="Set up by the Ninth Avenue entrance. The ice is in the back of the store.",
)
ALL: Final = (COLD_BREW, LATE_LOUNGE, PAYDAY, EXPO, TASTING, POP_UP)
REGULAR: Final = (COLD_BREW, LATE_LOUNGE, PAYDAY)


def booking(series: Series, today: dt.date) -> Booking:
    is_approved = series.status is BookingStatus.APPROVED
    return Booking(
        id=series.booking_id,
        title=series.title,
        organization_id=demo_id("organization", series.organization),
        status=series.status,
        recurrence="recurring" if series in REGULAR else "none",
        approved_by=person_id(ADMIN) if is_approved else None,
        approved_at=_noon(today - BACK - dt.timedelta(days=7)) if is_approved else None,
        created_by=person_id(ADMIN),
        series_start_date=today - BACK if series in REGULAR else None,
        event_generation_status="generated" if is_approved else None,
    )


def recurrence(series: Series) -> RecurrencePattern:
    return RecurrencePattern(
        id=demo_id("recurrence", series.title),
        booking_id=series.booking_id,
        frequency="weekly" if series.week_days else "monthly",
        week_days=list(series.week_days) or None,
        month_days=list(series.month_days) or None,
    )


def occurrences(series: Series, today: dt.date) -> Iterator[EventInstance]:
    """The events of a series from two weeks back to six weeks ahead; today's is the pop-up."""
    for days in range(-BACK.days, AHEAD.days + 1):
        day = today + dt.timedelta(days=days)
        if series.falls_on(day) and not (day == today and series is COLD_BREW):
            yield _planned(series, day)


def pop_up(now: dt.datetime) -> EventInstance:
    """An event that began a good half hour ago, so that somebody can already be missing."""
    begin = now - dt.timedelta(minutes=30)
    starts_at = begin.replace(minute=begin.minute // 15 * 15, second=0, microsecond=0)
    return _event(POP_UP, starts_at, starts_at + dt.timedelta(hours=6))


def _planned(series: Series, day: dt.date) -> EventInstance:
    begin, end = series.hours
    last_day = day + dt.timedelta(days=1) if end <= begin else day
    starts_at = dt.datetime.combine(day, begin, series.zone)
    return _event(series, starts_at, dt.datetime.combine(last_day, end, series.zone))


def _event(series: Series, starts_at: dt.datetime, ends_at: dt.datetime) -> EventInstance:
    local_start, local_end = starts_at.astimezone(series.zone), ends_at.astimezone(series.zone)
    occurrence = local_start.replace(tzinfo=None).isoformat(timespec="minutes")
    return EventInstance(
        id=demo_id("event", series.title, occurrence),
        booking_id=series.booking_id,
        date=local_start.date(),
        start_time=local_start.time(),
        end_time=local_end.time(),
        starts_at=starts_at.astimezone(dt.UTC),
        ends_at=ends_at.astimezone(dt.UTC),
        location_id=place_id(series.place),
        field_manager_id=person_id(series.manager),
        special_instructions=series.instructions or None,
        occurrence_key=occurrence,
    )


def _noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), dt.UTC)
