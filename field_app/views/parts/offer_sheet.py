"""Offering a shift: to whom, as what, until when."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast
from uuid import UUID, uuid4

import flet as ft

from field_app.domain.event import EventInstance
from field_app.domain.offers import AssignmentOffer
from field_app.domain.person import User
from field_app.store import event_queries
from field_app.store.event_queries import EventSheet
from field_app.views.hooks import guarded, use_app, use_query
from field_app.views.parts.acting import perform
from field_app.views.parts.surfaces import (
    banner,
    body,
    buttons,
    choices,
    primary,
    sheet_of,
    small,
    title,
)
from field_app.views.theme import Tone

PARTS = (("brand_agent", "Brand agent"), ("lead", "Team lead"), ("kit_handler", "Kit handler"))
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
    state, set_state = ft.use_state(cast("Offering | None", None))
    booked = {s.assignment.user_id for s in about.board.roster} if about else set()
    people = use_query(lambda session: event_queries.colleagues(session, booked) if state else [])

    async def send(_: ft.ControlEvent) -> None:
        if state is None or about is None:
            return
        if state.user_id is None:
            set_state(replace(state, problem="Choose somebody."))
            return
        set_state(None)
        offer = _operation(state, about, app.device.now())
        await perform(app, state.target_id, offer, "Offered. Saved on this phone.")

    ft.use_dialog(_sheet(state, people, set_state, guarded(send)) if state else None)
    return lambda: set_state(Offering(uuid4()))


def _sheet(
    state: Offering,
    people: list[User],
    set_state: Callable[..., None],
    send: Callable[..., object],
) -> ft.BottomSheet:
    wanted = state.search.strip().lower()
    fitting = [user for user in people if wanted in user.name.lower()]
    options = [(str(user.id), user.name) for user in fitting[:SHOWN]]
    content: list[ft.Control] = [
        title("Offer a shift"),
        ft.TextField(
            label="Who?",
            hint_text="Part of a name",
            value=state.search,
            on_change=lambda e: set_state(replace(state, search=e.control.value)),
        ),
        choices(
            options,
            str(state.user_id) if state.user_id else None,
            lambda value: set_state(replace(state, user_id=UUID(value), problem=None)),
        ),
    ]
    if not options:
        content.append(small("Nobody of that name is free here."))
    elif len(fitting) > SHOWN:
        content.append(small(f"{len(fitting) - SHOWN} more. Type part of a name."))
    content += [
        body("As what?", strong=True),
        choices(PARTS, state.part, lambda value: set_state(replace(state, part=value))),
        ft.TextField(
            label="Anything they should know?",
            value=state.note,
            max_length=4000,
            counter="",
            on_change=lambda e: set_state(replace(state, note=e.control.value)),
        ),
    ]
    if state.problem:
        content.append(banner(state.problem, Tone.BAD))
    content.append(buttons(primary("Offer", send, icon=ft.Icons.SEND)))
    return sheet_of(content, on_dismiss=lambda _: set_state(None))


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
