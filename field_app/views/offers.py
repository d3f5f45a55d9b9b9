"""Offers: what is offered, what clashes, yes or no."""

from typing import cast
from uuid import UUID

import flet as ft

from field_app.domain.assignment import RejectReason
from field_app.domain.decision import Refused
from field_app.domain.offers import AssignmentAccept, AssignmentReject
from field_app.domain.operations import Operation
from field_app.store import queries
from field_app.store.queries import Shift
from field_app.store.status import SyncPhase, SyncStatus
from field_app.views import words
from field_app.views.hooks import (
    AppContext,
    component,
    guarded,
    say,
    screen,
    use_app,
    use_person,
    use_query,
    use_sync_status,
)
from field_app.views.parts.refusals import Refusals
from field_app.views.parts.shell import use_room, use_screen
from field_app.views.parts.shift_card import shift_facts
from field_app.views.parts.surfaces import (
    Handler,
    banner,
    body,
    buttons,
    card,
    choices,
    empty,
    line,
    page_column,
    primary,
    secondary,
    sheet_of,
    small,
    title,
)
from field_app.views.theme import Tone


@screen
def Offers() -> ft.View:
    room = use_room()
    return use_screen("Offers", OfferList(width=room.pane_width), tab="/offers", route="/")


@component
def OfferList(width: float) -> ft.Control:
    app = use_app()
    me = use_person().id
    sync = use_sync_status()
    offers = use_query(lambda session: queries.offers_to(session, me))
    booked = use_query(lambda session: queries.shifts_from(session, me, app.device.now()))
    asked, ask = ft.use_state(cast("tuple[UUID, bool] | None", None))
    reason, set_reason = ft.use_state(RejectReason.NOT_AVAILABLE.value)

    async def answer(shift: Shift, operation: Operation) -> None:
        refused = await app.acts.perform(shift.id, operation)
        ask(None)
        if isinstance(refused, Refused):
            say(words.refusal(refused.code))
        else:
            say("Saved on this phone.")

    open_offer = next((s for s in offers if asked and s.id == asked[0]), None)
    sheet = None
    if asked and open_offer:
        confirm = _confirm_yes if asked[1] else _confirm_no
        sheet = confirm(app, open_offer, booked, sync, answer, reason, set_reason)
        sheet.on_dismiss = lambda _: ask(None)
    ft.use_dialog(sheet)
    cards = [_offer_card(app, shift, booked, ask) for shift in offers]
    if not cards:
        nothing = "When a manager offers you a shift, it appears here."
        cards = [empty(ft.Icons.MARK_EMAIL_READ_OUTLINED, "No offers waiting", nothing)]
    return page_column([Refusals(), *cards], width)


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


def _offer_card(app: AppContext, shift: Shift, booked: list[Shift], ask: Handler) -> ft.Control:
    parts = [*shift_facts(app, shift), line(ft.Icons.BADGE_OUTLINED, _role(shift))]
    if shift.assignment.expires_at:
        zone = words.zone_of(shift.place)
        now = app.device.now()
        until = shift.assignment.expires_at
        said = f"Answer by {words.day(until, zone, now)} {words.clock(until, zone)}"
        parts.append(line(ft.Icons.HOURGLASS_BOTTOM, said))
    if other := clash(shift, booked):
        parts.append(_clash_banner(app, other))
    expires_at = shift.assignment.expires_at
    if expires_at and expires_at < app.device.now():
        parts.append(banner("This offer has expired. Ask your manager for a new one.", Tone.WARN))
        return ft.Semantics(content=card(parts), container=True, key=str(shift.id))
    parts.append(
        buttons(
            secondary("Decline", guarded(lambda _: ask((shift.id, False)))),
            primary("Accept", guarded(lambda _: ask((shift.id, True)))),
        )
    )
    return ft.Semantics(content=card(parts), container=True, key=str(shift.id))


def _clash_banner(app: AppContext, other: Shift) -> ft.Control:
    at = words.when(other.event, other.place, app.device.now())
    return banner(f"At that time you are already booked: {other.title}, {at}.", Tone.WARN)


def _role(shift: Shift) -> str:
    return f"As {words.role(shift.assignment.role).lower()}"


def _confirm_yes(
    app: AppContext,
    shift: Shift,
    booked: list[Shift],
    sync: SyncStatus,
    answer: Handler,
    _reason: str,
    _set_reason: Handler,
) -> ft.BottomSheet:
    parts: list[ft.Control] = [title("Accept this shift?"), *shift_facts(app, shift)[1:3]]
    if other := clash(shift, booked):
        parts.append(_clash_banner(app, other))
    if shift.kits:
        parts.append(line(ft.Icons.WORK_OUTLINE, "You are responsible for the kit on this shift."))
    parts.append(_booked_note(sync))

    async def yes(_: ft.ControlEvent) -> None:
        await answer(shift, AssignmentAccept())

    parts.append(buttons(primary("Confirm", guarded(yes), icon=ft.Icons.CHECK)))
    return sheet_of(parts)


def _confirm_no(
    app: AppContext,
    shift: Shift,
    _booked: list[Shift],
    sync: SyncStatus,
    answer: Handler,
    reason: str,
    set_reason: Handler,
) -> ft.BottomSheet:
    async def no(_: ft.ControlEvent) -> None:
        await answer(shift, AssignmentReject(reason=reason))

    options = [(code.value, said) for code, said in words.REJECT_REASON.items()]
    parts = [
        title("Decline this shift?"),
        *shift_facts(app, shift)[1:3],
        body("Why?", strong=True),
        choices(options, reason, set_reason),
        *([small("Sends when you are online again.")] if _is_offline(sync) else []),
        buttons(primary("Decline", guarded(no), icon=ft.Icons.CLOSE)),
    ]
    return sheet_of(parts)


def _booked_note(sync: SyncStatus) -> ft.Control:
    if _is_offline(sync):
        return banner(
            "You are offline. Your yes is sent when you are online; until then you are not "
            "booked yet.",
            Tone.WARN,
        )
    return small("You are booked as soon as the office has your answer.")


def _is_offline(sync: SyncStatus) -> bool:
    return sync.flight_mode or sync.phase is SyncPhase.OFFLINE
