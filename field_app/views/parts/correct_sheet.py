"""A manager sets the times of a shift right, with a reason."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import flet as ft

from field_app.domain.attendance import AssignmentCorrectTime
from field_app.store.queries import Shift
from field_app.views import moments
from field_app.views.form import Form, use_form
from field_app.views.hooks import use_app
from field_app.views.language import tr
from field_app.views.parts.acting import perform
from field_app.views.parts.buttons import buttons, primary
from field_app.views.parts.sheets import sheet_of
from field_app.views.parts.surfaces import Handler, banner, body, small, title
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
    form = use_form(Correcting)

    async def save(state: Correcting) -> None:
        if shift is None:
            return
        operation = _operation(shift, state)
        if isinstance(operation, str):
            form.change(problem=operation)
            return
        await perform(app, shift.id, operation, tr("Corrected. Saved on this device."))
        form.close()

    sheet = None
    if form.value is not None and shift is not None:
        sheet = _sheet(shift, form, form.value, form.saves(save))
    ft.use_dialog(sheet)

    def open_sheet() -> None:
        if shift is not None:
            form.open(_as_it_is(shift))

    return open_sheet


def _as_it_is(shift: Shift) -> Correcting:
    zone = moments.zone_of(shift.place)
    a = shift.assignment
    start, end = a.check_in_time or a.claimed_start, a.check_out_time
    return Correcting(
        start=moments.clock(start, zone) if start else "",
        end=moments.clock(end, zone) if end else "",
    )


def _operation(shift: Shift, state: Correcting) -> AssignmentCorrectTime | str:
    """The operation, or what is wrong with the fields."""
    zone = moments.zone_of(shift.place)
    start = moments.at_clock(state.start, shift.event.starts_at, zone) if state.start else None
    end = moments.at_clock(state.end, shift.event.starts_at, zone) if state.end else None
    if (state.start and start is None) or (state.end and end is None):
        return tr("Write times like 11:00.")
    if start is None and end is None:
        return tr("Enter at least one time.")
    if end is not None and end <= (start or shift.event.starts_at):
        end += dt.timedelta(days=1)  # past midnight
    if not state.reason.strip():
        return tr("Say why in a few words.")
    return AssignmentCorrectTime(check_in_time=start, check_out_time=end, reason=state.reason)


def _sheet(
    shift: Shift, form: Form[Correcting], state: Correcting, save: Handler
) -> ft.BottomSheet:
    name = shift.person.name if shift.person else tr("this shift")
    planned = moments.hours_of(shift.event, moments.zone_of(shift.place))
    content: list[ft.Control] = [
        title(tr("Correct the times of {name}", name=name)),
        body(tr("Planned {planned}, by the venue's clock.", planned=planned), muted=True),
        ft.TextField(
            label=tr("Came at"),
            value=state.start,
            on_change=form.on("start", problem=None),
        ),
        ft.TextField(
            label=tr("Left at"),
            value=state.end,
            on_change=form.on("end", problem=None),
        ),
        ft.TextField(
            label=tr("Why?"),
            value=state.reason,
            max_length=500,
            counter="",
            on_change=form.on("reason", problem=None),
        ),
        small(tr("What the phone said is kept beside your correction.")),
    ]
    if state.problem:
        content.append(banner(state.problem, Tone.BAD))
    content.append(buttons(primary(tr("Save"), save, icon=ft.Icons.CHECK)))
    return sheet_of(content, on_dismiss=form.close)
