"""Hours: one's own shifts with what was stored about them; an event's, for whoever runs it."""

from uuid import UUID

import flet as ft

from field_app.store import event_queries, hours, queries
from field_app.store.hours import Worked
from field_app.store.queries import Shift
from field_app.views import moments, words
from field_app.views.hooks import (
    AppContext,
    component,
    guarded,
    say,
    screen,
    use_app,
    use_person,
    use_query,
)
from field_app.views.language import tr, trc, trn
from field_app.views.parts.buttons import buttons, secondary
from field_app.views.parts.first_load import Nothing
from field_app.views.parts.shell import use_room, use_screen
from field_app.views.parts.stat import stats
from field_app.views.parts.surfaces import card, empty, page_column, row, rows, section, small
from field_app.views.routes import id_in_route


@screen
def Hours() -> ft.View:
    room = use_room()
    content = OwnHours(width=room.pane_width)
    return use_screen(tr("Hours"), content, tab="/", route=ft.use_view_path())


@screen
def EventHours() -> ft.View:
    room = use_room()
    event_id = id_in_route("event_id")
    content = HoursOfEvent(event_id=event_id, width=room.pane_width)
    return use_screen(tr("Hours"), content, tab="/", route=ft.use_view_path())


@component
def OwnHours(width: float) -> ft.Control:
    app = use_app()
    me = use_person().id
    shifts = use_query(lambda session: event_queries.worked_shifts(session, me))
    if not shifts:
        nothing = tr("A shift appears here once you have checked in.")
        return page_column([Nothing(ft.Icons.TIMER_OUTLINED, tr("No shifts yet"), nothing)], width)
    return _hours(app, shifts, "my-hours.csv", width, with_name=False)


@component
def HoursOfEvent(event_id: UUID, width: float) -> ft.Control:
    app = use_app()
    board = use_query(lambda session: queries.board(session, event_id))
    if board is None:
        gone = tr("It may have been moved or given to somebody else.")
        return empty(ft.Icons.EVENT_BUSY, tr("This event is not on this device."), gone)
    shifts = board.roster
    if not shifts:
        return empty(ft.Icons.TIMER_OUTLINED, tr("Nobody is booked on this event."))
    name = f"hours-{board.event.date.isoformat()}.csv"
    return _hours(app, shifts, name, width, with_name=True)


def _hours(
    app: AppContext, shifts: list[Shift], file_name: str, width: float, *, with_name: bool
) -> ft.Control:
    async def export(_: ft.ControlEvent) -> None:
        if await app.device.save_file(file_name, hours.to_csv(shifts, moments.zone_of)):
            say(tr("Saved as {file_name}.", file_name=file_name))

    listed = [_row(app, shift, with_name=with_name) for shift in shifts]
    save = secondary(tr("Save as a table (CSV)"), guarded(export), icon=ft.Icons.DOWNLOAD)
    head = card(
        [
            stats(
                [
                    (f"{hours.total(shifts):.2f}", tr("hours")),
                    (str(len(shifts)), trn("shift", "shifts", len(shifts))),
                ]
            ),
            buttons(save),
        ]
    )
    kept = small(
        tr("A position is stored once at each check-in and check-out, and never in between.")
    )
    return page_column([head, section(tr("Shifts"), [rows(listed)]), kept], width)


def _row(app: AppContext, shift: Shift, *, with_name: bool) -> ft.Control:
    page = ft.context.page
    person = shift.person.name if shift.person else tr("Somebody")
    when = moments.when(shift.event, shift.place, app.device)
    hours_worked = shift.assignment.hours_worked
    said = (
        tr("no hours yet")
        if hours_worked is None
        else tr("{hours_worked} h", hours_worked=f"{hours_worked:.2f}")
    )
    return row(
        f"{person if with_name else shift.title} \u00b7 {said}",
        "\n".join([when, *_times(shift)]),
        on_click=lambda _: page.navigate(f"/shift/{shift.id}"),
        key=str(shift.id),
    )


def _times(shift: Shift) -> list[str]:
    """The times that count, what the phone said where that differs, and the stored places."""
    zone, a, worked = moments.zone_of(shift.place), shift.assignment, Worked(shift)
    said = []
    for moment, raw, place, name in (
        (a.check_in_time, worked.raw_start, a.location_at_check_in, trc("time", "In")),
        (a.check_out_time, worked.raw_end, a.location_at_check_out, trc("time", "Out")),
    ):
        if moment is None:
            continue
        text = f"{name} {moments.clock(moment, zone)}"
        if raw is not None and worked.is_corrected and raw != moment:
            text += tr(", corrected from {raw}", raw=moments.clock(raw, zone))
        if where := words.stored_place(place):
            text += f", {where}"
        said.append(text)
    return said
