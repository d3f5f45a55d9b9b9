"""Offers: what is offered, what clashes, yes or no."""

from dataclasses import dataclass
from uuid import UUID

import flet as ft

from field_app.domain.assignment import RejectReason
from field_app.domain.offers import AssignmentAccept, AssignmentReject
from field_app.domain.operations import Operation
from field_app.store import queries
from field_app.store.queries import Shift
from field_app.store.status import SyncPhase, SyncStatus
from field_app.views import moments, words
from field_app.views.form import Form, use_form
from field_app.views.hooks import (
    AppContext,
    component,
    guarded,
    use_app,
    use_person,
    use_query,
    use_sync_status,
)
from field_app.views.language import tr
from field_app.views.parts.acting import perform
from field_app.views.parts.buttons import buttons, primary, question, secondary
from field_app.views.parts.first_load import Nothing
from field_app.views.parts.long_list import Group, LongList, use_place
from field_app.views.parts.refusals import Refusals
from field_app.views.parts.sheets import sheet_of
from field_app.views.parts.shell import Panes, Room
from field_app.views.parts.shift_card import shift_facts
from field_app.views.parts.surfaces import (
    Handler,
    banner,
    card,
    line,
    page_column,
    small,
    title,
)
from field_app.views.theme import Tone


@dataclass(frozen=True)
class Answer:
    """A yes or a no that waits for its confirmation."""

    shift_id: UUID
    is_yes: bool
    reason: str = RejectReason.NOT_AVAILABLE.value

    @property
    def operation(self) -> Operation:
        return AssignmentAccept() if self.is_yes else AssignmentReject(reason=self.reason)


def offers(room: Room) -> Panes:
    return Panes(OfferList(width=room.pane_width))


@component
def OfferList(width: float) -> ft.Control:
    app = use_app()
    me = use_person().id
    sync = use_sync_status()
    offers = use_query(lambda session: queries.offers_to(session, me))
    booked = use_query(lambda session: queries.shifts_from(session, me, app.device.now()))
    form = use_form(Answer)
    place, _ = use_place("offers")

    async def send(answer: Answer) -> None:
        await perform(app, answer.shift_id, answer.operation)
        form.close()

    open_offer = next((s for s in offers if form.value and s.id == form.value.shift_id), None)
    sheet = None
    if form.value and open_offer:
        parts = (
            _confirm_yes(app, open_offer, booked, sync)
            if form.value.is_yes
            else _confirm_no(app, open_offer, sync, form, form.value)
        )
        said = (
            (tr("Confirm"), ft.Icons.CHECK)
            if form.value.is_yes
            else (tr("Decline"), ft.Icons.CLOSE)
        )
        go = primary(said[0], form.saves(send), icon=said[1])
        sheet = sheet_of([*parts, buttons(go)], on_dismiss=form.close)
    ft.use_dialog(sheet)
    if offers:
        asked = [(shift, clash(shift, booked), form.open) for shift in offers]
        listed = LongList([Group(None, asked, _offer_card, weight=2)], place)
    else:
        nothing = tr("When a manager offers you a shift, it appears here.")
        listed = Nothing(ft.Icons.MARK_EMAIL_READ_OUTLINED, tr("No offers waiting"), nothing)
    return page_column([listed], width, notices=[Refusals()], kept_as="offers")


def clash(shift: Shift, booked: list[Shift]) -> Shift | None:
    """A booked shift that overlaps this one in time."""
    return next(
        (
            other
            for other in booked
            if other.event.starts_at < shift.event.ends_at
            and shift.event.starts_at < other.event.ends_at
        ),
        None,
    )


def _offer_card(app: AppContext, asked: tuple[Shift, Shift | None, Handler]) -> ft.Control:
    shift, other, ask = asked
    parts = [*shift_facts(app, shift), line(ft.Icons.BADGE_OUTLINED, _role(shift))]
    if shift.assignment.expires_at:
        zone = moments.zone_of(shift.place)
        now = app.device.now()
        until = shift.assignment.expires_at
        said = tr(
            "Answer by {day} {time}",
            day=moments.day(until, zone, now),
            time=moments.clock(until, zone),
        )
        parts.append(line(ft.Icons.HOURGLASS_BOTTOM, said))
    if other:
        parts.append(_clash_banner(app, other))
    expires_at = shift.assignment.expires_at
    if expires_at and expires_at < app.device.now():
        parts.append(
            banner(tr("This offer has expired. Ask your manager for a new one."), Tone.WARN)
        )
        return ft.Semantics(content=card(parts), container=True, key=str(shift.id))
    parts.append(
        buttons(
            secondary(tr("Decline"), guarded(lambda _: ask(Answer(shift.id, is_yes=False)))),
            primary(tr("Accept"), guarded(lambda _: ask(Answer(shift.id, is_yes=True)))),
            has_room=app.frame.has_room,
        )
    )
    return ft.Semantics(content=card(parts), container=True, key=str(shift.id))


def _clash_banner(app: AppContext, other: Shift) -> ft.Control:
    at = moments.when(other.event, other.place, app.device)
    return banner(
        tr("At that time you are already booked: {title}, {at}.", title=other.title, at=at),
        Tone.WARN,
    )


def _role(shift: Shift) -> str:
    return tr("As {role}", role=words.role(shift.assignment.role).lower())


def _confirm_yes(
    app: AppContext, shift: Shift, booked: list[Shift], sync: SyncStatus
) -> list[ft.Control]:
    parts: list[ft.Control] = [title(tr("Accept this shift?")), *shift_facts(app, shift)[1:3]]
    if other := clash(shift, booked):
        parts.append(_clash_banner(app, other))
    if shift.kits:
        parts.append(
            line(ft.Icons.WORK_OUTLINE, tr("You are responsible for the kit on this shift."))
        )
    return [*parts, _booked_note(sync)]


def _confirm_no(
    app: AppContext, shift: Shift, sync: SyncStatus, form: Form[Answer], answer: Answer
) -> list[ft.Control]:
    options = [(code.value, said) for code, said in words.REJECT_REASON.items()]
    return [
        title(tr("Decline this shift?")),
        *shift_facts(app, shift)[1:3],
        question(tr("Why?"), options, answer.reason, lambda value: form.change(reason=value)),
        *([small(tr("Sends when you are online again."))] if _is_offline(sync) else []),
    ]


def _booked_note(sync: SyncStatus) -> ft.Control:
    if _is_offline(sync):
        return banner(
            tr(
                "You are offline. Your yes is sent when you are online; until then you are not "
                "booked yet."
            ),
            Tone.WARN,
        )
    return small(tr("You are booked as soon as the office has your answer."))


def _is_offline(sync: SyncStatus) -> bool:
    return sync.flight_mode or sync.phase is SyncPhase.OFFLINE
