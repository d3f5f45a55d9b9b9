"""The sheet that takes a decision about a flag, and the reason for it."""

from dataclasses import dataclass
from uuid import UUID

import flet as ft

from field_app.store.event_queries import Case
from field_app.views import words
from field_app.views.form import Form
from field_app.views.language import tr
from field_app.views.parts.buttons import buttons, primary, question
from field_app.views.parts.sheets import sheet_of
from field_app.views.parts.surfaces import Handler, banner, body, title
from field_app.views.theme import Tone

IN_STORE = "in_store"


@dataclass(frozen=True)
class Deciding:
    """What the open sheet knows. `holder` is a person's id, or `in_store`, for a disputed kit."""

    item_id: UUID
    decision: str
    reason: str = ""
    holder: str | None = None
    problem: str | None = None

    @property
    def holder_id(self) -> UUID | None:
        return None if self.holder in {None, IN_STORE} else UUID(self.holder)

    @property
    def what_is_missing(self) -> str | None:
        if self.decision == "settle" and self.holder is None:
            return tr("Say who has the kit.")
        return None if self.reason.strip() else tr("Say why in a few words.")


def decision_sheet(
    case: Case, form: Form[Deciding], deciding: Deciding, confirm: Handler
) -> ft.BottomSheet:
    content: list[ft.Control] = [
        title(words.DECISION[deciding.decision]),
        body(words.flag(case.item.flag), muted=True),
    ]
    if deciding.decision == "settle":
        content += [
            question(
                tr("Who has it?"),
                [*_holders(case), (IN_STORE, tr("It is in the store"))],
                deciding.holder,
                lambda value: form.change(holder=value, problem=None),
            ),
        ]
    content.append(
        ft.TextField(
            label=tr("Why?"),
            value=deciding.reason,
            max_length=500,
            counter="",
            autofocus=True,
            on_change=form.on("reason", problem=None),
        )
    )
    if deciding.problem:
        content.append(banner(deciding.problem, Tone.BAD))
    content.append(buttons(primary(tr("Decide"), confirm, icon=ft.Icons.CHECK)))
    return sheet_of(content, on_dismiss=form.close)


def _holders(case: Case) -> list[tuple[str, str]]:
    """Everybody who ever had the kit, as far as was told."""
    named = {
        str(handling.entry.holder_id): handling.holder
        for handling in case.handlings
        if handling.entry.holder_id and handling.holder
    }
    return [(user_id, name) for user_id, name in named.items() if name]
