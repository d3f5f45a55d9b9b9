"""Offering a shift: to whom, as what, until when."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import flet as ft

from field_app.domain.event import EventInstance
from field_app.domain.offers import AssignmentOffer
from field_app.domain.person import User
from field_app.store import event_queries
from field_app.store.event_queries import EventSheet
from field_app.views.form import Form, use_form
from field_app.views.hooks import use_app, use_query
from field_app.views.language import mark, tr, trc
from field_app.views.parts.acting import perform
from field_app.views.parts.buttons import choices, primary, question
from field_app.views.parts.sheets import last_word, sheet_of
from field_app.views.parts.surfaces import Handler, small, title

PARTS = (
    ("brand_agent", mark("Brand agent")),
    ("lead", mark("Team lead")),
    ("kit_handler", mark("Kit handler")),
)
ANSWER_WITHIN = dt.timedelta(hours=24)
SHOWN = 12


@dataclass(frozen=True)
class Offering:
    """What the open sheet knows."""

    target_id: UUID
    search: str = ""
    user_id: UUID | None = None
    part: str = "brand_agent"
    note: str = ""
    problem: str | None = None


def use_offer_sheet(about: EventSheet | None) -> Callable[[], None]:
    app = use_app()
    form = use_form(Offering)
    booked = {s.assignment.user_id for s in about.board.roster} if about else set()
    people = use_query(
        lambda session: (
            event_queries.colleagues(session, booked, form.value.search) if form.value else []
        )
    )

    async def send(state: Offering) -> None:
        if about is None:
            return
        if state.user_id is None:
            form.change(problem=tr("Choose somebody."))
            return
        offer = _operation(state, about, app.device.now())
        await perform(app, state.target_id, offer, tr("Offered. Saved on this device."))
        form.close()

    ft.use_dialog(_sheet(form, form.value, people, form.saves(send)) if form.value else None)
    return lambda: form.open(Offering(uuid4()))


def _sheet(
    form: Form[Offering],
    state: Offering,
    people: list[User],
    send: Handler,
) -> ft.BottomSheet:
    options = [(str(user.id), user.name) for user in people[:SHOWN]]
    content: list[ft.Control] = [
        title(tr("Offer a shift")),
        ft.TextField(
            label=tr("Who?"),
            helper=tr("Part of a name is enough."),
            helper_max_lines=4,
            value=state.search,
            on_change=form.on("search"),
        ),
        choices(
            options,
            str(state.user_id) if state.user_id else None,
            lambda value: form.change(user_id=UUID(value), problem=None),
        ),
    ]
    if not options:
        content.append(small(tr("Nobody of that name is free here.")))
    elif len(people) > SHOWN:
        content.append(small(tr("{number} more. Type part of a name.", number=len(people) - SHOWN)))
    content += [
        question(
            tr("As what?"),
            [(part, tr(said)) for part, said in PARTS],
            state.part,
            lambda value: form.change(part=value),
        ),
        ft.TextField(
            label=tr("Anything they should know?"),
            value=state.note,
            max_length=4000,
            counter="",
            on_change=form.on("note"),
        ),
    ]
    content.append(
        last_word(primary(trc("verb", "Offer"), send, icon=ft.Icons.SEND), state.problem)
    )
    return sheet_of(content, on_dismiss=form.close, is_long=True)


def _operation(state: Offering, about: EventSheet, now: dt.datetime) -> AssignmentOffer:
    assert state.user_id is not None
    event = about.board.event
    only = about.activities[0].id if len(about.activities) == 1 else None
    return AssignmentOffer(
        event_instance_id=event.id,
        activity_id=only,
        user_id=state.user_id,
        role=state.part,
        special_instructions=state.note.strip() or None,
        expires_at=_until(event, now),
    )


def _until(event: EventInstance, now: dt.datetime) -> dt.datetime:
    """A day to answer, but never longer than until the end of the event."""
    return min(now + ANSWER_WITHIN, event.ends_at)
