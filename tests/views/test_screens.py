"""What each screen shows, and what a tap on it leaves on the device."""

import datetime as dt
import json

import flet as ft
import httpx
import pytest
from sqlmodel import select

from field_app.device import FixOutcome
from field_app.domain.assignment import AssignmentStatus, CancelReason, StaffAssignment
from field_app.domain.booking import Booking
from field_app.domain.offers import AssignmentAccept
from field_app.domain.person import Role, User
from field_app.domain.wire import Person
from field_app.store import mirror, photo_queue
from field_app.store.mirror import MirrorWorld
from field_app.store.tables import OutboxRow
from tests.support.field import (
    ANA,
    BEN,
    DANA,
    NOON,
    FakeCamera,
    a_fix,
    a_shift,
    an_event,
    on_wire,
)
from tests.support.kits import NEED
from tests.support.pictures import a_jpeg
from tests.support.world import VENUE, the_event
from tests.views.conftest import PERSON, App, OpenApp
from tests.views.field_day import DANA_HERSELF, SHELF
from tests.views.test_exceptions import CONTESTED, TAKEN_BY_BOTH

BOOKING = Booking(id=an_event().booking_id, version=1, title="Cold brew sampling")
DANAS_CARD = User(
    id=DANA.id, version=1, name="Dana Whitfield", role=Role.FIELD_MANAGER, phone="+1 212 555 0100"
)
BACKGROUND = (the_event(), VENUE, BOOKING, DANAS_CARD)
BOOKED = a_shift(status=AssignmentStatus.ACCEPTED)


def shown(app: App, shift: StaffAssignment = BOOKED) -> StaffAssignment:
    found = app.runtime.store.read(
        lambda session: MirrorWorld(session).find(StaffAssignment, shift.id)
    )
    assert found is not None
    return found


def queued(app: App) -> list[str]:
    query = select(OutboxRow).order_by("seq")
    return [row.kind for row in app.runtime.store.read(lambda s: s.exec(query).all())]


async def test_the_first_sign_in_says_that_it_needs_a_connection(open_the_app: OpenApp) -> None:
    async with open_the_app(person=None) as app:
        await app.type_into("E-mail", "ana@example.org")
        await app.type_into("Password", "secret")
        await app.tap("Continue")

        await app.until("The first sign-in needs a connection.")


async def test_a_sign_in_without_a_password_asks_for_one(open_the_app: OpenApp) -> None:
    async with open_the_app(person=None) as app:
        await app.tap("Continue")

        assert app.says("Please fill in your e-mail address and password.")


