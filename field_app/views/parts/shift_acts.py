"""What can be done with a shift: by whoever holds it, and by whoever runs the event."""

from collections.abc import Callable
from dataclasses import dataclass

import flet as ft

from field_app.domain.assignment import AssignmentStatus
from field_app.domain.attendance import AssignmentNoShow
from field_app.domain.offers import AssignmentCancel, AssignmentWithdraw
from field_app.domain.operations import Operation
from field_app.domain.refusals import RefusalCode
from field_app.store.queries import Shift
from field_app.views import words
from field_app.views.form import use_form
from field_app.views.hooks import AppContext, guarded
from field_app.views.language import tr, trc
from field_app.views.parts.acting import perform
from field_app.views.parts.buttons import buttons, primary, quiet, secondary
from field_app.views.parts.punch_sheet import PunchSheet
from field_app.views.parts.sheets import read_first
from field_app.views.parts.surfaces import Handler, small

CORRECTABLE = (
    AssignmentStatus.CHECKED_IN,
    AssignmentStatus.CHECKED_OUT,
    AssignmentStatus.NO_SHOW,
)


def own_acts(
    shift: Shift, sheet: PunchSheet, confirm: "Confirm", *, is_mine: bool
) -> list[ft.Control]:
    if not is_mine:
        return []
    page = ft.context.page
    match shift.assignment.status:
        case AssignmentStatus.OFFERED:
            go = primary(tr("Answer this offer"), lambda _: page.navigate("/offers"))
            return [buttons(go)]
        case AssignmentStatus.ACCEPTED:
            check_in = primary(
                tr("Check in"), guarded(lambda _: sheet.check_in()), icon=ft.Icons.LOGIN
            )
            late = quiet(tr("I forgot to check in"), guarded(lambda _: sheet.check_out()))
            cancel = AssignmentCancel(reason="agent_dropped")
            drop = quiet(tr("I cannot come"), confirm.asks(tr("Give this shift back?"), cancel))
            return [buttons(check_in), ft.Row([late, drop], wrap=True)]
        case AssignmentStatus.CHECKED_IN:
            return [
                buttons(
                    primary(
                        tr("Check out"), guarded(lambda _: sheet.check_out()), icon=ft.Icons.LOGOUT
                    )
                )
            ]
        case _:
            return []


def manager_acts(
    shift: Shift,
    sheet: PunchSheet,
    confirm: "Confirm",
    correct: Callable[[], None],
    *,
    runs: bool,
    is_mine: bool,
) -> list[ft.Control]:
    """What a manager can do for somebody else's shift. About their own, somebody else decides."""
    if not runs:
        return []
    if is_mine:
        has_times = shift.assignment.status in CORRECTABLE
        return _withheld(correct) if has_times else []
    match shift.assignment.status:
        case AssignmentStatus.OFFERED:
            take_back = AssignmentWithdraw(reason="Withdrawn by the manager")
            ask = confirm.asks(tr("Withdraw this offer?"), take_back)
            return [buttons(secondary(tr("Withdraw offer"), ask, icon=ft.Icons.UNDO))]
        case AssignmentStatus.ACCEPTED:
            vouch = primary(
                tr("Vouch: they are here"),
                guarded(lambda _: sheet.vouch_in()),
                icon=ft.Icons.HOW_TO_REG,
            )
            absent = quiet(tr("No-show"), confirm.asks(tr("Mark as no-show?"), AssignmentNoShow()))
            cancel = AssignmentCancel(reason="cancelled_by_manager")
            call_off = quiet(tr("Cancel shift"), confirm.asks(tr("Cancel this shift?"), cancel))
            return [buttons(vouch), ft.Row([absent, call_off], wrap=True)]
        case AssignmentStatus.CHECKED_IN:
            vouch_out = guarded(lambda _: sheet.vouch_out())
            left = secondary(tr("Vouch: they left"), vouch_out, icon=ft.Icons.LOGOUT)
            return [buttons(left), ft.Row([_correct(correct)], wrap=True)]
        case AssignmentStatus.CHECKED_OUT | AssignmentStatus.NO_SHOW:
            return [ft.Row([_correct(correct)], wrap=True)]
        case _:
            return []


def _correct(correct: Callable[[], None], why_not: str | None = None) -> ft.Control:
    act = guarded(lambda _: correct())
    return quiet(tr("Correct the times"), act, icon=ft.Icons.EDIT, why_not=why_not)


def _withheld(correct: Callable[[], None]) -> list[ft.Control]:
    why_not = words.refusal(RefusalCode.OWN_TIMES)
    return [ft.Row([_correct(correct, why_not)], wrap=True), small(why_not)]


@dataclass(frozen=True)
class Asked:
    question: str
    operation: Operation


class Confirm:
    """Asks before an act that is not undone by another tap."""

    def __init__(self, ask: Handler) -> None:
        self._ask = ask

    def asks(self, question: str, operation: Operation) -> Handler:
        return guarded(lambda _: self._ask(Asked(question, operation)))


def use_confirmation(app: AppContext, shift: Shift | None) -> Confirm:
    form = use_form(Asked)

    async def yes(asked: Asked) -> None:
        if shift is not None:
            await perform(app, shift.id, asked.operation)
        form.close()

    dialog = None
    if (asked := form.value) is not None:
        dialog = ft.AlertDialog(
            title=read_first(ft.Text(asked.question)),
            actions=[quiet(trc("verb", "Back"), form.close), quiet(tr("Yes"), form.saves(yes))],
            on_dismiss=form.close,
        )
    ft.use_dialog(dialog)
    return Confirm(form.open)
