"""A dialog that asks before a step, with a line for the reason where one is needed."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import flet as ft

from field_app.domain.operations import Operation
from field_app.views.form import use_form
from field_app.views.hooks import use_app
from field_app.views.language import tr, trc
from field_app.views.parts.acting import perform
from field_app.views.parts.buttons import quiet
from field_app.views.parts.sheets import read_first
from field_app.views.parts.surfaces import body
from field_app.views.theme import M

Make = Callable[[str], Operation]
"""The operation, given the reason."""


@dataclass(frozen=True)
class Question:
    """What is asked, of which record, and what a yes does."""

    heading: str
    target_id: UUID
    make: Make
    text: str | None = None
    yes: str | None = None
    needs_reason: bool = False
    label: str | None = None
    reason: str = ""
    problem: str | None = None


Ask = Callable[[Question], None]


def use_question() -> Ask:
    app = use_app()
    form = use_form(Question)

    async def yes(asked: Question) -> None:
        if asked.needs_reason and not asked.reason.strip():
            form.change(problem=tr("Say it in a few words"))
            return
        await perform(app, asked.target_id, asked.make(asked.reason.strip()))
        form.close()

    dialog = None
    if (asked := form.value) is not None:
        content: list[ft.Control] = [body(asked.text)] if asked.text else []
        if asked.needs_reason:
            content.append(
                ft.TextField(
                    label=asked.label or tr("Why?"),
                    value=asked.reason,
                    error=asked.problem,
                    autofocus=True,
                    max_length=500,
                    counter="",
                    on_change=form.on("reason", problem=None),
                )
            )
        dialog = ft.AlertDialog(
            title=read_first(ft.Text(asked.heading)),
            content=ft.Column(content, tight=True, spacing=M) if content else None,
            actions=[
                quiet(trc("verb", "Back"), form.close),
                quiet(asked.yes or tr("Yes"), form.saves(yes)),
            ],
            on_dismiss=form.close,
        )
    ft.use_dialog(dialog)
    return form.open
