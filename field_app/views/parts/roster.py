"""An event's roster as its manager sees it: who is expected, in, late, out."""

import datetime as dt

import flet as ft

from field_app.domain.assignment import AssignmentStatus
from field_app.domain.event import EventStatus
from field_app.store.event_queries import EventSheet
from field_app.store.queries import EventBoard, Shift
from field_app.views import moments, words
from field_app.views.hooks import AppContext, guarded
from field_app.views.language import tr
from field_app.views.parts.buttons import icon_button, quiet
from field_app.views.parts.long_list import Group, LongList
from field_app.views.parts.shift_card import STATUS_ICONS, STATUS_TONES
from field_app.views.parts.stat import stats
from field_app.views.parts.surfaces import card, chip, line, row, small, title
from field_app.views.theme import S, Tone

TODAY = "today"
"""The place in the list that these cards are in."""
LATE_AFTER = dt.timedelta(minutes=5)
NEAR = dt.timedelta(hours=24)
"""From the day before it on, an event is shown with everybody on it."""
SILENT_AFTER = dt.timedelta(minutes=45)
URGENCY = (Tone.BAD, Tone.WARN, Tone.BUSY, Tone.GOOD)

EVENT_TONES = {
    EventStatus.SCHEDULED: Tone.NEUTRAL,
    EventStatus.PREPARATION: Tone.BUSY,
    EventStatus.IN_PROGRESS: Tone.GOOD,
    EventStatus.COMPLETED: Tone.NEUTRAL,
    EventStatus.CANCELLED: Tone.NEUTRAL,
    EventStatus.ISSUE_REPORTED: Tone.BAD,
    EventStatus.POST_PROCESSING: Tone.NEUTRAL,
}


def attendance_words(shift: Shift, now: dt.datetime) -> tuple[str, Tone, ft.IconData]:
    """Where a person is, in a word and a time."""
    a, zone = shift.assignment, moments.zone_of(shift.place)
    if a.status is AssignmentStatus.CHECKED_IN and a.check_in_time:
        return (
            tr("In {check_in_time}", check_in_time=moments.clock(a.check_in_time, zone)),
            Tone.GOOD,
            ft.Icons.CHECK_CIRCLE,
        )
    if a.status is AssignmentStatus.CHECKED_OUT and a.check_out_time:
        return (
            tr("Out {check_out_time}", check_out_time=moments.clock(a.check_out_time, zone)),
            Tone.NEUTRAL,
            ft.Icons.LOGOUT,
        )
    if a.status is AssignmentStatus.ACCEPTED:
        if now > shift.event.starts_at + LATE_AFTER:
            late = moments.span(now - shift.event.starts_at)
            return tr("Late {late}", late=late), Tone.BAD, ft.Icons.RUNNING_WITH_ERRORS
        return tr("Expected"), Tone.BUSY, ft.Icons.SCHEDULE
    return words.ASSIGNMENT[a.status], STATUS_TONES[a.status], STATUS_ICONS[a.status]


def silence(shift: Shift, heard_at: dt.datetime | None, now: dt.datetime) -> str | None:
    """Like "Silent 50 min", for somebody who is awaited or at work right now."""
    is_due = shift.event.starts_at - SILENT_AFTER < now < shift.event.ends_at
    is_awaited = shift.assignment.status in {
        AssignmentStatus.ACCEPTED,
        AssignmentStatus.CHECKED_IN,
    }
    if not (is_due and is_awaited):
        return None
    if heard_at is None:
        return tr("Silent so far")
    is_silent = now - heard_at > SILENT_AFTER
    return tr("Silent {span}", span=moments.span(now - heard_at)) if is_silent else None


def urgent_first(app: AppContext, about: EventSheet) -> list[Shift]:
    """Who is late or silent before who is expected, in, out and gone."""
    now = app.device.now()

    def urgency(shift: Shift) -> tuple[int, str]:
        _, tone, _ = attendance_words(shift, now)
        if tone is not Tone.BAD and silence(
            shift, about.heard_at.get(shift.assignment.user_id), now
        ):
            tone = Tone.WARN
        place = URGENCY.index(tone) if tone in URGENCY else len(URGENCY)
        return place, shift.person.name if shift.person else ""

    return sorted(about.board.roster, key=urgency)


def live_row(app: AppContext, heard: tuple[Shift, dt.datetime | None]) -> ft.Control:
    """A person on the roster board, with one tap to call them."""
    shift, heard_at = heard
    page = ft.context.page
    name = shift.person.name if shift.person else tr("Somebody")
    phone = shift.person.phone if shift.person else None
    call = icon_button(
        ft.Icons.CALL,
        tr("Call {name}", name=name),
        guarded(lambda _: app.device.open_url(f"tel:{phone}")),
    )
    now = app.device.now()
    chips = [chip(*attendance_words(shift, now))]
    if silent := silence(shift, heard_at, now):
        chips.append(chip(silent, Tone.WARN, ft.Icons.PHONELINK_ERASE))
    return row(
        name,
        words.role(shift.assignment.role),
        below=chips,
        trailing=call if phone else None,
        on_click=lambda _: page.navigate(f"/shift/{shift.id}"),
        key=str(shift.id),
    )


def attendance(board: EventBoard) -> ft.Control:
    """How many are in, expected and out."""
    there = board.tally[AssignmentStatus.CHECKED_IN]
    due = board.tally[AssignmentStatus.ACCEPTED]
    left = board.tally[AssignmentStatus.CHECKED_OUT]
    return stats([(str(there), tr("in")), (str(due), tr("expected")), (str(left), tr("out"))])


def roster_row(app: AppContext, shift: Shift) -> ft.Control:
    page = ft.context.page
    name = shift.person.name if shift.person else tr("Somebody")
    state = chip(*attendance_words(shift, app.device.now()))
    fits_beside = app.frame.has_room
    return row(
        name,
        words.role(shift.assignment.role),
        trailing=state if fits_beside else None,
        below=[] if fits_beside else [state],
        on_click=lambda _: page.navigate(f"/shift/{shift.id}"),
        key=str(shift.id),
    )


def board_card(app: AppContext, board: EventBoard) -> ft.Control:
    """An event, with everybody on it where that was read."""
    status = board.event.status
    heading = board.booking.title if board.booking else tr("Event")
    where = board.place.name if board.place else tr("Place to be announced")
    at = moments.when(board.event, board.place, app.device)
    top: list[ft.Control] = [
        ft.Row([chip(words.EVENT[status], EVENT_TONES[status], ft.Icons.EVENT)], spacing=S),
        title(heading),
        line(ft.Icons.SCHEDULE, at),
        line(ft.Icons.PLACE_OUTLINED, where),
        attendance(board) if board.tally else small(tr("Nobody is booked yet.")),
    ]
    page = ft.context.page
    open_event = quiet(tr("Open the event"), lambda _: page.navigate(f"/event/{board.event.id}"))
    top.append(ft.Row([open_event], wrap=True))
    if board.roster:
        is_put_back = app.place(TODAY).pixels > 0
        top.append(LongList([Group(None, board.roster, roster_row)], is_whole=is_put_back))
    return card(top)