async def test_one_tap_signs_in_as_one_of_the_demos_people(open_the_app: OpenApp) -> None:
    asked = []

    def welcome(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/v1/auth/sign-in":
            return httpx.Response(503)
        asked.append(json.loads(request.content))
        person = {"id": str(ANA.id), "name": "Ana", "email": "a@b", "role": "brand_agent"}
        body = {
            "token": "t",
            "expires_at": "2026-12-23T12:00:00Z",
            "device_id": asked[-1]["device"]["id"],
            "person": person,
        }
        return httpx.Response(200, json=body)

    async with open_the_app(person=None, answer=welcome) as app:
        await app.tap("Ana Castillo")

        await app.until("Today")

    assert (asked[0]["email"], asked[0]["password"]) == ("ana@example.org", "secret")


async def test_a_token_that_ran_out_asks_for_a_sign_in_and_goes_on_working(
    open_the_app: OpenApp,
) -> None:
    def turn_away(request: httpx.Request) -> httpx.Response:
        return httpx.Response(401)

    async with open_the_app(*BACKGROUND, BOOKED, answer=turn_away, token="old") as app:
        await app.runtime.start()
        await app.until("Please sign in again.")
        await app.tap("Check in")
        await app.until("What else speaks for you?")
        await app.choose("No proof")
        await app.tap("Confirm")
        await app.until("Checked in. Saved on this device.")
        await app.tap("Sign in")

        assert app.find(ft.TextField)[0].value == PERSON.email
        assert queued(app) == ["assignment.check_in"]


async def test_today_shows_the_next_shift_with_everything_needed_to_get_there(
    open_the_app: OpenApp,
) -> None:
    async with open_the_app(*BACKGROUND, BOOKED) as app:
        for text in (
            "Cold brew sampling",
            "Today 07:00\u2013\u206011:00",
            "Chelsea Market",
            "Call Dana Whitfield",
            "Booked",
            "Check in",
        ):
            assert app.says(text), text


@pytest.mark.parametrize(
    ("route", "act"), [("/", "Check in"), (f"/shift/{BOOKED.id}", "I forgot to check in")]
)
async def test_whoever_was_never_asked_for_a_position_is_told_what_for_before(
    open_the_app: OpenApp, route: str, act: str
) -> None:
    async with open_the_app(*BACKGROUND, BOOKED, outcome=FixOutcome(a_fix()), route=route) as app:
        app.device.asks_first = True
        await app.tap(act)

        await app.until("Your position is read once, now, to show that you are at Chelsea Market.")
        assert not app.says("You are at Chelsea Market. Exact")
        await app.confirm("Continue")
        await app.until("You are at Chelsea Market. Exact to \u00b120 m.")


async def test_whoever_would_rather_not_be_asked_goes_on_without_a_position(
    open_the_app: OpenApp,
) -> None:
    async with open_the_app(*BACKGROUND, BOOKED) as app:
        app.device.asks_first = True
        await app.tap("Check in")
        await app.until("Your position is read once")
        await app.confirm("Go on without a position")

        await app.until("What else speaks for you?")


async def test_a_call_opens_the_phone(open_the_app: OpenApp) -> None:
    async with open_the_app(*BACKGROUND, BOOKED) as app:
        await app.tap("Call Dana Whitfield")

        assert app.device.opened == ["tel:+1 212 555 0100"]


async def test_checking_in_at_the_venue_takes_two_taps(open_the_app: OpenApp) -> None:
    here = FixOutcome(a_fix())

    async with open_the_app(*BACKGROUND, BOOKED, outcome=here) as app:
        await app.tap("Check in")
        await app.until("You are at Chelsea Market. Exact to \u00b120 m.")
        await app.tap("Confirm")
        await app.until("Checked in. Saved on this device.")

        assert shown(app).status is AssignmentStatus.CHECKED_IN
        assert queued(app) == ["assignment.check_in"]


async def test_checking_in_from_elsewhere_asks_why_and_goes_on(open_the_app: OpenApp) -> None:
    away = FixOutcome(a_fix(latitude=40.7460))

    async with open_the_app(*BACKGROUND, BOOKED, outcome=away) as app:
        await app.tap("Check in")
        await app.until("400 m from Chelsea Market. Check in anyway?")
        await app.choose("Other entrance")
        await app.tap("Confirm")
        await app.until("Saved on this device")

        document = shown(app).location_at_check_in
        assert document is not None
        assert (document["verdict"], document["reason"]) == ("outside", "Other entrance")


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        ("denied", "The app may not use your position."),
        ("off", "Location is switched off on this device."),
        ("timeout", "No position found here."),
        ("unsupported", "This device cannot tell its position."),
    ],
)
async def test_without_a_position_something_else_can_speak_for_you(
    open_the_app: OpenApp, problem: str, sentence: str
) -> None:
    nowhere = FixOutcome(None, problem)  # type: ignore[arg-type]

    async with open_the_app(*BACKGROUND, BOOKED, outcome=nowhere) as app:
        await app.tap("Check in")
        await app.until(sentence)
        await app.choose("I am at the venue")
        await app.tap("Confirm")
        await app.until("Saved on this device")

        document = shown(app).location_at_check_in
        assert document is not None
        assert (document["verdict"], document["fallback"]) == ("unknown", "pin")


