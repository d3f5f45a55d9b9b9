"""Exceptions: everything that was flagged and waits for a decision, with its evidence."""

from collections.abc import Callable
from uuid import UUID

import flet as ft

from field_app.domain.refusals import RefusalCode
from field_app.domain.reviews import ReviewDecide, choices
from field_app.store import event_queries
from field_app.store.event_queries import Case
from field_app.views import moments, words
from field_app.views.form import Form, use_form
from field_app.views.hooks import (
    AppContext,
    component,
    screen,
    use_app,
    use_person,
    use_query,
)
from field_app.views.language import tr
from field_app.views.parts.acting import perform
from field_app.views.parts.buttons import buttons, primary, quiet, secondary
from field_app.views.parts.decision_sheet import Deciding, decision_sheet
from field_app.views.parts.evidence import evidence
from field_app.views.parts.first_load import Nothing
from field_app.views.parts.long_list import Group, LongList, use_place
from field_app.views.parts.refusals import Refusals
from field_app.views.parts.shell import PANE_WIDTH, use_room, use_screen
from field_app.views.parts.surfaces import (
    Handler,
    card,
    chip,
    empty,
    line,
    page_column,
    row,
    small,
    title,
)
from field_app.views.routes import NOTHING, id_in_route
from field_app.views.theme import S, Tone


@screen
def Exceptions() -> ft.View:
    item_id = id_in_route("item_id")
    path = ft.use_view_path()
    room = use_room()
    page = ft.context.page
    cases = use_query(event_queries.open_cases)
    form = use_form(Deciding)
    app = use_app()
    me = use_person().id
    chosen = _chosen(cases, str(item_id), room.is_side_by_side)
    ft.use_dialog(_sheet(app, form, cases))

    def press(key: str) -> None:
        # The view below this one listens too, so the address says which flag is meant.
        meant = _chosen(cases, page.route.rpartition("/")[2], room.is_side_by_side)
        _on_key(page, key, [case.id for case in cases], meant, form.open, me)

    chosen_id = chosen.id if chosen else None
    listed = CaseList(
        chosen_id=chosen_id, width=PANE_WIDTH if room.is_side_by_side else room.pane_width
    )
    content: ft.Control = listed
    if room.is_side_by_side or item_id != NOTHING:
        width = room.pane_width - (PANE_WIDTH if room.is_side_by_side else 0)
        content = _detail(app, chosen, form.open, me, width)
    beside = listed if room.is_side_by_side else None
    return use_screen(tr("Inbox"), content, tab="/", route=path, beside=beside, on_key=press)


def _chosen(cases: list[Case], item_id: str, is_side_by_side: bool) -> Case | None:
    """The flag that an address names; beside the list, the first one where it names none."""
    named = next((case for case in cases if str(case.id) == item_id), None)
    return named or (cases[0] if is_side_by_side and cases else None)


def _is_own(case: Case, me: UUID) -> bool:
    """Whether it is about this person's own shift, which somebody else decides."""
    return case.shift is not None and case.shift.assignment.user_id == me


def _on_key(
    page: ft.Page, key: str, ids: list[UUID], chosen: Case | None, decide: Handler, me: UUID
) -> None:
    """J and K walk through the queue, Enter decides."""
    at = ids.index(chosen.id) if chosen else -1
    if key in {"J", "j", "Arrow Down"} and at + 1 < len(ids):
        page.navigate(f"/exceptions/{ids[at + 1]}")
    elif key in {"K", "k", "Arrow Up"} and at > 0:
        page.navigate(f"/exceptions/{ids[at - 1]}")
    elif key == "Enter" and chosen is not None and not _is_own(chosen, me):
        decide(Deciding(chosen.id, choices(chosen.item.flag)[0]))


