"""One kit: what is in it, who has it, what was said about it, and what can be done."""

from collections.abc import Callable
from uuid import UUID

import flet as ft
from sqlmodel import Session

from field_app.domain import counts
from field_app.domain.event import runs_event
from field_app.domain.issue import EventIssue
from field_app.domain.kit import KitInstanceStatus, KitStatus
from field_app.domain.need import handles_kits
from field_app.domain.reservations import KitAssign, KitPrepare, KitUnassign
from field_app.domain.wire import Person
from field_app.store import history, kit_queries, queries
from field_app.store.kit_queries import Need
from field_app.store.mirror import MirrorWorld
from field_app.views import moments, words
from field_app.views.hooks import (
    AppContext,
    component,
    guarded,
    read_once,
    screen,
    use_app,
    use_person,
    use_query,
    use_sync_status,
)
from field_app.views.kits import KitList
from field_app.views.language import tr
from field_app.views.parts.acting import perform
from field_app.views.parts.buttons import buttons, primary, quiet, secondary
from field_app.views.parts.kit_card import handling_row, kit_chip, kit_event, kit_whereabouts
from field_app.views.parts.kit_forms import Handing
from field_app.views.parts.kit_sheets import KitSheets, use_kit_sheets
from field_app.views.parts.problems import problem_row
from field_app.views.parts.shell import use_detail
from field_app.views.parts.surfaces import (
    Handler,
    card,
    empty,
    line,
    page_column,
    row,
    rows,
    section,
    title,
)
from field_app.views.parts.timeline import timeline
from field_app.views.parts.turns import Later
from field_app.views.parts.work_state import work_chip
from field_app.views.routes import id_in_route
from field_app.views.theme import S


@screen
def Kit() -> ft.View:
    need_id = id_in_route("need_id")
    return use_detail(
        tr("Kit"),
        lambda width: KitDetail(need_id=need_id, width=width, key=str(need_id)),
        lambda width: KitList(width=width),
        tab="/kits",
    )


@component
def KitDetail(need_id: UUID, width: float) -> ft.Control:
    app = use_app()
    content: ft.Control = Later(
        lambda: read_once(app, _need(need_id), need_id),
        lambda: Content(need_id=need_id, width=width),
    )
    return content


def _need(need_id: UUID) -> Callable[[Session], Need | None]:
    return lambda session: kit_queries.need(session, need_id)


@component
def Content(need_id: UUID, width: float) -> ft.Control:
    app = use_app()
    person = use_person()
    sync = use_sync_status()
    need = use_query(_need(need_id), need_id)
    may = use_query(lambda session: _may(session, need, person))
    handlings = use_query(
        lambda s: kit_queries.handlings_of(s, need.kit.kit_instance_id) if need else []
    )
    work = use_query(lambda session: history.last_work_on(session, [need_id]))
    issues = use_query(lambda session: _issues(session, need_id, need))
    sheets = use_kit_sheets()
    if need is None:
        gone = tr("It may belong to an event that is not yours any more.")
        return empty(ft.Icons.WORK_OFF_OUTLINED, tr("This kit is not on this device."), gone)
    zone = moments.zone_of(need.place)
    chips = [kit_chip(need, app.device.now())]
    if last := work.get(need.id):
        chips.append(work_chip(last, sync, zone))
    parts: list[ft.Control] = [
        card(
            [
                ft.Row(chips, wrap=True, spacing=S),
                title(need.name),
                line(ft.Icons.WORK_OUTLINE, kit_whereabouts(need)),
                line(ft.Icons.EVENT_OUTLINED, kit_event(app, need)),
                *_note(need),
            ]
        ),
        *_acts(app, need, sheets, *may, is_mine=need.kit.holder_id == person.id),
        *_contents(need),
        *_problems(issues),
    ]
    if handlings:
        listed = [handling_row(app, handling, zone) for handling in handlings]
        parts.append(section(tr("Who had it"), [timeline(listed)]))
    if may[0] and need.kit.status is KitStatus.NEEDED:
        parts.append(Chooser(need_id=need_id))
    return page_column(parts, width)


