"""A manager sets the times of a shift right, with a reason."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

import flet as ft

from field_app.domain.attendance import AssignmentCorrectTime
from field_app.store.queries import Shift
from field_app.views import words
from field_app.views.hooks import guarded, use_app
from field_app.views.parts.acting import perform
from field_app.views.parts.surfaces import banner, body, buttons, primary, sheet_of, small, title
from field_app.views.theme import Tone


@dataclass(frozen=True)
class Correcting:
    """What stands in the fields, by the venue's clock."""

    start: str
    end: str
    reason: str = ""
    problem: str | None = None


def use_correct_sheet(shift: Shift | None) -> Callable[[], None]:
    app = use_app()
    state, set_state = ft.use_state(cast("Correcting | None", None))

    async def save(_: ft.ControlEvent) -> None:
        if state is None or shift is None:
            return
        operation = _operation(shift, state)
        if isinstance(operation, str):
            set_state(replace(state, problem=operation))
            return
        set_state(None)
        await perform(app, shift.id, operation, "Corrected. Saved on this phone.")

    ft.use_dialog(_sheet(shift, state, set_state, guarded(save)) if state and shift else None)

    def open_sheet() -> None:
        if shift is not None:
            set_state(_as_it_is(shift))

    return open_sheet


def _as_it_is(shift: Shift) -> Correcting:
    zone = words.zone_of(shift.place)
    a = shift.assignment
    start, end = a.check_in_time or a.claimed_start, a.check_out_time
    return Correcting(
        start=words.clock(start, zone) if start else "",
        end=words.clock(end, zone) if end else "",
    )


def _operation(shift: Shift, state: Correcting) -> AssignmentCorrectTime | str:
    """The operation, or what is wrong with the fields."""
    zone = words.zone_of(shift.place)
    start = words.at_clock(state.start, shift.event.starts_at, zone) if state.start else None
    end = words.at_clock(state.end, shift.event.starts_at, zone) if state.end else None
    if (state.start and start is None) or (state.end and end is None):
        return "Write times like 11:00."
    if start is None and end is None:
        return "Enter at least one time."
    if end is not None and end <= (start or shift.event.starts_at):
        end += dt.timedelta(days=1)  # past midnight
    if not state.reason.strip():
        return "Say why in a few words."
    return AssignmentCorrectTime(check_in_time=start, check_out_time=end, reason=state.reason)


def _sheet(
    shift: Shift, state: Correcting, set_state: Callable[..., None], save: Callable[..., object]
) -> ft.BottomSheet:
    name = shift.person.name if shift.person else "this shift"
    planned = words.hours_of(shift.event, words.zone_of(shift.place))
    content: list[ft.Control] = [
        title(f"Correct the times of {name}"),
        body(f"Planned {planned}, by the venue's clock.", muted=True),
        ft.TextField(
            label="Came at",
            value=state.start,
            on_change=lambda e: set_state(replace(state, start=e.control.value, problem=None)),
        ),
        ft.TextField(
            label="Left at",
            value=state.end,
            on_change=lambda e: set_state(replace(state, end=e.control.value, problem=None)),
        ),
        ft.TextField(
            label="Why?",
            value=state.reason,
            max_length=500,
            counter="",
            on_change=lambda e: set_state(replace(state, reason=e.control.value, problem=None)),
        ),
        small("What the phone said is kept beside your correction."),
    ]
    if state.problem:
        content.append(banner(state.problem, Tone.BAD))
    content.append(buttons(primary("Save", save, icon=ft.Icons.CHECK)))
    return sheet_of(content, on_dismiss=lambda _: set_state(None))
