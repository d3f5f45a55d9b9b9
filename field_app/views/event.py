"""One event, for whoever runs it: who is there, what is counted, kits, problems, its state."""

from collections.abc import Callable
from uuid import UUID

import flet as ft
from sqlmodel import Session

from field_app.domain.event import EventStatus, runs_event
from field_app.domain.running import EventTransition, leads
from field_app.domain.wire import Person
from field_app.store import event_queries
from field_app.store.event_queries import EventSheet
from field_app.store.mirror import MirrorWorld
from field_app.views import moments, words
from field_app.views.agenda import Agenda
from field_app.views.hooks import (
    AppContext,
    component,
    guarded,
    read_once,
    screen,
    use_app,
    use_person,
    use_query,
)
from field_app.views.language import Said, mark, tr, trn
from field_app.views.parts.ask import Ask, Question, use_question
from field_app.views.parts.buttons import buttons, primary, quiet, secondary
from field_app.views.parts.count_sheet import use_count_sheet
from field_app.views.parts.kit_card import kit_row
from field_app.views.parts.long_list import Group, LongList
from field_app.views.parts.metrics import activity_card
from field_app.views.parts.offer_sheet import use_offer_sheet
from field_app.views.parts.problems import problem_row, report_button
from field_app.views.parts.report_sheet import use_report_sheet
from field_app.views.parts.roster import EVENT_TONES, attendance, live_row, urgent_first
from field_app.views.parts.shell import use_detail
from field_app.views.parts.surfaces import (
    card,
    chip,
    empty,
    line,
    page_column,
    row,
    rows,
    section,
    small,
    title,
)
from field_app.views.parts.timeline import timeline
from field_app.views.parts.turns import Later
from field_app.views.routes import id_in_route
from field_app.views.theme import S


@screen
def Event() -> ft.View:
    event_id = id_in_route("event_id")
    return use_detail(
        tr("Event"),
        lambda width: EventDetail(event_id=event_id, width=width, key=str(event_id)),
        lambda width: Agenda(width=width),
        tab="/",
    )


@component
def EventDetail(event_id: UUID, width: float) -> ft.Control:
    app = use_app()
    content: ft.Control = Later(
        lambda: read_once(app, _sheet(event_id), event_id),
        lambda: Content(event_id=event_id, width=width),
    )
    return content


def _sheet(event_id: UUID) -> Callable[[Session], EventSheet | None]:
    return lambda session: event_queries.event_sheet(session, event_id)


@component
def Content(event_id: UUID, width: float) -> ft.Control:
    app = use_app()
    person = use_person()
    about = use_query(_sheet(event_id), event_id)
    runs, leading = use_query(lambda session: _part(session, about, person))
    ask = use_question()
    offer = use_offer_sheet(about)
    count = use_count_sheet()
    report = use_report_sheet()
    if about is None:
        gone = tr("It may have been moved or given to somebody else.")
        return empty(ft.Icons.EVENT_BUSY, tr("This event is not on this device."), gone)
    parts: list[ft.Control] = [
        _head(app, about),
        *(_steps(about, ask) if runs else []),
        _roster(app, about, offer if runs else None),
        *[
            section(
                tr("Activities"),
                [
                    activity_card(each, ask, count, may_move=runs or leading)
                    for each in about.activities
                ],
            )
            for _ in about.activities[:1]
        ],
    ]
    if about.needs:
        parts.append(LongList([Group(tr("Kits"), about.needs, kit_row)]))
    if about.issues:
        listed = [problem_row(issue) for issue in about.issues]
        parts.append(section(tr("Problems"), [rows(listed)]))
    parts.append(buttons(report_button(lambda: report(event_id))))
    parts.append(_log(app, about))
    return page_column(parts, width)


def _part(session: Session, about: EventSheet | None, person: Person) -> tuple[bool, bool]:
    if about is None:
        return False, False
    world, event = MirrorWorld(session), about.board.event
    return runs_event(person.actor, event, world), leads(person.actor, event, world)


def _head(app: AppContext, about: EventSheet) -> ft.Control:
    board = about.board
    event, page = board.event, ft.context.page
    state = chip(words.EVENT[event.status], EVENT_TONES[event.status], ft.Icons.EVENT)
    hours = quiet(
        tr("Hours"), lambda _: page.navigate(f"/event/{event.id}/hours"), icon=ft.Icons.TIMER
    )
    return card(
        [
            ft.Row([state], spacing=S),
            title(board.booking.title if board.booking else tr("Event")),
            line(ft.Icons.SCHEDULE, moments.when(event, board.place, app.device)),
            line(ft.Icons.PLACE_OUTLINED, words.address(board.place)),
            small(moments.countdown(event, app.device.now())),
            ft.Row([hours], wrap=True),
        ]
    )


