"""Bookings and their recurrence: made and approved in the booking system, read here."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, ClassVar

from sqlalchemy import String
from sqlmodel import Field

from field_app.domain.records import (
    Id,
    IntegerListType,
    MaybeId,
    MaybeInstant,
    Record,
    TextList,
)


class BookingStatus(StrEnum):
    DRAFT = "draft"
    PENDING = "pending"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


class Booking(Record):
    """A client's order for one event or a series. Devices see title, organization and status.

    `starts_on` to `field_manager_id` are the plan: the first day, the wall clock there, the place,
    and who runs it.
    """

    table: ClassVar[str] = "bookings"

    title: str
    organization_id: MaybeId = None
    status: Annotated[BookingStatus, Field(sa_type=String)] = BookingStatus.DRAFT
    description: str | None = None
    recurrence: str | None = None
    client_notes: str | None = None
    admin_notes: str | None = None
    approved_by: MaybeId = None
    approved_at: MaybeInstant = None
    created_by: MaybeId = None
    event_generation_status: str | None = None
    event_count: int | None = None
    last_event_generated_at: MaybeInstant = None
    series_start_date: dt.date | None = None
    series_end_date: dt.date | None = None
    starts_on: dt.date | None = None
    event_start_time: dt.time | None = None
    event_end_time: dt.time | None = None
    location_id: MaybeId = None
    field_manager_id: MaybeId = None
    created_at: MaybeInstant = None
    updated_at: MaybeInstant = None
    deleted_at: MaybeInstant = None


class RecurrencePattern(Record):
    """How a booking repeats. Week days as MO..SU, month days 1..31 or -1 for the last."""

    table: ClassVar[str] = "recurrence_patterns"

    booking_id: Id
    frequency: str
    interval: int = 1
    week_days: TextList = None
    month_days: list[int] | None = Field(default=None, sa_type=IntegerListType)
    end_date: dt.date | None = None
    end_after: int | None = None
    month_end: str = "skip"
    """What the 31st is in a shorter month: `skip` or `clamp`."""
    created_at: MaybeInstant = None
    updated_at: MaybeInstant = None
