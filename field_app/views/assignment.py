"""One shift: the brief, the place, the people, and everything that happened to it."""

import datetime as dt
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote
from uuid import UUID

import flet as ft
from sqlmodel import Session

from field_app.domain.activity import Activity
from field_app.domain.assignment import AssignmentStatus
from field_app.domain.event import runs_event
from field_app.domain.issue import EventIssue
from field_app.domain.kit import ActivityKit, KitTemplate
from field_app.domain.person import User
from field_app.domain.wire import Person
from field_app.store import history, queries
from field_app.store.mirror import MirrorWorld
from field_app.store.queries import Shift
from field_app.store.status import SyncStatus
from field_app.store.tables import OutboxRow
from field_app.views import moments, words
from field_app.views.agenda import Agenda
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
from field_app.views.language import tr
from field_app.views.parts.buttons import buttons, icon_button, quiet
from field_app.views.parts.correct_sheet import use_correct_sheet
from field_app.views.parts.photos import PhotoProof
from field_app.views.parts.problems import problem_row, report_button
from field_app.views.parts.punch_sheet import use_punch_sheet
from field_app.views.parts.report_sheet import use_report_sheet
from field_app.views.parts.shell import use_detail
from field_app.views.parts.shift_acts import manager_acts, own_acts, use_confirmation
from field_app.views.parts.shift_card import chips, countdown, shift_facts
from field_app.views.parts.surfaces import (
    body,
    card,
    empty,
    line,
    page_column,
    row,
    rows,
    section,
    small,
)
from field_app.views.parts.timeline import timeline
from field_app.views.parts.work_state import work_chip
from field_app.views.routes import id_in_route


@screen
def Assignment() -> ft.View:
    shift_id = id_in_route("shift_id")
    return use_detail(
        tr("Shift"),
        lambda width: ShiftDetail(shift_id=shift_id, width=width, key=str(shift_id)),
        lambda width: Agenda(width=width),
        tab="/",
    )


@dataclass(frozen=True)
class Around:
    """What belongs to the event around a shift, and whether this person runs it."""

    is_mine_to_run: bool
    team: list[tuple[User, str]]
    activities: list[Activity]
    kits: list[tuple[ActivityKit, KitTemplate | None]]
    issues: list[EventIssue]


def _around(session: Session, shift: Shift | None, person: Person) -> Around | None:
    if shift is None:
        return None
    event = shift.event
    return Around(
        is_mine_to_run=runs_event(person.actor, event, MirrorWorld(session)),
        team=queries.team_of(session, event.id),
        activities=queries.activities_of(session, event.id),
        kits=queries.kits_of(session, event.id),
        issues=queries.issues_of(session, event.id),
    )


@component
def ShiftDetail(shift_id: UUID, width: float) -> ft.Control:
    app = use_app()
    person = use_person()
    sync = use_sync_status()
    shift = use_query(lambda session: queries.shift(session, shift_id))
    work = use_query(lambda session: history.work_on(session, shift_id))
    sheet = use_punch_sheet(shift)
    confirm = use_confirmation(app, shift)
    correct = use_correct_sheet(shift)
    around = use_query(lambda session: _around(session, shift, person))
    report = use_report_sheet()
    if shift is None or around is None:
        gone = tr("It may have been given to somebody else.")
        return empty(ft.Icons.EVENT_BUSY, tr("This shift is not on this device."), gone)
    is_mine = shift.assignment.user_id == person.id
    page = ft.context.page
    parts: list[ft.Control] = [
        _head(app, shift, work, sync, is_mine=is_mine),
        *own_acts(shift, sheet, confirm, is_mine=is_mine),
        *manager_acts(shift, sheet, confirm, correct, runs=around.is_mine_to_run, is_mine=is_mine),
        *_brief(shift),
        *_people(app, shift, around.team),
        *_list(
            tr("Activities"), [row(t.title, t.instructions or t.type) for t in around.activities]
        ),
        *_list(
            tr("Kits"),
            [
                row(
                    template.name if template else tr("Kit"),
                    words.KIT[kit.status],
                    on_click=lambda _, kit=kit: page.navigate(f"/kits/{kit.id}"),
                    key=str(kit.id),
                )
                for kit, template in around.kits
            ],
        ),
        *_list(tr("Problems"), [problem_row(issue) for issue in around.issues]),
        buttons(report_button(lambda: report(shift.event.id))),
        _history(app, shift, work, sync),
    ]
    return page_column(parts, width)


