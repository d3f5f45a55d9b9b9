"""One issue: what was said, what became of it, and what can be done about it."""

from collections.abc import Callable
from typing import cast
from uuid import UUID

import flet as ft
from sqlmodel import Session

from field_app.domain.event import runs_event
from field_app.domain.issue import SETTLED, IssueStatus, Severity
from field_app.domain.issues import IssueAddPhoto, IssueRemovePhoto, NewPhoto
from field_app.domain.transitions import ISSUE, can_step
from field_app.domain.triage import (
    IssueAcknowledge,
    IssueReopen,
    IssueSetSeverity,
    IssueStart,
)
from field_app.domain.wire import Person
from field_app.store import history, issue_queries, photo_queue
from field_app.store.issue_queries import Issue as IssueSheet
from field_app.store.mirror import MirrorWorld
from field_app.store.tables import PhotoRow
from field_app.views import moments, words
from field_app.views.hooks import (
    AppContext,
    component,
    guarded,
    screen,
    use_app,
    use_person,
    use_query,
    use_sync_status,
)
from field_app.views.issues import IssueList, issue_chips
from field_app.views.language import tr
from field_app.views.parts.acting import perform
from field_app.views.parts.ask import Ask, Question, use_question
from field_app.views.parts.buttons import buttons, primary, question, quiet
from field_app.views.parts.issue_timeline import issue_timeline
from field_app.views.parts.photo_sources import photo_sources
from field_app.views.parts.photos import photo_grid, viewer
from field_app.views.parts.shell import use_detail
from field_app.views.parts.surfaces import body, card, empty, line, page_column, section
from field_app.views.parts.triage_sheets import TriageSheets, use_triage_sheets
from field_app.views.parts.work_state import work_chip
from field_app.views.routes import id_in_route
from field_app.views.theme import S


@screen
def Issue() -> ft.View:
    issue_id = id_in_route("issue_id")
    return use_detail(
        tr("Issue"),
        lambda width: IssueDetail(issue_id=issue_id, width=width, key=str(issue_id)),
        lambda width: IssueList(width=width),
        tab="/issues",
    )


@component
def IssueDetail(issue_id: UUID, width: float) -> ft.Control:
    app = use_app()
    person = use_person()
    sync = use_sync_status()
    about = use_query(lambda session: issue_queries.issue(session, issue_id))
    runs = use_query(lambda session: _runs(session, about, person))
    work = use_query(lambda session: history.work_on(session, issue_id))
    own = use_query(lambda session: photo_queue.of_records(session, [issue_id]))
    ask = use_question()
    viewing, view = ft.use_state(cast("str | None", None))
    sheets = use_triage_sheets(about)
    may_change = about is not None and (runs or about.issue.reported_by == person.id)

    async def remove(_: ft.ControlEvent) -> None:
        if viewing is not None:
            await perform(app, issue_id, IssueRemovePhoto(sha256=viewing), tr("Photo removed."))
        view(None)

    drop = guarded(remove) if may_change else None
    ft.use_dialog(viewer(viewing, lambda _: view(None), drop))
    if about is None:
        gone = tr("It may belong to an event that is not yours any more.")
        return empty(ft.Icons.REPORT_OFF_OUTLINED, tr("This issue is not on this device."), gone)
    zone = moments.zone_of(about.place)
    chips = issue_chips(about)
    if work:
        chips.append(work_chip(work[-1], sync, zone))
    parts: list[ft.Control] = [
        card(
            [
                ft.Row(chips, wrap=True, spacing=S, run_spacing=S),
                body(about.issue.description),
                *_facts(app, about),
            ]
        ),
        *_photos(app, about, own, view, may_add=may_change),
        *_acts(app, about, ask, sheets, person, runs=runs),
        issue_timeline(app, about, zone, work),
    ]
    return page_column(parts, width)


def _runs(session: Session, about: IssueSheet | None, person: Person) -> bool:
    return about is not None and runs_event(person.actor, about.event, MirrorWorld(session))


def _photos(
    app: AppContext,
    about: IssueSheet,
    own: dict[str, PhotoRow],
    view: Callable[[str], None],
    *,
    may_add: bool,
) -> list[ft.Control]:
    async def add(photo: NewPhoto) -> None:
        await perform(app, about.id, IssueAddPhoto(photo=photo), tr("Photo saved on this device."))

    parts: list[ft.Control] = []
    if about.photos:
        parts.append(photo_grid(app, about.photos, own, view))
    if may_add:
        parts.append(photo_sources(app, add, attached=len(about.photos)))
    return [section(tr("Photos"), parts)] if parts else []


def _facts(app: AppContext, about: IssueSheet) -> list[ft.Control]:
    when = moments.when(about.event, about.place, app.device)
    facts: list[ft.Control] = [
        line(ft.Icons.CATEGORY_OUTLINED, words.ISSUE_TYPE[about.issue.issue_type]),
        line(ft.Icons.EVENT_OUTLINED, f"{about.title} \u00b7 {when}"),
    ]
    if about.activity:
        facts.append(line(ft.Icons.CAMPAIGN_OUTLINED, about.activity.title))
    if about.kit:
        facts.append(line(ft.Icons.WORK_OUTLINE, about.kit.serial_number))
    if about.owner:
        facts.append(
            line(ft.Icons.PERSON_OUTLINED, tr("Taken on by {name}", name=about.owner.name))
        )
    return facts


def _acts(
    app: AppContext,
    about: IssueSheet,
    ask: Ask,
    sheets: TriageSheets,
    person: Person,
    *,
    runs: bool,
) -> list[ft.Control]:
    """What this person can do about it now, the likeliest as the large button."""
    issue = about.issue
    is_own = issue.reported_by == person.id
    large: list[ft.Control] = []
    more: list[ft.Control] = []
    resolve = guarded(lambda _: sheets.resolve())
    if runs and issue.status is IssueStatus.OPEN:
        seen = guarded(lambda _: perform(app, issue.id, IssueAcknowledge()))
        large.append(primary(tr("I take care of it"), seen, icon=ft.Icons.VISIBILITY))
    if runs and issue.status is IssueStatus.ACKNOWLEDGED:
        begin = guarded(lambda _: perform(app, issue.id, IssueStart()))
        more.append(quiet(tr("Work on it has begun"), begin))
    if can_step(ISSUE, issue.status, "resolve") and (
        runs or (is_own and issue.severity is Severity.LOW)
    ):
        if large:
            more.insert(0, quiet(tr("Resolve"), resolve))
        else:
            large.append(primary(tr("Resolve"), resolve, icon=ft.Icons.CHECK))
    if runs and issue.status not in SETTLED:
        more.append(quiet(tr("Give to somebody"), guarded(lambda _: sheets.hand_on())))
    if can_step(ISSUE, issue.status, "reopen") and (runs or is_own):
        again = Question(
            tr("Open it again?"),
            issue.id,
            lambda said: IssueReopen(reason=said),
            yes=tr("Open again"),
            needs_reason=True,
        )
        more.append(quiet(tr("Open again"), lambda _: ask(again)))
    shown: list[ft.Control] = [buttons(*large)] if large else []
    shown += [ft.Row(more, wrap=True)] if more else []
    return [*shown, *(_severity(app, about) if runs else [])]


def _severity(app: AppContext, about: IssueSheet) -> list[ft.Control]:
    """Managers say how bad it really is."""
    issue = about.issue

    async def rate(value: str) -> None:
        await perform(app, issue.id, IssueSetSeverity(severity=Severity(value)))

    options = [(each.value, said) for each, said in words.SEVERITY.items()]
    return [question(tr("How bad is it?"), options, issue.severity, rate)]
