"""Reporting a problem: what, how bad, where. Kept as a draft at every pause of the keyboard."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import flet as ft
from sqlmodel import Session

from field_app.domain.issue import EventIssue, IssueType, Severity
from field_app.domain.issues import IssueReport, NewPhoto
from field_app.store import drafts, issue_queries
from field_app.store.drafts import IssueDraft
from field_app.store.issue_queries import EventBrief
from field_app.views import moments, words
from field_app.views.form import Form, entered, use_form
from field_app.views.hooks import AppContext, guarded, use_app, use_person, use_query
from field_app.views.language import tr
from field_app.views.parts.acting import perform
from field_app.views.parts.buttons import primary, question, quiet
from field_app.views.parts.photo_sources import photo_sources
from field_app.views.parts.photos import chosen_photos, with_photo, without_photo
from field_app.views.parts.sheets import last_word, sheet_of
from field_app.views.parts.surfaces import Handler, banner, body, line, row, rows, title
from field_app.views.theme import Tone

PAUSE_S = 0.4


@dataclass(frozen=True)
class Reporting:
    """What the open sheet knows. `is_old`: it goes on with a draft; `is_choosing`: where."""

    issue_id: UUID
    event_id: UUID | None
    issue_type: IssueType | None = None
    severity: Severity = Severity.MEDIUM
    text: str = ""
    photos: tuple[NewPhoto, ...] = ()
    problem: str | None = None
    is_old: bool = False
    is_choosing: bool = False

    @property
    def draft(self) -> IssueDraft:
        return IssueDraft(
            issue_id=self.issue_id,
            event_id=self.event_id,
            issue_type=self.issue_type,
            severity=self.severity,
            text=self.text,
            photos=self.photos,
        )

    @property
    def what_is_missing(self) -> str | None:
        if self.event_id is None:
            return tr("Choose where it is.")
        if self.issue_type is None:
            return tr("Choose what it is about.")
        return None if self.text.strip() else tr("Say it in a few words.")


def use_report_sheet() -> Callable[[UUID | None], None]:
    """Opens the sheet, at an event or at the nearest one."""
    app = use_app()
    me = use_person().id
    form = use_form(Reporting)
    state = form.value
    events = use_query(lambda s: issue_queries.events_near(s, app.device.now()) if state else [])
    alike = use_query(lambda s: _alike(s, app, state))

    async def send(state: Reporting) -> None:
        if problem := state.what_is_missing:
            form.change(problem=problem)
            return
        if await perform(
            app, state.issue_id, _operation(state), tr("Reported. Saved on this device.")
        ):
            await asyncio.to_thread(app.acts.store.write, lambda s: drafts.forget(s, me))
        form.close()

    async def discard(_: ft.ControlEvent) -> None:
        form.close()
        await asyncio.to_thread(app.acts.store.write, lambda s: drafts.forget(s, me))

    sheet = None
    if state is not None:
        keep = _Keeper(app, me, form)
        parts = _parts(app, keep, state, events, alike)
        if state.is_old:
            parts.append(quiet(tr("Discard this draft"), guarded(discard)))
        go = primary(tr("Send"), form.saves(send), icon=ft.Icons.SEND)
        sheet = sheet_of(
            [*parts, last_word(go, state.problem)], on_dismiss=form.close, is_long=True
        )
    ft.use_dialog(sheet)
    return lambda event_id: form.open(_begin(app, me, event_id))


class _Keeper:
    """Changes the form, and keeps it as a draft once the person pauses."""

    def __init__(self, app: AppContext, author_id: UUID, form: Form[Reporting]) -> None:
        self._app, self._author_id, self._form = app, author_id, form
        self._page = ft.context.page

    def change(self, **changes: object) -> None:
        self._form.change(problem=None, **changes)
        self._page.run_task(guarded(self._keep_later))

    def attach(self, photo: NewPhoto) -> None:
        attached = self._form.value.photos if self._form.value else ()
        self.change(photos=with_photo(attached, photo))

    def complain(self, problem: str) -> None:
        self._form.change(problem=problem)

    def detach(self, photo: NewPhoto) -> None:
        attached = self._form.value.photos if self._form.value else ()
        self.change(photos=without_photo(attached, photo))

    def on_text(self, event: ft.Event[ft.TextField]) -> None:
        self.change(text=entered(event))

    async def _keep_later(self) -> None:
        written = self._form.value
        await asyncio.sleep(PAUSE_S)
        if written is None or self._form.value is not written:
            return
        keep = lambda session: drafts.save(session, self._author_id, written.draft)  # noqa: E731
        await asyncio.to_thread(self._app.acts.store.write, keep)


def _begin(app: AppContext, me: UUID, event_id: UUID | None) -> Reporting:
    """A kept draft, or an empty report at the event that is meant."""
    store = app.acts.store
    draft = store.read(lambda session: drafts.load(session, me))
    if draft is not None and (draft.text.strip() or draft.photos):
        return Reporting(
            draft.issue_id,
            draft.event_id,
            draft.issue_type,
            draft.severity,
            draft.text,
            draft.photos,
            is_old=True,
        )
    if event_id is None:
        near = store.read(lambda s: issue_queries.events_near(s, app.device.now()))
        event_id = near[0].event.id if near else None
    return Reporting(uuid4(), event_id)


def _alike(session: Session, app: AppContext, state: Reporting | None) -> EventIssue | None:
    if state is None or state.issue_type is None:
        return None
    return issue_queries.alike(session, state.event_id, state.issue_type, app.device.now())


def _operation(state: Reporting) -> IssueReport:
    assert state.event_id is not None
    assert state.issue_type is not None
    return IssueReport(
        event_instance_id=state.event_id,
        issue_type=state.issue_type,
        severity=state.severity,
        description=state.text,
        photos=state.photos,
    )


def _parts(
    app: AppContext,
    keep: _Keeper,
    state: Reporting,
    events: list[EventBrief],
    alike: EventIssue | None,
) -> list[ft.Control]:
    types = [(each.value, said) for each, said in words.ISSUE_TYPE.items()]
    severities = [(each.value, said) for each, said in words.SEVERITY.items()]
    parts: list[ft.Control] = [
        title(tr("Report a problem")),
        *_where(app, keep, state, events),
        question(
            tr("What is it about?"),
            types,
            state.issue_type,
            lambda value: keep.change(issue_type=IssueType(value)),
        ),
        ft.TextField(
            label=tr("What happened?"),
            value=state.text,
            multiline=True,
            min_lines=3,
            max_lines=8,
            max_length=4000,
            counter="",
            on_change=keep.on_text,
        ),
        photo_sources(app, keep.attach, keep.complain, attached=len(state.photos)),
        *([chosen_photos(state.photos, keep.detach)] if state.photos else []),
        question(
            tr("How bad is it?"),
            severities,
            state.severity,
            lambda value: keep.change(severity=Severity(value)),
        ),
    ]
    if alike is not None:
        said = words.shorten(alike.description)
        parts.append(banner(tr("Already reported here: “{said}”", said=said), Tone.NEUTRAL))
    return parts


def _where(
    app: AppContext, keep: _Keeper, state: Reporting, events: list[EventBrief]
) -> list[ft.Control]:
    """The event that is meant, and the way to another one."""
    if not events:
        return [banner(tr("No event is on this device to report at."), Tone.WARN)]
    chosen = next((brief for brief in events if brief.event.id == state.event_id), None)
    if chosen is not None and not state.is_choosing:
        other = quiet(tr("Somewhere else"), lambda _: keep.change(is_choosing=True))
        return [line(ft.Icons.EVENT_OUTLINED, _event(app, chosen)), ft.Row([other], wrap=True)]

    def pick(brief: EventBrief) -> Handler:
        return guarded(lambda _: keep.change(event_id=brief.event.id, is_choosing=False))

    near = [row(_event(app, each), on_click=pick(each), key=str(each.event.id)) for each in events]
    return [body(tr("Where?"), strong=True), rows(near)]


def _event(app: AppContext, brief: EventBrief) -> str:
    name = brief.booking.title if brief.booking else tr("Event")
    return f"{name} \u00b7 {moments.when(brief.event, brief.place, app.device)}"
