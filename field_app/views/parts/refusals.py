"""Refused work: shown with what happened in which order, until a person has read it."""

import asyncio
import datetime as dt

import flet as ft

from field_app.domain.assignment import AssignmentStatus
from field_app.domain.refusals import RefusalCode
from field_app.store import history, outbox
from field_app.store.history import Work
from field_app.views import words
from field_app.views.hooks import AppContext, component, guarded, use_app, use_person, use_query
from field_app.views.parts.surfaces import banner, quiet
from field_app.views.theme import S, Tone

ENDED = {
    RefusalCode.OFFER_WITHDRAWN: "Withdrawn",
    RefusalCode.SLOT_FILLED: "Filled by somebody else",
    RefusalCode.REPLACED: "Given to somebody else",
    RefusalCode.EVENT_CANCELLED: "Event cancelled",
    RefusalCode.CANCELLED_BY_MANAGER: "Cancelled by a manager",
}


def timeline(work: Work, zone: dt.tzinfo) -> str:
    """Like "Withdrawn 14:02. Your tap at 13:50 reached us at 14:10." """
    row, shift = work.row, work.shift
    said = []
    ended = ENDED.get(RefusalCode(row.code)) if row.code in {*ENDED} else None
    cancelled = shift is not None and shift.assignment.status is AssignmentStatus.CANCELLED
    if ended and shift and cancelled and shift.assignment.status_at:
        said.append(f"{ended} {words.clock(shift.assignment.status_at, zone)}.")
    tapped = f"Your tap at {words.clock(row.occurred_at, zone)}"
    decided = f" reached us at {words.clock(row.decided_at, zone)}" if row.decided_at else ""
    said.append(f"{tapped}{decided}.")
    return " ".join(said)


def refusal_banner(app: AppContext, work: Work) -> ft.Control:
    """One refusal, and the button that says it was read."""
    row, shift = work.row, work.shift
    zone = words.zone_of(shift.place if shift else None)
    subject = words.kind(row.kind)
    if shift is not None:
        at = words.when(shift.event, shift.place, app.device.now())
        subject = f"{subject}: {shift.title}, {at}"

    async def dismiss(_: ft.ControlEvent) -> None:
        now = app.device.now()
        change = lambda session: outbox.dismiss(session, row.operation_id, now)  # noqa: E731
        await asyncio.to_thread(app.acts.store.write, change)

    sentence = words.refusal(row.code, row.message)
    return ft.Semantics(
        content=banner(
            f"{sentence}\n{timeline(work, zone)}",
            Tone.BAD,
            [quiet("Dismiss", guarded(dismiss))],
            heading=subject,
        ),
        container=True,
        key=str(row.operation_id),
    )


@component
def Refusals() -> ft.Control:
    """Every refusal that was not read yet; nothing where there is none."""
    app = use_app()
    me = use_person().id
    refused = use_query(lambda session: history.refused_of(session, me))
    return ft.Column(
        [refusal_banner(app, work) for work in refused],
        spacing=S,
        visible=bool(refused),
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )
