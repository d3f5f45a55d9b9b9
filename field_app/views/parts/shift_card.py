"""A shift as a card: what, when, where, and how it stands."""

import flet as ft

from field_app.domain.assignment import AssignmentStatus
from field_app.domain.wire import VerdictStatus
from field_app.store.outbox import PARKED, PENDING
from field_app.store.queries import Shift
from field_app.store.status import SyncStatus
from field_app.store.tables import OutboxRow
from field_app.views import moments, words
from field_app.views.hooks import AppContext
from field_app.views.language import tr, trn
from field_app.views.parts.surfaces import chip, line, row, small, title
from field_app.views.parts.work_state import work_chip
from field_app.views.theme import S, Tone

STATUS_TONES = {
    AssignmentStatus.ASSIGNED: Tone.NEUTRAL,
    AssignmentStatus.OFFERED: Tone.WARN,
    AssignmentStatus.ACCEPTED: Tone.BUSY,
    AssignmentStatus.REJECTED: Tone.NEUTRAL,
    AssignmentStatus.CHECKED_IN: Tone.GOOD,
    AssignmentStatus.CHECKED_OUT: Tone.NEUTRAL,
    AssignmentStatus.NO_SHOW: Tone.BAD,
    AssignmentStatus.CANCELLED: Tone.NEUTRAL,
}
STATUS_ICONS = {
    AssignmentStatus.ASSIGNED: ft.Icons.EVENT,
    AssignmentStatus.OFFERED: ft.Icons.MARK_EMAIL_UNREAD,
    AssignmentStatus.ACCEPTED: ft.Icons.EVENT_AVAILABLE,
    AssignmentStatus.REJECTED: ft.Icons.DO_NOT_DISTURB_ON_OUTLINED,
    AssignmentStatus.CHECKED_IN: ft.Icons.CHECK_CIRCLE,
    AssignmentStatus.CHECKED_OUT: ft.Icons.LOGOUT,
    AssignmentStatus.NO_SHOW: ft.Icons.PERSON_OFF,
    AssignmentStatus.CANCELLED: ft.Icons.EVENT_BUSY,
}


def status_chip(status: AssignmentStatus) -> ft.Control:
    return chip(words.ASSIGNMENT[status], STATUS_TONES[status], STATUS_ICONS[status])


def chips(shift: Shift, work: OutboxRow | None, sync: SyncStatus) -> ft.Control:
    """The shift's state, and where this person's last act on it is."""
    shown = [status_chip(shift.assignment.status)]
    if work is not None:
        shown.append(work_chip(work, sync, moments.zone_of(shift.place)))
    if shift.is_gone:
        shown.append(chip(tr("No longer yours"), Tone.WARN, ft.Icons.INFO_OUTLINE))
    return ft.Row(shown, wrap=True, spacing=S, run_spacing=S)


def shift_facts(app: AppContext, shift: Shift) -> list[ft.Control]:
    """Title, time and place, and what goes with the shift."""
    facts = [
        title(shift.title),
        line(ft.Icons.SCHEDULE, moments.when(shift.event, shift.place, app.device)),
        line(ft.Icons.PLACE_OUTLINED, _place(shift)),
    ]
    if shift.activity:
        facts.append(line(ft.Icons.CAMPAIGN_OUTLINED, shift.activity.title))
    if shift.kits:
        kits = trn(
            "{count} kit goes with this shift", "{count} kits go with this shift", shift.kits
        )
        facts.append(line(ft.Icons.WORK_OUTLINE, kits))
    if shift.assignment.pay_note:
        facts.append(line(ft.Icons.PAYMENTS_OUTLINED, shift.assignment.pay_note))
    return facts


def shift_row(
    app: AppContext, shift: Shift, work: OutboxRow | None, sync: SyncStatus
) -> ft.Control:
    """A shift in a list; a tap opens it."""
    page = ft.context.page
    is_open = work is not None and work.status in {PENDING, PARKED, VerdictStatus.REFUSED.value}
    state = (
        work_chip(work, sync, moments.zone_of(shift.place))
        if work is not None and is_open
        else status_chip(shift.assignment.status)
    )
    fits = app.frame.has_room and not is_open  # where work stands takes more than a word
    return row(
        shift.title,
        f"{moments.when(shift.event, shift.place, app.device)} \u00b7 {_place_name(shift)}",
        trailing=state if fits else None,
        below=[] if fits else [state],
        on_click=lambda _: page.navigate(f"/shift/{shift.id}"),
        key=str(shift.id),
    )


def countdown(app: AppContext, shift: Shift) -> ft.Control:
    return small(moments.countdown(shift.event, app.device.now()))


def _place(shift: Shift) -> str:
    if shift.place is None:
        return tr("Place to be announced")
    return f"{shift.place.name}, {words.address(shift.place)}"


def _place_name(shift: Shift) -> str:
    return shift.place.name if shift.place else tr("place to be announced")
