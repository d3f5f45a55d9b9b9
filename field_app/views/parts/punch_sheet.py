"""The check-in and check-out sheet: what is known, what will be stored, one button to confirm."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import flet as ft

from field_app.device import FixOutcome
from field_app.domain.assignment import AssignmentStatus
from field_app.domain.attendance import AssignmentCheckIn, AssignmentCheckOut
from field_app.domain.clock import ClockReading
from field_app.domain.decision import Refused
from field_app.domain.evidence import Fallback, plan_of
from field_app.domain.geofence import FenceVerdict, Fix, distance_m, fence_of, fence_verdict
from field_app.domain.issues import NewPhoto
from field_app.store.queries import Shift
from field_app.views import moments, words
from field_app.views.form import Form, use_form
from field_app.views.hooks import AppContext, guarded, say, use_app
from field_app.views.language import mark, tr
from field_app.views.parts.buttons import choices, primary, question, quiet
from field_app.views.parts.photo_sources import photo_sources
from field_app.views.parts.photos import chosen_photos
from field_app.views.parts.sheets import last_word, sheet_of
from field_app.views.parts.surfaces import Handler, banner, body, line, small, title
from field_app.views.theme import SIGN, M, Tone

SKEW_WORTH_SAYING = dt.timedelta(minutes=2)
GOOD_ACCURACY_M = 50

FALLBACKS = (
    (Fallback.PHOTO.value, mark("A photo taken here")),
    (Fallback.PIN.value, mark("I am at the venue")),
    (Fallback.VOUCH.value, mark("My manager will vouch")),
    (Fallback.NONE.value, mark("No proof")),
)

TONES = {
    FenceVerdict.INSIDE: Tone.GOOD,
    FenceVerdict.NEAR: Tone.WARN,
    FenceVerdict.OUTSIDE: Tone.WARN,
    FenceVerdict.UNKNOWN: Tone.WARN,
}


@dataclass(frozen=True)
class Punching:
    """What the open sheet knows so far."""

    is_out: bool
    is_vouch: bool
    is_told_first: bool = False
    outcome: FixOutcome | None = None
    fallback: str | None = None
    photo: NewPhoto | None = None
    problem: str | None = None
    reason: str | None = None
    started: str = ""
    started_error: str | None = None

    @property
    def fix(self) -> Fix | None:
        return self.outcome.fix if self.outcome else None

    @property
    def is_looking(self) -> bool:
        return self.outcome is None and not self.is_vouch


@dataclass(frozen=True)
class PunchSheet:
    """How a screen opens the sheet."""

    check_in: Callable[[], None]
    check_out: Callable[[], None]
    vouch_in: Callable[[], None]
    vouch_out: Callable[[], None]


def use_punch_sheet(shift: Shift | None) -> PunchSheet:
    """Mounts the sheet for a shift. The position starts resolving the moment it opens."""
    app = use_app()
    form = use_form(Punching)
    state = form.value
    page = ft.context.page

    async def resolve(_: object = None) -> None:
        outcome = await app.device.fix()
        form.change(outcome=outcome)

    async def begin(_: object = None) -> None:
        if await app.device.asks_for_position():
            form.change(is_told_first=True)
        else:
            await resolve()

    def opener(*, is_out: bool, is_vouch: bool) -> Callable[[], None]:
        def open_sheet() -> None:
            form.open(Punching(is_out, is_vouch, started=_planned_start(shift)))
            if not is_vouch:
                page.run_task(guarded(begin))

        return open_sheet

    def look_again() -> None:
        form.change(outcome=None, is_told_first=False)
        page.run_task(guarded(resolve))

    sheet = None
    if state is not None and shift is not None:
        sheet = _sheet(app, shift, form, state, look_again)
    ft.use_dialog(sheet)
    return PunchSheet(
        check_in=opener(is_out=False, is_vouch=False),
        check_out=opener(is_out=True, is_vouch=False),
        vouch_in=opener(is_out=False, is_vouch=True),
        vouch_out=opener(is_out=True, is_vouch=True),
    )


def _sheet(
    app: AppContext,
    shift: Shift,
    form: Form[Punching],
    state: Punching,
    look_again: Callable[[], None],
) -> ft.BottomSheet:
    clock = app.acts.read_clock()

    async def confirm(state: Punching) -> None:
        started = _parse_start(shift, state)
        if started is None and _asks_for_start(shift, state):
            form.change(started_error=tr("Like 11:00"))
            return
        if state.fallback == Fallback.PHOTO and state.fix is None and state.photo is None:
            form.change(problem=tr("Add the photo, or choose something else."))
            return
        refused = await app.acts.perform(shift.id, _operation(shift, state, started))
        form.close()
        said = tr("Checked out. Saved on this device.")
        if not state.is_out:
            said = tr("Checked in. Saved on this device.")
        say(words.refusal(refused.code) if isinstance(refused, Refused) else said)

    heading = tr("Check out") if state.is_out else tr("Check in")
    if state.is_vouch and shift.person:
        heading = f"{heading}: {shift.person.name}"
    return sheet_of(
        [
            title(heading),
            body(f"{shift.title}, {words.place_name(shift.place)}"),
            *_proof(app, shift, form, state, look_again),
            *_start_question(shift, form, state),
            *_clock_note(clock),
            small(_stored(shift, state, clock)),
            last_word(_step(state, form.saves(confirm), look_again), state.problem),
            *_way_on(form, state),
        ],
        on_dismiss=form.close,
    )


def _step(state: Punching, confirm: Handler, look: Callable[[], None]) -> ft.Control:
    if state.is_told_first and state.is_looking:
        return primary(tr("Continue"), guarded(lambda _: look()), icon=ft.Icons.MY_LOCATION)
    icon = ft.Icons.LOGOUT if state.is_out else ft.Icons.LOGIN
    why_not = finding() if state.is_looking else None
    return primary(tr("Confirm"), confirm, icon=icon, why_not=why_not)


def finding() -> str:
    return tr("Finding your position\u2026")


def _proof(
    app: AppContext,
    shift: Shift,
    form: Form[Punching],
    state: Punching,
    look_again: Callable[[], None],
) -> list[ft.Control]:
    """What speaks for being at the venue."""
    venue = shift.place.name if shift.place else tr("the venue")
    if state.is_vouch:
        return [banner(tr("You say that you saw them at {venue}.", venue=venue), Tone.NEUTRAL)]
    if state.is_looking and state.is_told_first:
        said = tr("Your position is read once, now, to show that you are at {venue}. Your device "
                  "will ask you whether it may. You are never tracked.", venue=venue)  # fmt: skip
        return [banner(said, Tone.NEUTRAL)]
    if state.is_looking:
        looking = ft.ProgressRing(
            width=SIGN, height=SIGN, semantics_label=tr("Finding your position")
        )
        return [ft.Row([looking, body(finding())], spacing=M)]
    fix, problem = state.fix, state.outcome.problem if state.outcome else None
    if fix is None:
        return [
            banner(words.FIX_PROBLEM[problem or "timeout"], Tone.WARN),
            question(
                tr("What else speaks for you?"),
                [(value, tr(said)) for value, said in FALLBACKS],
                state.fallback,
                lambda value: form.change(fallback=value, problem=None),
            ),
            *_photo(app, form, state),
            quiet(tr("Look again"), lambda _: look_again(), icon=ft.Icons.MY_LOCATION),
        ]
    fence = fence_of(shift.place)
    verdict = fence_verdict(fix, fence)
    metres = distance_m(fix, fence) if fence else None
    said = words.fence(verdict, metres, venue)
    if verdict is FenceVerdict.OUTSIDE:
        anyway = tr("Check out anyway?") if state.is_out else tr("Check in anyway?")
        said = f"{said} {anyway}"
    exact = tr("Exact to \u00b1{metres} m.", metres=round(fix.accuracy_m))
    proof: list[ft.Control] = [banner(f"{said} {exact}", TONES[verdict])]
    if verdict is FenceVerdict.OUTSIDE:
        options = [(reason, tr(reason)) for reason in words.OUTSIDE_REASONS]
        proof.append(choices(options, state.reason, lambda value: form.change(reason=value)))
    if fix.accuracy_m > GOOD_ACCURACY_M:
        proof.append(quiet(tr("Look again"), lambda _: look_again(), icon=ft.Icons.MY_LOCATION))
    return proof


def _photo(app: AppContext, form: Form[Punching], state: Punching) -> list[ft.Control]:
    """The photo that stands in for a position."""
    if state.fallback != Fallback.PHOTO:
        return []
    if state.photo is not None:
        return [chosen_photos((state.photo,), lambda _: form.change(photo=None))]
    add = photo_sources(
        app,
        lambda photo: form.change(photo=photo, problem=None),
        lambda said: form.change(problem=said),
    )
    return [add]


def _start_question(shift: Shift, form: Form[Punching], state: Punching) -> list[ft.Control]:
    if not _asks_for_start(shift, state):
        return []
    return [
        ft.TextField(
            label=tr("When did you start?"),
            value=state.started,
            error=state.started_error,
            on_change=form.on("started", started_error=None),
            keyboard_type=ft.KeyboardType.DATETIME,
        )
    ]


def _clock_note(clock: ClockReading) -> list[ft.Control]:
    skew = dt.timedelta(milliseconds=clock.offset_ms or 0)
    if abs(skew) < SKEW_WORTH_SAYING:
        return []
    span = moments.span(abs(skew))
    said = tr("This device's clock is {span} ahead. The office's time is used.", span=span)
    if skew > dt.timedelta(0):
        said = tr("This device's clock is {span} behind. The office's time is used.", span=span)
    return [line(ft.Icons.SCHEDULE, said)]


def _stored(shift: Shift, state: Punching, clock: ClockReading) -> str:
    """Exactly what will be kept."""
    at = moments.clock(clock.occurred_at, moments.zone_of(shift.place))
    where = tr("no position") if state.fix is None else tr("this one position")
    if state.fix is None and state.photo is not None:
        where = tr("this photo")
    return tr("Stored: {at}, {where}, this device. You are never tracked.", at=at, where=where)


def _way_on(form: Form[Punching], state: Punching) -> list[ft.Control]:
    if not state.is_looking:
        return []
    nothing = FixOutcome(None, "timeout")
    return [quiet(tr("Go on without a position"), lambda _: form.change(outcome=nothing))]


def _asks_for_start(shift: Shift, state: Punching) -> bool:
    return state.is_out and shift.assignment.status is AssignmentStatus.ACCEPTED


def _planned_start(shift: Shift | None) -> str:
    if shift is None:
        return ""
    return moments.clock(shift.event.starts_at, moments.zone_of(shift.place))


def _parse_start(shift: Shift, state: Punching) -> dt.datetime | None:
    """The claimed start on the day of the shift, by the venue's clock."""
    return moments.at_clock(state.started, shift.event.starts_at, moments.zone_of(shift.place))


def _operation(
    shift: Shift, state: Punching, started: dt.datetime | None
) -> AssignmentCheckIn | AssignmentCheckOut:
    proof: dict[str, Any] = {
        "location": state.fix,
        "plan_seen": plan_of(shift.event, shift.place),
        "fallback": Fallback(state.fallback) if state.fallback else None,
        "photo": state.photo if state.fix is None else None,
        "reason": state.reason,
        "vouched": state.is_vouch,
    }
    if not state.is_out:
        return AssignmentCheckIn(**proof)
    claimed = started if _asks_for_start(shift, state) else None
    return AssignmentCheckOut(**proof, claimed_start=claimed)
