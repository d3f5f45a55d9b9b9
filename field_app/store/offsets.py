"""How far this device's clock is from the server's, kept across restarts."""

import datetime as dt

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session

from field_app.domain.clock import ClockReading, grade_clock
from field_app.store import settings
from field_app.store.settings import Setting

JUMP = dt.timedelta(seconds=5)


class Ticks(BaseModel):
    """A device's two clocks at one moment: the wall's, and one that only ever counts up."""

    model_config = ConfigDict(frozen=True)

    device_at: dt.datetime
    monotonic_ms: int
    boot_id: str


class ClockOffset(BaseModel):
    """`offset_ms` is server minus device, measured when the device's clocks read `at`."""

    model_config = ConfigDict(frozen=True)

    offset_ms: int
    at: Ticks


def measure(sent: Ticks, received: Ticks, server_time: dt.datetime) -> ClockOffset:
    """The server answered somewhere between the two; the midpoint is the best guess."""
    middle = sent.device_at + (received.device_at - sent.device_at) / 2
    return ClockOffset(offset_ms=round((server_time - middle).total_seconds() * 1000), at=received)


def save(session: Session, offset: ClockOffset) -> None:
    settings.put(session, Setting.CLOCK_OFFSET, offset.model_dump_json())


def load(session: Session) -> ClockOffset | None:
    saved = settings.get(session, Setting.CLOCK_OFFSET)
    return None if saved is None else ClockOffset.model_validate_json(saved)


def read_clock(known: ClockOffset | None, now: Ticks) -> ClockReading:
    """What the device's clock says now, and how far to trust it."""
    if known is None:
        grade = grade_clock(measured_this_boot=False, offset_age=None, jumped=False)
        return ClockReading(device_at=now.device_at, offset_ms=None, grade=grade)
    ticked = dt.timedelta(milliseconds=now.monotonic_ms - known.at.monotonic_ms)
    by_wall = now.device_at - known.at.device_at
    same_boot = now.boot_id == known.at.boot_id and now.monotonic_ms >= known.at.monotonic_ms
    grade = grade_clock(
        measured_this_boot=same_boot, offset_age=ticked, jumped=abs(by_wall - ticked) > JUMP
    )
    return ClockReading(device_at=now.device_at, offset_ms=known.offset_ms, grade=grade)
