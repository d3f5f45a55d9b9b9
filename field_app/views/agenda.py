"""The next shift and what to do about it, for managers their events, then the days to come."""

import datetime as dt
from functools import partial

import flet as ft
from sqlmodel import Session

from field_app.domain.assignment import AssignmentStatus
from field_app.domain.person import Role
from field_app.domain.wire import Person
from field_app.store import event_queries, history, queries
from field_app.store.queries import EventBoard, Shift
from field_app.store.status import SyncStatus
from field_app.store.tables import OutboxRow
from field_app.views import moments, words
from field_app.views.hooks import (
    AppContext,
    component,
    guarded,
    this_minute,
    use_app,
    use_person,
    use_query,
    use_sync_status,
)
from field_app.views.language import tr, trn
from field_app.views.parts.buttons import buttons, primary, quiet
from field_app.views.parts.first_load import Nothing
from field_app.views.parts.long_list import Group, LongList, use_place
from field_app.views.parts.punch_sheet import PunchSheet, use_punch_sheet
from field_app.views.parts.readiness import Readiness, is_near
from field_app.views.parts.refusals import Refusals
from field_app.views.parts.roster import NEAR, TODAY, board_card
from field_app.views.parts.shift_card import chips, countdown, shift_facts, shift_row
from field_app.views.parts.surfaces import banner, card, page_column
from field_app.views.theme import Tone

RECENT = dt.timedelta(hours=6)
WEEK = dt.timedelta(days=8)
BOARD = 5
"""What an event's card is worth in rows, without its people."""
DONE = {AssignmentStatus.CHECKED_OUT, AssignmentStatus.NO_SHOW}


@component
def Agenda(width: float) -> ft.Control:
    """The content of Today, also the list beside a shift or an event on a wide screen."""
    app = use_app()
    sync = use_sync_status()
    now = app.device.now()
    place, _ = use_place(TODAY)
    mine, boards = use_days()
    work = use_query(lambda session: history.last_work_on(session, [s.id for s in mine]))
    first = next_of(mine)
    sheet = use_punch_sheet(first)
    rest = [s for s in mine if s is not first]
    cases = use_query(event_queries.count_open_cases)
    content: list[ft.Control] = [*_sign_in_again(sync), *_undecided(cases)]
    if first:
        content.append(_next_shift(app, first, sheet, chips(first, work.get(first.id), sync)))
    if first and is_near(first, now):
        content.append(Readiness())
    if not mine and not boards:
        content.append(
            Nothing(
                ft.Icons.WEEKEND_OUTLINED,
                tr("No shift in the coming weeks."),
                tr("New offers appear under Offers, by themselves."),
            )
        )
    events = Group(tr("Your events"), boards, board_card, weight=BOARD, holds_components=True)
    groups = [events]
    for heading, some in _by_day(app, rest).items():
        groups.append(Group(heading, [(s, work.get(s.id), sync) for s in some], _day_row))
    content.append(LongList(groups, place, [_more()]))
    return page_column(content, width, notices=[Refusals()], kept_as=TODAY)


def _day_row(app: AppContext, listed: tuple[Shift, OutboxRow | None, SyncStatus]) -> ft.Control:
    return shift_row(app, *listed)


def use_days() -> tuple[list[Shift], list[EventBoard]]:
    """This person's shifts, and the events that they run, from a few hours ago on."""
    person = use_person()
    now = this_minute(use_app())
    asked = person.id, person.role, now
    mine = use_query(lambda session: queries.shifts_from(session, person.id, now - RECENT), asked)
    return mine, use_query(lambda session: _boards(session, person, now), asked)


def next_of(shifts: list[Shift]) -> Shift | None:
    """The first that is not over."""
    return next((shift for shift in shifts if shift.assignment.status not in DONE), None)


def _boards(session: Session, person: Person, now: dt.datetime) -> list[EventBoard]:
    period = now - RECENT, now + WEEK, now + NEAR
    if person.role is Role.FIELD_MANAGER:
        return queries.boards_of(session, person.id, *period)
    if person.role is Role.INTERNAL_ADMIN:
        return queries.boards_between(session, *period)
    return []


def _next_shift(app: AppContext, shift: Shift, sheet: PunchSheet, state: ft.Control) -> ft.Control:
    page = ft.context.page
    parts = [state, *shift_facts(app, shift), countdown(app, shift)]
    if shift.assignment.status is AssignmentStatus.ACCEPTED:
        act = primary(tr("Check in"), guarded(lambda _: sheet.check_in()), icon=ft.Icons.LOGIN)
        parts.append(buttons(act))
    if shift.assignment.status is AssignmentStatus.CHECKED_IN:
        act = primary(tr("Check out"), guarded(lambda _: sheet.check_out()), icon=ft.Icons.LOGOUT)
        parts.append(buttons(act))
    more = [quiet(tr("Details"), lambda _: page.navigate(f"/shift/{shift.id}"))]
    if shift.manager and shift.manager.phone:
        call = partial(app.device.open_url, f"tel:{shift.manager.phone}")
        more.append(
            quiet(
                tr("Call {name}", name=shift.manager.name),
                guarded(lambda _: call()),
                icon=ft.Icons.CALL,
            )
        )
    return card([*parts, ft.Row(more, wrap=True)])


def _by_day(app: AppContext, shifts: list[Shift]) -> dict[str, list[Shift]]:
    now = app.device.now()
    days: dict[str, list[Shift]] = {}
    for shift in shifts:
        heading = moments.day(shift.event.starts_at, moments.zone_of(shift.place), now)
        days.setdefault(heading, []).append(shift)
    return days


def _sign_in_again(sync: SyncStatus) -> list[ft.Control]:
    """401 never stops the work; it only asks, above it."""
    if sync.phase != "signed_out":
        return []
    page = ft.context.page
    go = quiet(tr("Sign in"), lambda _: page.navigate("/sign-in"))
    text = words.message(sync.message) or tr(
        "Sign in again to send and receive. What you do is kept until then."
    )
    return [banner(text, Tone.WARN, [go])]


def _undecided(cases: int) -> list[ft.Control]:
    if not cases:
        return []
    page = ft.context.page
    said = trn("{count} thing needs a decision.", "{count} things need a decision.", cases)
    go = quiet(tr("Open the inbox"), lambda _: page.navigate("/exceptions"))
    return [banner(said, Tone.WARN, [go])]


def _more() -> ft.Control:
    page = ft.context.page
    hours = quiet(tr("Your hours"), lambda _: page.navigate("/hours"), icon=ft.Icons.TIMER_OUTLINED)
    return ft.Row([hours], wrap=True, alignment=ft.MainAxisAlignment.CENTER)
