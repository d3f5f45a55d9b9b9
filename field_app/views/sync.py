"""Sync: every operation of this person on this device, and where it is."""

import asyncio

import flet as ft

from field_app.domain.wire import VerdictStatus
from field_app.store import history, photo_queue, queries
from field_app.store.history import Work
from field_app.store.outbox import PARKED, PENDING
from field_app.store.status import SyncPhase, SyncStatus
from field_app.store.tables import PhotoRow
from field_app.views import moments, words
from field_app.views.hooks import (
    AppContext,
    component,
    guarded,
    say,
    use_app,
    use_person,
    use_query,
    use_sync_status,
)
from field_app.views.language import tr, trn
from field_app.views.parts.buttons import buttons, quiet, secondary
from field_app.views.parts.photos import Thumb, progress
from field_app.views.parts.refusals import Refusals, timeline
from field_app.views.parts.shell import Panes, Room
from field_app.views.parts.surfaces import banner, empty, page_column, row, rows, section
from field_app.views.parts.work_state import work_chip
from field_app.views.theme import Tone


def sync(room: Room) -> Panes:
    return Panes(SyncList(width=room.pane_width))


@component
def SyncList(width: float) -> ft.Control:
    app = use_app()
    me = use_person().id
    status = use_sync_status()
    work = use_query(lambda session: history.work_of(session, me))
    photos = use_query(lambda session: photo_queue.unsent(session, me))
    waiting = [w for w in work if w.row.status in {PENDING, PARKED}]
    done = [w for w in work if w not in waiting]
    parts = [
        _state(app, status, len(waiting) + len(photos)),
        buttons(
            secondary(tr("Sync now"), guarded(lambda _: app.acts.sync_now()), icon=ft.Icons.SYNC)
        ),
    ]
    if waiting:
        heading = tr("On this device, not yet at the office ({waiting})", waiting=len(waiting))
        parts.append(section(heading, [rows([_work_row(app, w, status) for w in waiting])]))
    if photos:
        heading = tr("Photos, not yet at the office ({photos})", photos=len(photos))
        why_not = app.acts.photos_told
        told = [banner(words.message(why_not), Tone.WARN)] if why_not else []
        parts.append(section(heading, [*told, rows([_photo_row(app, photo) for photo in photos])]))
    if done:
        parts.append(section(tr("Done"), [rows([_work_row(app, w, status) for w in done])]))
    if not work and not photos:
        nothing = tr("What you do in the app is listed here until the office has it.")
        parts.append(empty(ft.Icons.CLOUD_DONE_OUTLINED, nothing))
    save = guarded(lambda _: _save_diagnostics(app))
    parts.append(
        ft.Row(
            [quiet(tr("Save a report about this device"), save, icon=ft.Icons.BUG_REPORT_OUTLINED)],
            wrap=True,
        )
    )
    return page_column(parts, width, notices=[Refusals()])


async def _save_diagnostics(app: AppContext) -> None:
    content = await asyncio.to_thread(app.acts.diagnostics)
    if await app.device.save_file("fieldkit-device.json", content):
        say(tr("Saved. It holds no positions, names or texts; send it to your office."))


def _state(app: AppContext, status: SyncStatus, waiting: int) -> ft.Control:
    """Where things stand, in one sentence."""
    now = app.device.now()
    here = moments.device_zone(app.device.time_zone_offset_min())
    last = (
        tr(
            "Last synced {day} {time}.",
            day=moments.day(status.last_synced_at, here, now).lower(),
            time=moments.clock(status.last_synced_at, here),
        )
        if status.last_synced_at
        else tr("Not synced yet.")
    )
    if status.flight_mode:
        return banner(f"{_kept(waiting)} {last}", Tone.WARN, heading=tr("Flight mode is on"))
    match status.phase:
        case SyncPhase.SYNCING:
            return banner(last, Tone.BUSY, heading=tr("Syncing\u2026"))
        case SyncPhase.IDLE if not waiting:
            return banner(last, Tone.GOOD, heading=tr("Everything is synced"))
        case SyncPhase.IDLE:
            return banner(
                f"{_kept(waiting)} {last}", Tone.BUSY, heading=tr("Waiting for an answer")
            )
        case SyncPhase.OFFLINE:
            since = moments.clock(status.since, here)
            heading = tr("Waiting for a connection since {since}", since=since)
            return banner(f"{_kept(waiting)} {last}", Tone.WARN, heading=heading)
        case SyncPhase.SIGNED_OUT:
            return banner(f"{_kept(waiting)} {last}", Tone.WARN, heading=tr("Please sign in again"))
        case SyncPhase.UPGRADE_REQUIRED | SyncPhase.BROKEN:
            return banner(
                f"{words.message(status.message)} {_kept(waiting)}",
                Tone.BAD,
                heading=tr("Sync stopped"),
            )


def _kept(waiting: int) -> str:
    if not waiting:
        return tr("Nothing is waiting.")
    return trn(
        "{count} thing you did is saved on this device and will be sent.",
        "{count} things you did are saved on this device and will be sent.",
        waiting,
    )


def _photo_row(app: AppContext, photo: PhotoRow) -> ft.Control:
    page = ft.context.page
    is_of_shift = app.acts.store.read(lambda s: queries.shift(s, photo.record_id)) is not None
    leads_to = f"/{'shift' if is_of_shift else 'issues'}/{photo.record_id}"
    again = None
    if photo.status == photo_queue.FAILED:
        again = quiet(tr("Try again"), guarded(lambda _: app.acts.retry_photo(photo.sha256)))
    return row(
        tr("Photo"),
        progress(photo, is_held=app.acts.photos_wait_for_wifi),
        leading=Thumb(sha256=photo.sha256, label=tr("Photo"), key=photo.sha256),
        trailing=again,
        on_click=lambda _: page.navigate(leads_to),
        key=photo.sha256,
    )


def _work_row(app: AppContext, work: Work, status: SyncStatus) -> ft.Control:
    done, shift = work.row, work.shift
    zone = moments.device_zone(app.device.time_zone_offset_min())
    at = f"{moments.day(done.occurred_at, zone, app.device.now())} "
    at += moments.clock(done.occurred_at, zone)
    about = f"{shift.title} \u00b7 {at}" if shift else at
    if done.status == VerdictStatus.REFUSED.value:
        about = f"{words.refusal(done.code, done.message)} {timeline(work, zone)}"
    if done.flags:
        about += tr(
            "\nThe office may ask: {flags}.",
            flags=", ".join(words.flag(f).lower() for f in done.flags),
        )
    page = ft.context.page
    return row(
        words.kind(done.kind),
        about,
        below=[work_chip(done, status, zone)],
        on_click=(lambda _: page.navigate(f"/shift/{shift.id}")) if shift else None,
        key=str(done.operation_id),
    )
