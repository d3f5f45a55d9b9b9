"""A dialog that asks before a step, with a line for the reason where one is needed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast
from uuid import UUID

import flet as ft

from field_app.domain.operations import Operation
from field_app.views.hooks import guarded, use_app
from field_app.views.parts.acting import perform
from field_app.views.parts.surfaces import body, quiet
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
    yes: str = "Yes"
    needs_reason: bool = False
    reason: str = ""
    problem: str | None = None


Ask = Callable[[Question], None]


def use_question() -> Ask:
    app = use_app()
    asked, set_asked = ft.use_state(cast("Question | None", None))

    async def yes(_: ft.ControlEvent) -> None:
        if asked is None:
            return
        if asked.needs_reason and not asked.reason.strip():
            set_asked(replace(asked, problem="Say why in a few words"))
            return
        set_asked(None)
        await perform(app, asked.target_id, asked.make(asked.reason.strip()))

    dialog = None
    if asked is not None:
        content: list[ft.Control] = [body(asked.text)] if asked.text else []
        if asked.needs_reason:
            content.append(
                ft.TextField(
                    label="Why?",
                    value=asked.reason,
                    error=asked.problem,
                    autofocus=True,
                    max_length=500,
                    counter="",
                    on_change=lambda e: set_asked(
                        replace(asked, reason=e.control.value, problem=None)
                    ),
                )
            )
        dialog = ft.AlertDialog(
            title=ft.Text(asked.heading),
            content=ft.Column(content, tight=True, spacing=M) if content else None,
            actions=[quiet("Back", lambda _: set_asked(None)), quiet(asked.yes, guarded(yes))],
            on_dismiss=lambda _: set_asked(None),
        )
    ft.use_dialog(dialog)
    return lambda question: set_asked(question)