@component
def CaseList(chosen_id: UUID | None, width: float) -> ft.Control:
    room = use_room()
    place, _ = use_place("inbox")
    cases = use_query(event_queries.open_cases)
    if not cases:
        nothing = tr("Anything out of the ordinary comes here, with its evidence.")
        return page_column(
            [Nothing(ft.Icons.TASK_ALT, tr("Nothing needs you"), nothing)],
            width,
            notices=[Refusals()],
        )
    chosen = chosen_id if room.is_side_by_side else None
    listed = [(case, case.id == chosen) for case in cases]
    hint = [small(tr("J and K go down and up, Enter decides."))] if room.is_wide else []
    flags = LongList([Group(None, listed, _case_row)], place, hint)
    return page_column([flags], width, notices=[Refusals()], kept_as="inbox")


def _case_row(app: AppContext, listed: tuple[Case, bool]) -> ft.Control:
    case, is_chosen = listed
    page = ft.context.page
    return row(
        words.flag(case.item.flag),
        _about(app, case),
        on_click=lambda _: page.navigate(f"/exceptions/{case.id}"),
        is_chosen=is_chosen,
        key=str(case.id),
    )


def _about(app: AppContext, case: Case) -> str:
    """Who and where, in a line."""
    if case.shift is not None:
        shift = case.shift
        name = shift.person.name if shift.person else tr("Somebody")
        return f"{name}\n{shift.title} \u00b7 {moments.when(shift.event, shift.place, app.device)}"
    if case.need is not None:
        at = moments.when(case.need.event, case.need.place, app.device)
        event = case.need.booking.title if case.need.booking else tr("Event")
        return f"{case.need.name}\n{event} \u00b7 {at}"
    return tr("No longer on this device")


def _detail(
    app: AppContext, case: Case | None, decide: Handler, me: UUID, width: float
) -> ft.Control:
    page = ft.context.page
    if case is None:
        done = tr("It has been decided, or is not yours any more.")
        return empty(ft.Icons.TASK_ALT, tr("Nothing to decide here"), done)
    first, *rest = choices(case.item.flag)
    ways: list[ft.Control] = []
    if case.shift is not None:
        leads_to = f"/shift/{case.shift.id}"
        ways.append(quiet(tr("Open the shift"), lambda _: page.navigate(leads_to)))
    if case.need is not None:
        kit = f"/kits/{case.need.id}"
        ways.append(quiet(tr("Open the kit"), lambda _: page.navigate(kit)))
    who, _, event = _about(app, case).partition("\n")
    head = card(
        [
            ft.Row([chip(tr("Waits for a decision"), Tone.WARN, ft.Icons.FLAG)], spacing=S),
            title(words.flag(case.item.flag)),
            line(ft.Icons.PERSON_OUTLINED if case.shift else ft.Icons.WORK_OUTLINE, who),
            *([line(ft.Icons.EVENT_OUTLINED, event)] if event else []),
            ft.Row(ways, wrap=True),
        ]
    )
    why_not = words.refusal(RefusalCode.OWN_TIMES) if _is_own(case, me) else None

    def way(button: Callable[..., ft.Control], name: str) -> ft.Control:
        deciding = Deciding(case.id, name)
        return button(words.DECISION[name], lambda _: decide(deciding), why_not=why_not)

    ways_out = [*[way(secondary, name) for name in rest], way(primary, first)]
    act = buttons(*ways_out, has_room=app.frame.has_room)
    said = [small(why_not)] if why_not else []
    return page_column([head, *evidence(app, case), act, *said], width)


def _sheet(app: AppContext, form: Form[Deciding], cases: list[Case]) -> ft.BottomSheet | None:
    deciding = form.value
    case = next((c for c in cases if deciding and c.id == deciding.item_id), None)
    if deciding is None or case is None:
        return None
    page = ft.context.page

    async def confirm(deciding: Deciding) -> None:
        if problem := deciding.what_is_missing:
            form.change(problem=problem)
            return
        operation = ReviewDecide(
            decision=deciding.decision, reason=deciding.reason, holder_id=deciding.holder_id
        )
        is_saved = await perform(
            app, deciding.item_id, operation, tr("Decided. Saved on this device.")
        )
        form.close()
        if is_saved:
            left = [c.id for c in cases if c.id != deciding.item_id]
            page.navigate("/exceptions" if not left else page.route)

    return decision_sheet(case, form, deciding, form.saves(confirm))