def _steps(about: EventSheet, ask: Ask) -> list[ft.Control]:
    """What a manager can do with the event now, the likeliest as the large button."""
    event = about.board.event

    def to(state: EventStatus) -> Question:
        words_for = STEPS[event.status][state]
        return Question(
            tr("{step}?", step=words_for),
            event.id,
            lambda reason: EventTransition(to_state=state, reason=reason or None),
            text=_warning(about, state),
            yes=words_for,
            needs_reason=state is EventStatus.CANCELLED,
        )

    steps = STEPS.get(event.status, Said({}))
    large = [
        primary(said, lambda _, state=state: ask(to(state)))
        for state, said in steps.items()
        if state is not EventStatus.CANCELLED
    ][:1]
    rest = list(steps.items())[len(large) :]
    more = [quiet(said, lambda _, state=state: ask(to(state))) for state, said in rest]
    shown: list[ft.Control] = [buttons(*large)] if large else []
    return [*shown, ft.Row(more, wrap=True)] if more else shown


STEPS = {
    EventStatus.SCHEDULED: Said(
        {
            EventStatus.IN_PROGRESS: mark("Start the event"),
            EventStatus.PREPARATION: mark("Begin the preparation"),
            EventStatus.CANCELLED: mark("Call it off"),
        }
    ),
    EventStatus.PREPARATION: Said(
        {
            EventStatus.IN_PROGRESS: mark("Start the event"),
            EventStatus.CANCELLED: mark("Call it off"),
        }
    ),
    EventStatus.IN_PROGRESS: Said(
        {
            EventStatus.COMPLETED: mark("Complete the event"),
            EventStatus.ISSUE_REPORTED: mark("Mark a problem"),
            EventStatus.CANCELLED: mark("Call it off"),
        }
    ),
    EventStatus.ISSUE_REPORTED: Said(
        {
            EventStatus.IN_PROGRESS: mark("The problem is settled"),
            EventStatus.COMPLETED: mark("Complete the event"),
        }
    ),
}


def _warning(about: EventSheet, state: EventStatus) -> str | None:
    """What is still open when an event is to end."""
    if state is EventStatus.CANCELLED:
        return tr("Everybody booked is told that they need not come. What was worked stays.")
    if state is not EventStatus.COMPLETED:
        return None
    there = sum(s.assignment.status == "checked_in" for s in about.board.roster)
    out = sum(need.is_out for need in about.needs)
    said = []
    if there:
        said.append(
            trn(
                "{count} person has not checked out",
                "{count} people have not checked out",
                there,
            )
        )
    if out:
        said.append(trn("{count} kit is still out", "{count} kits are still out", out))
    return tr("{said}. Complete it all the same?", said=", ".join(said)) if said else None


def _roster(app: AppContext, about: EventSheet, offer: object) -> ft.Control:
    listed = [
        (shift, about.heard_at.get(shift.assignment.user_id)) for shift in urgent_first(app, about)
    ]
    shown: list[ft.Control] = [attendance(about.board)] if listed else []
    nobody = small(tr("Nobody is booked yet."))
    shown.append(LongList([Group(None, listed, live_row)]) if listed else nobody)
    if callable(offer):
        ask = secondary(tr("Offer a shift"), guarded(lambda _: offer()), icon=ft.Icons.PERSON_ADD)
        shown.append(buttons(ask))
    return section(tr("Who is there"), shown)


def _log(app: AppContext, about: EventSheet) -> ft.Control:
    """Every change of state, the latest first."""
    zone, now = moments.zone_of(about.board.place), app.device.now()
    listed = []
    for each, name in about.log:
        at = moments.day_and_clock(each.created_at, zone, now) if each.created_at else ""
        by = name or tr("by itself")
        said = [f"{at} \u00b7 {by}"]
        if each.reason and "." not in each.reason:
            said.append(each.reason)
        listed.append(row(words.event_state(each.to_state), "\n".join(said), key=str(each.id)))
    if not listed:
        listed = [row(tr("Nothing happened yet."))]
    return section(tr("What happened"), [timeline(listed)])