@component
def Chooser(need_id: UUID) -> ft.Control:
    """Which kit to reserve for a need."""
    app = use_app()
    need = use_query(lambda session: kit_queries.need(session, need_id))
    template_id = need.kit.kit_template_id if need else None
    fitting = use_query(lambda session: kit_queries.kits_of_template(session, template_id))
    items = [
        row(
            kit.serial_number,
            words.KIT_INSTANCE[kit.status],
            on_click=guarded(
                lambda _, kit=kit: perform(app, need_id, KitAssign(kit_instance_id=kit.id))
            ),
            key=str(kit.id),
        )
        for kit in fitting
        if kit.status in {KitInstanceStatus.AVAILABLE, KitInstanceStatus.RESERVED}
    ]
    if not items:
        items = [row(tr("No kit of this kind is free."))]
    return section(tr("Reserve a kit"), [rows(items)])


def _may(session: Session, need: Need | None, person: Person) -> tuple[bool, bool]:
    """Whether this person runs the event, and whether they hand kits out there."""
    if need is None:
        return False, False
    world = MirrorWorld(session)
    return (
        runs_event(person.actor, need.event, world),
        handles_kits(person.actor, need.event, world),
    )


def _issues(session: Session, need_id: UUID, need: Need | None) -> list[EventIssue]:
    if need is None:
        return []
    return [i for i in queries.issues_of(session, need.event.id) if i.activity_kit_id == need_id]


def _acts(
    app: AppContext,
    need: Need,
    sheets: KitSheets,
    runs: bool,
    handles: bool,
    *,
    is_mine: bool,
) -> list[ft.Control]:
    """What this person can do with it now, the likeliest first."""

    def opens(act: str) -> Handler:
        return guarded(lambda _: sheets.open(Handing(act, need.id, instance=need.instance)))

    acts: list[ft.Control] = []
    more: list[ft.Control] = []
    match need.kit.status:
        case KitStatus.CHECKED_OUT:
            if is_mine or handles:
                acts += [
                    primary(tr("Return"), opens("return"), icon=ft.Icons.LOGIN),
                    secondary(tr("Hand on"), opens("hand_over"), icon=ft.Icons.SWAP_HORIZ),
                ]
        case KitStatus.ASSIGNED | KitStatus.PREPARED if handles:
            acts.append(primary(tr("Hand out"), opens("check_out"), icon=ft.Icons.LOGOUT))
            if need.kit.status is KitStatus.ASSIGNED:
                packed = KitPrepare(counts=counts.expected(need.kit, need.template) or None)
                more.append(
                    quiet(tr("It is packed"), guarded(lambda _: perform(app, need.id, packed)))
                )
                if runs:
                    free = guarded(lambda _: perform(app, need.id, KitUnassign()))
                    more.append(quiet(tr("Lift the reservation"), free))
        case KitStatus.ISSUE_REPORTED if runs:
            acts.append(primary(tr("Put it right"), opens("resolve"), icon=ft.Icons.BUILD))
    if need.kit.status not in {KitStatus.NEEDED, KitStatus.ISSUE_REPORTED}:
        more.append(quiet(tr("Report a problem"), opens("report"), icon=ft.Icons.REPORT_OUTLINED))
    shown = [buttons(*acts, has_room=app.frame.has_room)] if acts else []
    return [*shown, *([ft.Row(more, wrap=True)] if more else [])]


def _note(need: Need) -> list[ft.Control]:
    return [line(ft.Icons.NOTES, need.kit.notes)] if need.kit.notes else []


def _contents(need: Need) -> list[ft.Control]:
    """What belongs in it, and what was counted when it went out and came back."""
    whole = counts.expected(need.kit, need.template)
    out, back = counts.numbers(need.kit.counts_out), counts.numbers(need.kit.counts_back)
    items = []
    for name, number in whole.items():
        said = []
        if name in out:
            said.append(tr("{out} went out", out=out[name]))
        if name in back:
            said.append(tr("{back} came back", back=back[name]))
        items.append(row(f"{number} \u00d7 {name}", ", ".join(said) or None))
    return [section(tr("Contents"), [rows(items)])] if items else []


def _problems(issues: list[EventIssue]) -> list[ft.Control]:
    items = [problem_row(issue) for issue in issues]
    return [section(tr("Problems"), [rows(items)])] if items else []
