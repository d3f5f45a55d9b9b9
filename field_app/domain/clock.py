"""When something happened, and how far to trust it."""

import datetime as dt
from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from field_app.domain.person import Actor

OFFICE = UUID(int=0)
"""The device of whatever the server or its operators do."""


class ClockGrade(StrEnum):
    """HIGH: offset measured this boot and day. MEDIUM: longer ago. LOW: never, or it jumped."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def is_trusted(self) -> bool:
        return self is not ClockGrade.LOW


class ClockReading(BaseModel):
    """What the device's clock said, and its measured distance from the server's.

    `offset_ms` is server minus device, from the midpoint of the last answered request.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    device_at: AwareDatetime
    offset_ms: int | None
    grade: ClockGrade

    @property
    def occurred_at(self) -> dt.datetime:
        """Device time corrected by the last known offset."""
        return self.device_at + dt.timedelta(milliseconds=self.offset_ms or 0)


def grade_clock(
    *, measured_this_boot: bool, offset_age: dt.timedelta | None, jumped: bool
) -> ClockGrade:
    """Grade a clock by where and when its offset was measured (docs/operations.md)."""
    if offset_age is None or jumped or not measured_this_boot:
        return ClockGrade.LOW
    return ClockGrade.HIGH if abs(offset_age) < dt.timedelta(hours=24) else ClockGrade.MEDIUM


class Stamp(BaseModel):
    """Who did it, on which device, when it happened and when the server heard of it.

    On the device `received_at` equals `occurred_at`: nobody has heard of it yet.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    operation_id: UUID
    actor: Actor
    device_id: UUID
    occurred_at: AwareDatetime
    received_at: AwareDatetime
    clock: ClockReading
    base_version: int | None = None