async def test_without_a_position_a_photo_can_speak_for_you(open_the_app: OpenApp) -> None:
    outcome = FixOutcome(None, "denied")
    async with open_the_app(*BACKGROUND, BOOKED, outcome=outcome) as app:
        await app.tap("Check in")
        await app.choose("A photo taken here")
        await app.confirm("Confirm")
        await app.until("Add the photo, or choose something else.")
        app.device.camera = FakeCamera(a_jpeg(4))
        await app.choose("A photo taken here")
        await app.confirm("Camera")
        await app.until("Hold it steady.")
        await app.confirm("Take photo")
        await app.until("Remove photo 1")
        assert app.says("this photo, this device")
        await app.confirm("Confirm")
        await app.until("Checked in. Saved on this device.")

        ((kind, payload),) = app.operations()
        assert (kind, payload["fallback"]) == ("assignment.check_in", "photo")
        waiting = app.runtime.store.read(lambda s: photo_queue.unsent(s, ANA.id))
        assert [(row.sha256, row.record_id) for row in waiting] == [
            (payload["photo"]["sha256"], a_shift().id)
        ]


async def test_a_forgotten_check_in_is_asked_for_at_the_check_out(open_the_app: OpenApp) -> None:
    async with open_the_app(*BACKGROUND, BOOKED, route=f"/shift/{BOOKED.id}") as app:
        await app.tap("I forgot to check in")
        await app.until("What else speaks for you?")
        await app.type_into("When did you start?", "soon")
        await app.tap("Confirm")
        assert app.find(ft.TextField)[0].error == "Like 11:00"
        await app.type_into("When did you start?", "07:15")
        await app.tap("Confirm")
        await app.until("Checked out. Saved on this device.")

        left = shown(app)
        assert left.status is AssignmentStatus.CHECKED_OUT
        assert left.claimed_start == NOON + dt.timedelta(minutes=15)


async def test_accepting_offline_says_that_it_is_not_a_booking_yet(open_the_app: OpenApp) -> None:
    async with open_the_app(*BACKGROUND, a_shift(), route="/offers") as app:
        app.runtime.set_flight_mode(True)
        await app.settle()
        await app.tap("Accept")
        assert app.says("until then you are not booked yet")
        await app.tap("Confirm")
        await app.until("No offers waiting")

        assert shown(app).status is AssignmentStatus.ACCEPTED
        assert queued(app) == ["assignment.accept"]


async def test_declining_takes_a_reason(open_the_app: OpenApp) -> None:
    async with open_the_app(*BACKGROUND, a_shift(), route="/offers") as app:
        await app.tap("Decline")
        await app.choose("Too far")
        await app.tap("Decline")
        await app.until("No offers waiting")

        assert shown(app).reject_reason == "too_far"


async def test_an_offer_that_has_expired_can_no_longer_be_accepted(open_the_app: OpenApp) -> None:
    expired = a_shift(expires_at=NOON - dt.timedelta(minutes=1))

    async with open_the_app(*BACKGROUND, expired, route="/offers") as app:
        assert app.says("This offer has expired.")
        assert not app.says("Accept")


async def test_an_offer_that_clashes_with_a_booking_says_so(open_the_app: OpenApp) -> None:
    async with open_the_app(*BACKGROUND, BOOKED, a_shift("other"), route="/offers") as app:
        assert app.says("At that time you are already booked: Cold brew sampling")


async def refuse(app: App) -> None:
    """Let Ana accept, and the server refuse because the offer was withdrawn before."""
    await app.runtime.perform(a_shift().id, AssignmentAccept())
    withdrawn = a_shift(
        version=12,
        status=AssignmentStatus.CANCELLED,
        cancel_reason=CancelReason.OFFER_WITHDRAWN.value,
        status_at=NOON - dt.timedelta(minutes=10),
    )

    def settle(session: mirror.Session) -> None:
        row = session.exec(select(OutboxRow)).one()
        row.status, row.code, row.decided_at = "refused", "offer_withdrawn", NOON
        mirror.rewind(session)
        mirror.apply_rows(session, on_wire(withdrawn), generation=0)

    app.runtime.store.write(settle)
    await app.settle()


