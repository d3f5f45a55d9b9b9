"""Refused work: shown with what happened in which order, until a person has read it."""

import asyncio
import datetime as dt
import json
from uuid import UUID, uuid4

import flet as ft
from sqlmodel import Session

from field_app.domain.assignment import AssignmentStatus
from field_app.domain.issues import IssueReport
from field_app.domain.refusals import RefusalCode
from field_app.domain.wire import WireEnvelope
from field_app.store import drafts, history, outbox, settings
from field_app.store.drafts import IssueDraft
from field_app.store.history import Work
from field_app.store.settings import Setting
from field_app.store.tables import OutboxRow
from field_app.views import moments, words
from field_app.views.hooks import (
    AppContext,
    component,
    guarded,
    say,
    use_app,
    use_person,
    use_query,
)
from field_app.views.language import Said, mark, tr, trn
from field_app.views.parts.buttons import quiet
from field_app.views.parts.surfaces import banner
from field_app.views.theme import S, Tone

REPORT = "issue.report"
WORTH_ANOTHER_TRY = {
    RefusalCode.DEPENDS_ON_REFUSED,
    RefusalCode.UNKNOWN_KIND,
    RefusalCode.MALFORMED,
    RefusalCode.NOT_ALLOWED,
    RefusalCode.WRONG_STATE,
    RefusalCode.TOO_EARLY,
    RefusalCode.KIT_NOT_AVAILABLE,
}
"""What may be taken another time; an offer that was withdrawn is gone."""
ENDED = Said(
    {
        RefusalCode.OFFER_WITHDRAWN: mark("Withdrawn"),
        RefusalCode.SLOT_FILLED: mark("Filled by somebody else"),
        RefusalCode.REPLACED: mark("Given to somebody else"),
        RefusalCode.EVENT_CANCELLED: mark("Event cancelled"),
        RefusalCode.CANCELLED_BY_MANAGER: mark("Cancelled by a manager"),
    }
)


def timeline(work: Work, zone: dt.tzinfo) -> str:
    """Like "Withdrawn 14:02. Your tap at 13:50 reached us at 14:10." """
    row, shift = work.row, work.shift
    said = []
    ended = ENDED.get(RefusalCode(row.code)) if row.code in {*ENDED} else None
    cancelled = shift is not None and shift.assignment.status is AssignmentStatus.CANCELLED
    if ended and shift and cancelled and shift.assignment.status_at:
        said.append(f"{ended} {moments.clock(shift.assignment.status_at, zone)}.")
    tapped = moments.clock(row.occurred_at, zone)
    if row.decided_at:
        heard = moments.clock(row.decided_at, zone)
        said.append(tr("Your tap at {tapped} reached us at {heard}.", tapped=tapped, heard=heard))
    else:
        said.append(tr("Your tap was at {tapped}.", tapped=tapped))
    return " ".join(said)


def refusal_banner(app: AppContext, work: Work, me: UUID) -> ft.Control:
    """One refusal: done again or edited, kept as a file, or read and put away."""
    row, shift = work.row, work.shift
    zone = moments.zone_of(shift.place if shift else None)
    subject = words.kind(row.kind)
    if shift is not None:
        at = moments.when(shift.event, shift.place, app.device)
        subject = f"{subject}: {shift.title}, {at}"

    async def dismiss(_: ft.ControlEvent) -> None:
        now = app.device.now()
        change = lambda session: outbox.dismiss(session, row.operation_id, now)  # noqa: E731
        await asyncio.to_thread(app.acts.store.write, change)

    async def again(_: ft.ControlEvent) -> None:
        refused = await app.acts.perform_again(row)
        say(words.refusal(refused.code) if refused else tr("Done again. Saved on this device."))

    async def edit(_: ft.ControlEvent) -> None:
        await asyncio.to_thread(app.acts.store.write, lambda session: _to_draft(session, row, me))
        await dismiss(_)
        page.navigate("/issues")
        say(tr("Your report is a draft again. Tap “Report a problem”."))

    async def keep(_: ft.ControlEvent) -> None:
        name = f"refused-{row.kind}-{row.operation_id}.json"
        if await app.device.save_file(name, _copy(row, sentence)):
            say(tr("A copy was saved."))

    sentence = words.refusal(row.code, row.message)
    page = ft.context.page
    ways = [quiet(tr("Save a copy"), guarded(keep)), quiet(tr("Dismiss"), guarded(dismiss))]
    if row.kind == REPORT:
        ways.insert(0, quiet(tr("Edit"), guarded(edit)))
    elif row.code in WORTH_ANOTHER_TRY:
        ways.insert(0, quiet(tr("Do it again"), guarded(again)))
    return ft.Semantics(
        content=banner(
            f"{sentence}\n{timeline(work, zone)}",
            Tone.BAD,
            ways,
            heading=subject,
        ),
        container=True,
        key=str(row.operation_id),
    )


def _to_draft(session: Session, row: OutboxRow, me: UUID) -> None:
    """A refused report as a draft again, under the id of a new issue."""
    payload = WireEnvelope.model_validate_json(row.envelope).payload
    report = IssueReport.model_validate(payload)
    draft = IssueDraft(
        issue_id=uuid4(),
        event_id=report.event_instance_id,
        issue_type=report.issue_type,
        severity=report.severity,
        text=report.description,
        photos=report.photos,
    )
    drafts.save(session, me, draft)


def _copy(row: OutboxRow, sentence: str) -> bytes:
    """What was done and what the office said, for whoever wants to keep it."""
    told = {"refused": sentence, "code": row.code, "operation": json.loads(row.envelope)}
    return json.dumps(told, indent=2).encode()


def _salvage_banner(app: AppContext, kept: int) -> ft.Control:
    """After the device's file was damaged: said once, until somebody has read it."""

    async def dismiss(_: ft.ControlEvent) -> None:
        await asyncio.to_thread(app.acts.store.put_setting, Setting.SALVAGED, None)

    number = trn("{count} thing you did was kept.", "{count} things you did were kept.", kept)
    return banner(
        " ".join([number, tr("Everything else comes back with the next sync.")]),
        Tone.WARN,
        [quiet(tr("Dismiss"), guarded(dismiss))],
        heading=tr("The data on this device was damaged"),
    )


@component
def Refusals() -> ft.Control:
    """What a person has to read: every refusal, and that a damaged file was replaced."""
    app = use_app()
    me = use_person().id
    refused = use_query(lambda session: history.refused_of(session, me), me)
    salvaged = use_query(lambda session: settings.get(session, Setting.SALVAGED), Setting.SALVAGED)
    parts = [refusal_banner(app, work, me) for work in refused]
    if salvaged is not None:
        parts.insert(0, _salvage_banner(app, int(salvaged)))
    return ft.Column(
        parts,
        spacing=S,
        visible=bool(parts),
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )
