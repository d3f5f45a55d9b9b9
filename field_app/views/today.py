"""Today: what is on and what comes; where there is room, the first of it in full beside that."""

import flet as ft

from field_app.domain.event import EventInstance
from field_app.store.queries import Shift
from field_app.views.agenda import Agenda, next_of, use_days
from field_app.views.assignment import ShiftDetail
from field_app.views.event import EventDetail
from field_app.views.hooks import component, use_app
from field_app.views.language import tr
from field_app.views.parts.shell import PANE_WIDTH, Panes, Room
from field_app.views.parts.surfaces import empty


def today(room: Room) -> Panes:
    if not room.is_side_by_side:
        return Panes(Agenda(width=room.pane_width))
    return Panes(First(width=room.pane_width - PANE_WIDTH), beside=Agenda(width=PANE_WIDTH))


@component
def First(width: float) -> ft.Control:
    """What somebody most likely came for: the event they run, or else their own next shift."""
    mine, boards = use_days()
    now = use_app().device.now()
    running = next((board.event for board in boards if board.event.ends_at > now), None)
    return _detail(running, next_of(mine), width)


def _detail(event: EventInstance | None, shift: Shift | None, width: float) -> ft.Control:
    detail: ft.Control | None = None
    if event is not None:
        detail = EventDetail(event_id=event.id, width=width, key=str(event.id))
    elif shift is not None:
        detail = ShiftDetail(shift_id=shift.id, width=width, key=str(shift.id))
    return detail or empty(
        ft.Icons.TOUCH_APP_OUTLINED, tr("Choose a shift or a person on the left.")
    )
