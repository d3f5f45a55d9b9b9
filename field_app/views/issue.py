"""One issue: what was said, what became of it, and what can be done about it."""

import datetime as dt
from collections.abc import Callable
from typing import cast
from uuid import UUID

import flet as ft
from sqlmodel import Session

from field_app.domain.event import runs_event
from field_app.domain.issue import IssueStatus, Severity
from field_app.domain.issues import (
    MOST_PHOTOS,
    IssueAcknowledge,
    IssueAddPhoto,
    IssueReopen,
    IssueResolve,
    IssueSetSeverity,
    IssueStart,
    NewPhoto,
)
from field_app.domain.transitions import ISSUE, can_step
from field_app.domain.wire import Person
from field_app.store import history, issue_queries, photo_queue
from field_app.store.issue_queries import Issue as IssueSheet
from field_app.store.mirror import MirrorWorld
from field_app.store.tables import OutboxRow, PhotoRow
from field_app.views import words
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
from field_app.views.parts.acting import perform
from field_app.views.parts.ask import Ask, Question, use_question
from field_app.views.parts.photos import photo_grid, photo_picker, viewer
from field_app.views.parts.shell import use_detail
from field_app.views.parts.surfaces import (
    body,
    buttons,
    card,
    choices,
    empty,
    line,
    page_column,
    primary,
    quiet,
    row,
    rows,
    section,
)
from field_app.views.parts.work_state import work_chip
from field_app.views.routes import id_in_route
from field_app.views.theme import S


@screen
def Issue() -> ft.View:
    issue_id = id_in_route("issue_id")
    return use_detail(
        "Issue",
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
    own = use_query(lambda session: photo_queue.of_issues(session, [issue_id]))
    ask = use_question()
    viewing, view = ft.use_state(cast("str | None", None))
    ft.use_dialog(viewer(viewing, lambda _: view(None)))
    if about is None:
        gone = "It may belong to an event that is not yours any more."
        return empty(ft.Icons.REPORT_OFF_OUTLINED, "This issue is not on this device.", gone)
    zone = words.zone_of(about.place)
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
        *_photos(app, about, own, view, may_add=runs or about.issue.reported_by == person.id),
        *_acts(app, about, ask, person, runs=runs),
        section("What happened", [rows(_happened(app, about, zone, work))]),
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
        await perform(app, about.id, IssueAddPhoto(photo=photo), "Photo saved on this phone.")

    parts: list[ft.Control] = []
    if about.photos:
        parts.append(photo_grid(app, about.photos, own, view))
    if may_add and len(about.photos) < MOST_PHOTOS:
        pick = quiet("Add photos", photo_picker(app, add), icon=ft.Icons.ADD_A_PHOTO)
        parts.append(ft.Row([pick]))
    return [section("Photos", parts)] if parts else []


def _facts(app: AppContext, about: IssueSheet) -> list[ft.Control]:
    when = words.when(about.event, about.place, app.device.now())
    facts: list[ft.Control] = [
        line(ft.Icons.CATEGORY_OUTLINED, words.ISSUE_TYPE[about.issue.issue_type]),
        line(ft.Icons.EVENT_OUTLINED, f"{about.title} \u00b7 {when}"),
    ]
    if about.activity:
        facts.append(line(ft.Icons.CAMPAIGN_OUTLINED, about.activity.title))
    if about.kit:
        facts.append(line(ft.Icons.WORK_OUTLINE, about.kit.serial_number))
    if about.owner:
        facts.append(line(ft.Icons.PERSON_OUTLINED, f"Taken on by {about.owner.name}"))
    return facts


def _acts(
    app: AppContext, about: IssueSheet, ask: Ask, person: Person, *, runs: bool
) -> list[ft.Control]:
    """What this person can do about it now, the likeliest as the large button."""
    issue = about.issue
    is_own = issue.reported_by == person.id
    large: list[ft.Control] = []
    more: list[ft.Control] = []
    resolve = Question(
        "How was it resolved?",
        issue.id,
        lambda said: IssueResolve(resolution=said),
        yes="Resolve",
        needs_reason=True,
        label="What was done?",
    )
    if runs and issue.status is IssueStatus.OPEN:
        seen = guarded(lambda _: perform(app, issue.id, IssueAcknowledge()))
        large.append(primary("I take care of it", seen, icon=ft.Icons.VISIBILITY))
    if runs and issue.status is IssueStatus.ACKNOWLEDGED:
        begin = guarded(lambda _: perform(app, issue.id, IssueStart()))
        more.append(quiet("Work on it has begun", begin))
    if can_step(ISSUE, issue.status, "resolve") and (
        runs or (is_own and issue.severity is Severity.LOW)
    ):
        if large:
            more.insert(0, quiet("Resolve", lambda _: ask(resolve)))
        else:
            large.append(primary("Resolve", lambda _: ask(resolve), icon=ft.Icons.CHECK))
    if can_step(ISSUE, issue.status, "reopen") and (runs or is_own):
        again = Question(
            "Open it again?",
            issue.id,
            lambda said: IssueReopen(reason=said),
            yes="Open again",
            needs_reason=True,
        )
        more.append(quiet("Open again", lambda _: ask(again)))
    shown: list[ft.Control] = [buttons(*large)] if large else []
    shown += [ft.Row(more, wrap=True)] if more else []
    return [*shown, *(_severity(app, about) if runs else [])]


def _severity(app: AppContext, about: IssueSheet) -> list[ft.Control]:
    """Managers say how bad it really is."""
    issue = about.issue

    async def rate(value: str) -> None:
        await perform(app, issue.id, IssueSetSeverity(severity=Severity(value)))

    options = [(each.value, said) for each, said in words.SEVERITY.items()]
    return [body("How bad is it?", strong=True), choices(options, issue.severity, rate)]


def _happened(
    app: AppContext, about: IssueSheet, zone: dt.tzinfo, work: list[OutboxRow]
) -> list[ft.Control]:
    """Who did what, in order; then what this device still has on its way."""
    issue, now = about.issue, app.device.now()
    by = about.reporter.name if about.reporter else "somebody"
    at = f"{words.day_and_clock(issue.created_at, zone, now)} \u00b7 " if issue.created_at else ""
    lines = [row("Reported", f"{at}by {by}")]
    if issue.resolved_at:
        who = about.resolver.name if about.resolver else "somebody"
        when = words.day_and_clock(issue.resolved_at, zone, now)
        lines.append(row("Resolved", f"{when} \u00b7 by {who}\n{issue.resolution or ''}".rstrip()))
    sync = app.acts.status
    lines += [
        row(
            words.kind(done.kind),
            f"By you, {words.day_and_clock(done.occurred_at, zone, now)}",
            below=[work_chip(done, sync, zone)],
            key=str(done.operation_id),
        )
        for done in work
    ]
    return lines
