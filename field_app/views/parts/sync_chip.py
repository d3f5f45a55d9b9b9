"""Where the data is: a chip in every app bar, and a thin bar below it while much is fetched."""

import datetime as dt

import flet as ft

from field_app.store import history
from field_app.store.history import Tally
from field_app.store.status import SyncPhase, SyncStatus
from field_app.views.hooks import component, use_app, use_frame, use_query, use_sync_status
from field_app.views.language import tr
from field_app.views.parts.surfaces import chip
from field_app.views.theme import RADIUS, SIGN, TARGET, THIN, Tone

OLD = dt.timedelta(minutes=10)
"""Without news for so long, what a screen shows may well be about to change."""


def is_renewing(status: SyncStatus, now: dt.datetime) -> bool:
    """Whether what is shown is old, or nothing yet, and news is on its way."""
    since = status.last_synced_at
    return status.phase is SyncPhase.SYNCING and (since is None or now - since > OLD)


def chip_words(status: SyncStatus, tally: Tally, now: dt.datetime) -> tuple[str, Tone, ft.IconData]:
    """The one thing worth saying, the most urgent first."""
    if tally.attention:
        return tr("Needs attention"), Tone.BAD, ft.Icons.ERROR
    if status.phase is SyncPhase.SIGNED_OUT:
        return tr("Sign in"), Tone.WARN, ft.Icons.LOGIN
    if status.flight_mode or status.phase is SyncPhase.OFFLINE:
        waiting = (
            tr("Offline \u00b7 {waiting} saved here", waiting=tally.waiting)
            if tally.waiting
            else tr("Offline")
        )
        return waiting, Tone.WARN, ft.Icons.CLOUD_OFF
    if status.phase in {SyncPhase.BROKEN, SyncPhase.UPGRADE_REQUIRED}:
        return tr("Sync stopped"), Tone.BAD, ft.Icons.SYNC_PROBLEM
    if tally.waiting:
        return tr("Sending {waiting}", waiting=tally.waiting), Tone.BUSY, ft.Icons.CLOUD_UPLOAD
    if is_renewing(status, now):
        return tr("Syncing\u2026"), Tone.BUSY, ft.Icons.SYNC
    return tr("Synced"), Tone.GOOD, ft.Icons.CLOUD_DONE


@component
def SyncChip() -> ft.Control:
    app = use_app()
    status = use_sync_status()
    person = app.acts.person
    tally = use_query(
        lambda session: history.tally(session, person.id) if person else Tally(0, 0),
        person and person.id,
    )
    text, tone, icon = chip_words(status, tally, app.device.now())
    frame = use_frame()
    page = ft.context.page
    needs_sign_in = status.phase is SyncPhase.SIGNED_OUT and not tally.attention
    leads_to = "/sign-in" if needs_sign_in else "/sync"
    tappable = ft.Container(
        chip(text, tone, icon, is_bare=not frame.has_room, sign=SIGN * frame.dress.scale),
        on_click=lambda _: page.navigate(leads_to),
        ink=True,
        border_radius=RADIUS,
        height=TARGET,
        alignment=ft.Alignment.CENTER,
    )
    return ft.Semantics(
        content=tappable, live_region=True, container=True, button=True, identifier="sync-chip"
    )


@component
def SyncBar() -> ft.Control:
    """Moves while `is_renewing`."""
    status = use_sync_status()
    if not is_renewing(status, use_app().device.now()):
        return ft.Container(height=THIN)
    return ft.ProgressBar(bar_height=THIN, semantics_label=tr("Fetching what is new"))
