"""The evening before a shift: is this device ready for a cellar?"""

import datetime as dt
from dataclasses import dataclass
from typing import cast

import flet as ft

from field_app.device import Health
from field_app.domain.assignment import AssignmentStatus
from field_app.domain.clock import ClockGrade, ClockReading
from field_app.store.queries import Shift
from field_app.views import moments
from field_app.views.hooks import component, guarded, use_app, use_sync_status
from field_app.views.language import tr
from field_app.views.parts.buttons import quiet
from field_app.views.parts.surfaces import body, card, section
from field_app.views.theme import M, Tone

BEFORE = dt.timedelta(hours=18)
FRESH = dt.timedelta(hours=12)
SKEW = dt.timedelta(minutes=2)
ROOM_FOR_PHOTOS = 200_000_000
ENOUGH_CHARGE = 50
INKS = {Tone.GOOD: ft.Colors.PRIMARY, Tone.WARN: ft.Colors.TERTIARY}
SIGNS = {Tone.GOOD: ft.Icons.CHECK_CIRCLE, Tone.WARN: ft.Icons.PRIORITY_HIGH}


@dataclass(frozen=True)
class Facts:
    """What the device knows of itself. `free_bytes`: for photos and the database."""

    now: dt.datetime
    synced_at: dt.datetime | None
    clock: ClockReading
    free_bytes: int
    health: Health


@dataclass(frozen=True)
class Check:
    """One thing that is fine, or what to do about it."""

    is_fine: bool
    said: str


def is_near(shift: Shift, now: dt.datetime) -> bool:
    """Whether this booked shift begins soon enough to get ready for it."""
    is_booked = shift.assignment.status is AssignmentStatus.ACCEPTED
    return is_booked and now < shift.event.starts_at <= now + BEFORE


def checks(facts: Facts) -> list[Check]:
    found = [_data(facts), _position(facts.health), _clock(facts.clock), _room(facts.free_bytes)]
    if (percent := facts.health.battery_percent) is not None:
        found.append(_battery(percent))
    return found


@component
def Readiness() -> ft.Control:
    """One card; it asks the device when it appears, and again on demand."""
    app = use_app()
    status = use_sync_status()
    health, set_health = ft.use_state(cast("Health | None", None))

    async def look() -> None:
        set_health(await app.device.health())

    ft.use_effect(look, dependencies=[])
    facts = Facts(
        now=app.device.now(),
        synced_at=status.last_synced_at,
        clock=app.acts.read_clock(),
        free_bytes=app.acts.free_bytes,
        health=health or Health(),
    )
    again = quiet(tr("Check again"), guarded(lambda _: look()), icon=ft.Icons.REFRESH)
    lines = [_line(check) for check in checks(facts)]
    return section(tr("Ready for the shift?"), [card([*lines, ft.Row([again], wrap=True)])])


def _line(check: Check) -> ft.Control:
    tone = Tone.GOOD if check.is_fine else Tone.WARN
    said = tr("Fine") if check.is_fine else tr("To do")
    sign = ft.Icon(SIGNS[tone], color=INKS[tone], semantics_label=said)
    top = ft.CrossAxisAlignment.START
    return ft.Row([sign, body(check.said, fills=True)], spacing=M, vertical_alignment=top)


def _data(facts: Facts) -> Check:
    if facts.synced_at is None:
        return Check(False, tr("Nothing was fetched yet. Find a network before you go."))
    age = facts.now - facts.synced_at
    if age > FRESH:
        said = tr("Last synced {span} ago. Find a network before you go.", span=moments.span(age))
        return Check(False, said)
    return Check(True, tr("Your shifts are here and up to date."))


def _position(health: Health) -> Check:
    if health.position == "granted":
        return Check(True, tr("Your position may be used when you check in."))
    if health.position == "denied":
        said = tr("Your position may not be used. Allow it in the device's settings, or check in "
                  "with a photo.")  # fmt: skip
        return Check(False, said)
    if health.position == "off":
        return Check(False, tr("Location is switched off on this device."))
    return Check(True, tr("You will be asked for your position at the first check-in."))


def _clock(clock: ClockReading) -> Check:
    if clock.grade is ClockGrade.LOW:
        return Check(False, tr("The clock was not compared yet. One sync does it."))
    off = abs(dt.timedelta(milliseconds=clock.offset_ms or 0))
    if off > SKEW:
        said = tr("The clock is {span} off. The office's time is used.", span=moments.span(off))
        return Check(False, said)
    return Check(True, tr("The clock is right."))


def _room(free_bytes: int) -> Check:
    if free_bytes >= ROOM_FOR_PHOTOS:
        return Check(True, tr("There is room for photos."))
    free = free_bytes // 1_000_000
    return Check(False, tr("Only {free} MB are free. Make room for photos.", free=free))


def _battery(percent: int) -> Check:
    if percent >= ENOUGH_CHARGE:
        return Check(True, tr("Battery at {percent} %.", percent=percent))
    return Check(False, tr("Battery at {percent} %. Charge it before you go.", percent=percent))
