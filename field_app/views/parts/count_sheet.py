"""Counting at an activity: what came on top since the last time."""

from collections.abc import Callable
from dataclasses import dataclass, field

import flet as ft

from field_app.domain.activity import Activity
from field_app.domain.running import ActivityTransition
from field_app.views.form import Form, entered, use_form
from field_app.views.hooks import use_app
from field_app.views.language import tr
from field_app.views.parts.acting import perform
from field_app.views.parts.buttons import buttons, primary
from field_app.views.parts.counters import is_count, whole_numbers
from field_app.views.parts.sheets import sheet_of
from field_app.views.parts.surfaces import Handler, banner, small, title
from field_app.views.theme import Tone


@dataclass(frozen=True)
class Counting:
    activity: Activity
    added: dict[str, str] = field(default_factory=dict)
    problem: str | None = None

    @property
    def increments(self) -> dict[str, float] | None:
        """What is to be added; None while something is no whole number."""
        written = {name: text.strip() for name, text in self.added.items() if text.strip()}
        if not all(is_count(text) for text in written.values()):
            return None
        return {name: float(text) for name, text in written.items()}


def use_count_sheet() -> Callable[[Activity], None]:
    app = use_app()
    form = use_form(Counting)

    async def save(state: Counting) -> None:
        if not (increments := state.increments):
            said = whole_numbers() if increments is None else tr("Enter a number first.")
            form.change(problem=said)
            return
        counted = ActivityTransition(to_state=state.activity.status, metrics=increments)
        await perform(app, state.activity.id, counted)
        form.close()

    ft.use_dialog(_sheet(form, form.value, form.saves(save)) if form.value else None)
    return lambda activity: form.open(Counting(activity))


def _sheet(form: Form[Counting], state: Counting, save: Handler) -> ft.BottomSheet:
    def writer(name: str) -> Handler:
        def write(event: ft.Event[ft.TextField]) -> None:
            added = form.value.added if form.value else {}
            form.change(added={**added, name: entered(event)}, problem=None)

        return write

    metrics = {**(state.activity.target_metrics or {}), **(state.activity.actual_metrics or {})}
    fields: list[ft.Control] = [
        ft.TextField(
            label=tr("{name}: how many more?", name=name.replace("_", " ").capitalize()),
            value=state.added.get(name, ""),
            keyboard_type=ft.KeyboardType.NUMBER,
            max_length=6,
            counter="",
            on_change=writer(name),
        )
        for name in sorted(metrics)
    ]
    if not fields:
        fields = [small(tr("Nothing is counted at this activity."))]
    problem = [banner(state.problem, Tone.BAD)] if state.problem else []
    return sheet_of(
        [
            title(tr("Count: {title}", title=state.activity.title)),
            *fields,
            small(tr("What you enter is added, so that two people can count at once.")),
            *problem,
            buttons(primary(tr("Add"), save, icon=ft.Icons.ADD)),
        ],
        on_dismiss=form.close,
    )
