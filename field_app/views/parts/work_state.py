"""Where a person's work is: saved on this device, sending, synced, or in need of attention."""

import datetime as dt

import flet as ft

from field_app.store.outbox import PARKED, PENDING
from field_app.store.status import SyncPhase, SyncStatus
from field_app.store.tables import OutboxRow
from field_app.views import moments
from field_app.views.language import tr
from field_app.views.parts.surfaces import chip
from field_app.views.theme import Tone


def work_words(
    work: OutboxRow, status: SyncStatus, zone: dt.tzinfo
) -> tuple[str, Tone, ft.IconData]:
    """The state of one operation in a word."""
    if work.status == PENDING:
        if work.may_be_refused:
            return tr("May be refused"), Tone.WARN, ft.Icons.HELP_OUTLINE
        if status.phase is SyncPhase.SYNCING and not status.flight_mode:
            return tr("Sending"), Tone.BUSY, ft.Icons.CLOUD_UPLOAD
        return tr("Saved on this device"), Tone.WARN, ft.Icons.PHONE_ANDROID
    if work.status == PARKED:
        return tr("Held at the office"), Tone.WARN, ft.Icons.PAUSE_CIRCLE_OUTLINE
    if work.status == "refused":
        return tr("Refused"), Tone.BAD, ft.Icons.ERROR
    at = work.settled_at or work.decided_at
    return (
        tr("Synced {at}", at=moments.clock(at, zone)) if at else tr("Synced"),
        Tone.GOOD,
        ft.Icons.CLOUD_DONE,
    )


def work_chip(work: OutboxRow, status: SyncStatus, zone: dt.tzinfo) -> ft.Control:
    return chip(*work_words(work, status, zone))