async def test_a_refusal_is_told_with_its_story_until_it_is_dismissed(
    open_the_app: OpenApp,
) -> None:
    async with open_the_app(*BACKGROUND, a_shift()) as app:
        await refuse(app)

        await app.until("The offer was withdrawn. You are not booked.")
        assert app.says("Withdrawn 06:50. Your tap at 07:00 reached us at 07:00.")
        assert app.says("Needs attention")
        assert not app.says("Do it again")  # the offer is gone
        await app.tap("Dismiss")
        for _ in range(50):
            await app.settle()
        assert not app.says("You are not booked")


async def test_signing_out_waits_until_a_refusal_was_read(open_the_app: OpenApp) -> None:
    async with open_the_app(*BACKGROUND, a_shift(), route="/settings") as app:
        await refuse(app)
        await app.tap("Sign out")
        await app.until("Some of your work has not reached the office yet")
        await app.tap("Keep for later and sign out")
        await app.until("Your shifts, with or without a signal.")

        assert queued(app) == ["assignment.accept"]


async def test_a_manager_sees_who_is_in_and_who_is_late(open_the_app: OpenApp) -> None:
    dana = Person(id=DANA.id, name="Dana", email="d@e", role=Role.FIELD_MANAGER)
    ana = User(id=ANA.id, version=1, name="Ana Castillo", role=Role.BRAND_AGENT)
    ben = User(id=BEN.id, version=1, name="Ben Okafor", role=Role.BRAND_AGENT)
    arrived = a_shift("in", status=AssignmentStatus.CHECKED_IN, check_in_time=NOON)
    missing = a_shift("late", status=AssignmentStatus.ACCEPTED, user_id=BEN.id)

    async with open_the_app(*BACKGROUND, ana, ben, arrived, missing, person=dana) as app:
        app.device.at = NOON + dt.timedelta(minutes=40)
        app.runtime.store.write(lambda _: None)
        await app.until("Late 40 min")

        assert app.says("In 07:00")
        assert all(map(app.says, ("1 in", "1 expected", "0 out")))


async def test_an_event_days_away_has_its_numbers_and_the_day_before_its_people(
    open_the_app: OpenApp,
) -> None:
    dana = Person(id=DANA.id, name="Dana", email="d@e", role=Role.FIELD_MANAGER)
    ben = User(id=BEN.id, version=1, name="Ben Okafor", role=Role.BRAND_AGENT)
    booked = a_shift("booked", status=AssignmentStatus.ACCEPTED, user_id=BEN.id)

    async with open_the_app(*BACKGROUND, ben, booked, person=dana) as app:
        for days_before, is_near in ((3, False), (0.5, True)):
            app.device.at = NOON - dt.timedelta(days=days_before)
            app.runtime.store.write(lambda _: None)
            await app.until("1 expected")
            await app.settle()

            assert app.says("Ben Okafor") == is_near


SCREENS = [
    "/",
    "/offers",
    "/kits",
    f"/kits/{NEED.id}",
    "/kits/unknown",
    f"/event/{the_event().id}",
    f"/event/{the_event().id}/hours",
    "/event/unknown",
    "/issues",
    "/issues/unknown",
    "/exceptions",
    f"/exceptions/{CONTESTED.id}",
    "/hours",
    "/sync",
    "/settings",
    f"/shift/{BOOKED.id}",
    "/shift/unknown",
]


@pytest.mark.parametrize("width", [390, 820, 1280])
@pytest.mark.parametrize("route", SCREENS)
async def test_no_screen_has_a_part_that_could_not_be_shown_or_a_nameless_button(
    open_the_app: OpenApp, route: str, width: int
) -> None:
    records = [*SHELF, *TAKEN_BY_BOTH, CONTESTED, BOOKED, a_shift("o")]

    async with open_the_app(*records, person=DANA_HERSELF, route=route, width=width) as app:
        assert not app.says("could not be shown")
        assert all(button.tooltip for button in app.find(ft.IconButton))
