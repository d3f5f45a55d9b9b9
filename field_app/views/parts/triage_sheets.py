"""Following an issue up: who takes care of it, and how it ended."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import flet as ft

from field_app.domain.issues import NewPhoto
from field_app.domain.person import User
from field_app.domain.triage import IssueAcknowledge, IssueResolve
from field_app.store import queries
from field_app.store.issue_queries import Issue
from field_app.views.form import Form, use_form
from field_app.views.hooks import AppContext, use_app, use_person, use_query
from field_app.views.language import tr
from field_app.views.parts.acting import perform
from field_app.views.parts.buttons import choices, primary
from field_app.views.parts.photo_sources import photo_sources
from field_app.views.parts.photos import chosen_photos, with_photo, without_photo
from field_app.views.parts.sheets import last_word, sheet_of
from field_app.views.parts.surfaces import small, title


@dataclass(frozen=True)
class Resolving:
    """How it was put right, so far."""

    text: str = ""
    photos: tuple[NewPhoto, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class HandingOn:
    """Who is to take care of it."""

    owner_id: UUID | None = None
    problem: str | None = None


@dataclass(frozen=True)
class TriageSheets:
    """How a screen opens them."""

    resolve: Callable[[], None]
    hand_on: Callable[[], None]


def use_triage_sheets(about: Issue | None) -> TriageSheets:
    app, me = use_app(), use_person().id
    resolving = use_form(Resolving)
    handing_on = use_form(HandingOn)
    event_id = about.event.id if about and handing_on.value else None
    people = use_query(lambda s: queries.people_at(s, event_id, me) if event_id else [])
    sheet = None
    if about is not None and resolving.value is not None:
        sheet = _resolve(app, about, resolving, resolving.value)
    elif about is not None and handing_on.value is not None:
        sheet = _hand_on(app, about, handing_on, handing_on.value, people)
    ft.use_dialog(sheet)
    return TriageSheets(
        resolve=lambda: resolving.open(Resolving()), hand_on=lambda: handing_on.open(HandingOn())
    )


def _resolve(
    app: AppContext, about: Issue, form: Form[Resolving], state: Resolving
) -> ft.BottomSheet:
    async def save(state: Resolving) -> None:
        if not state.text.strip():
            form.change(problem=tr("Say it in a few words."))
            return
        operation = IssueResolve(resolution=state.text, photos=state.photos)
        form.close()
        await perform(app, about.id, operation, tr("Resolved. Saved on this device."))

    def attach(photo: NewPhoto) -> None:
        attached = form.value.photos if form.value else ()
        form.change(photos=with_photo(attached, photo), problem=None)

    def detach(photo: NewPhoto) -> None:
        attached = form.value.photos if form.value else ()
        form.change(photos=without_photo(attached, photo))

    told = ft.TextField(
        label=tr("What was done?"),
        value=state.text,
        multiline=True,
        min_lines=2,
        max_length=500,
        counter="",
        on_change=form.on("text", problem=None),
    )
    add = photo_sources(
        app, attach, lambda said: form.change(problem=said), attached=len(state.photos)
    )
    return sheet_of(
        [
            title(tr("How was it resolved?")),
            told,
            add,
            *([chosen_photos(state.photos, detach)] if state.photos else []),
            last_word(primary(tr("Resolve"), form.saves(save), icon=ft.Icons.CHECK), state.problem),
        ],
        on_dismiss=form.close,
    )


def _hand_on(
    app: AppContext, about: Issue, form: Form[HandingOn], state: HandingOn, people: list[User]
) -> ft.BottomSheet:
    async def save(state: HandingOn) -> None:
        if state.owner_id is None:
            form.change(problem=tr("Choose who takes care of it."))
            return
        form.close()
        await perform(app, about.id, IssueAcknowledge(owner_id=state.owner_id))

    options = [(str(user.id), user.name) for user in people if user.id != about.issue.owner_id]
    chosen = str(state.owner_id) if state.owner_id else None
    pick = choices(options, chosen, lambda value: form.change(owner_id=UUID(value), problem=None))
    who = pick if options else small(tr("Nobody else of this event is on this device."))
    return sheet_of(
        [
            title(tr("Who takes care of it?")),
            who,
            last_word(primary(tr("Save"), form.saves(save), icon=ft.Icons.CHECK), state.problem),
        ],
        on_dismiss=form.close,
    )