def _head(
    app: AppContext, shift: Shift, work: list[OutboxRow], sync: SyncStatus, *, is_mine: bool
) -> ft.Control:
    facts = shift_facts(app, shift)
    if not is_mine and shift.person:
        facts.insert(0, line(ft.Icons.PERSON_OUTLINED, shift.person.name))
    maps = f"https://www.openstreetmap.org/search?query={quote(words.address(shift.place))}"
    open_map = guarded(lambda _: app.device.open_url(maps))
    last = work[-1] if work else None
    ways: list[ft.Control] = []
    if shift.place:
        ways.append(quiet(tr("Open the map"), open_map, icon=ft.Icons.MAP_OUTLINED))
    if not is_mine and shift.person and shift.person.phone:
        call = partial(app.device.open_url, f"tel:{shift.person.phone}")
        name = tr("Call {name}", name=shift.person.name)
        ways.append(quiet(name, guarded(lambda _: call()), icon=ft.Icons.CALL))
    return card([chips(shift, last, sync), *facts, countdown(app, shift), ft.Row(ways, wrap=True)])


def _brief(shift: Shift) -> list[ft.Control]:
    said = [
        shift.event.special_instructions,
        shift.assignment.special_instructions,
        shift.event.notes,
    ]
    texts = [body(text) for text in said if text]
    return [section(tr("Good to know"), [card(texts)])] if texts else []


def _people(app: AppContext, shift: Shift, team: list[tuple[User, str]]) -> list[ft.Control]:
    """The manager first, each with a way to call them where a number is known."""
    shown = {shift.assignment.user_id}
    people: list[ft.Control] = []
    everybody = [(shift.manager, "field_manager")] if shift.manager else []
    for user, role in [*everybody, *team]:
        if user.id in shown:
            continue
        shown.add(user.id)
        call = partial(app.device.open_url, f"tel:{user.phone}")
        label = tr("Call {name}", name=user.name)
        phone = icon_button(ft.Icons.CALL, label, guarded(lambda _, call=call: call()))
        people.append(row(user.name, words.role(role), trailing=phone if user.phone else None))
    return _list(tr("Team"), people)


def _list(heading: str, items: list[ft.Control]) -> list[ft.Control]:
    return [section(heading, [rows(items)])] if items else []


def _history(app: AppContext, shift: Shift, work: list[OutboxRow], sync: SyncStatus) -> ft.Control:
    """What happened, in order, and what is still on its way."""
    zone, now = moments.zone_of(shift.place), app.device.now()
    a = shift.assignment
    happened: list[tuple[dt.datetime, str, str | None]] = []
    if a.created_at:
        happened.append((a.created_at, tr("Planned"), None))
    if a.check_in_time:
        happened.append(
            (a.check_in_time, tr("Checked in"), words.stored_place(a.location_at_check_in))
        )
    if a.check_out_time:
        hours = (
            tr("{hours_worked} hours", hours_worked=a.hours_worked)
            if a.hours_worked is not None
            else None
        )
        happened.append((a.check_out_time, tr("Checked out"), hours))
    if a.status in {AssignmentStatus.CANCELLED, AssignmentStatus.NO_SHOW} and a.status_at:
        happened.append((a.status_at, words.ASSIGNMENT[a.status], None))
    lines = [
        row(said, moments.day_and_clock(at, zone, now) + (f" \u00b7 {more}" if more else ""))
        for at, said, more in sorted(happened, key=lambda each: each[0])
    ]
    for document in (a.location_at_check_in, a.location_at_check_out):
        if document and isinstance(photo := document.get("photo"), str):
            lines.append(row(tr("Photo at the venue"), below=[PhotoProof(sha256=photo)], key=photo))
    lines += [
        row(
            words.kind(done.kind),
            tr(
                "By you, {occurred_at}",
                occurred_at=moments.day_and_clock(done.occurred_at, zone, now),
            ),
            below=[work_chip(done, sync, zone)],
            key=str(done.operation_id),
        )
        for done in work
    ]
    if not lines:
        return section(tr("What happened"), [small(tr("Nothing yet."))])
    return section(tr("What happened"), [timeline(lines)])
