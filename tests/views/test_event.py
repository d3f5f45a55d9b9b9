"""The event screen of whoever runs it: who is there, what is counted, and the event's steps."""

import datetime as dt
from uuid import uuid5

import flet as ft
import pytest

from field_app.domain.activity import ActivityStatus
from field_app.domain.assignment import AssignmentStatus
from field_app.domain.event import EventStateTransition, EventStatus
from field_app.domain.issue import EventIssue, IssueType, Severity
from field_app.domain.kit import KitStatus
from field_app.domain.person import Presence, User
from field_app.store import event_queries
from field_app.store.event_queries import EventSheet
from tests.support.field import ANA, BEN, DANA, NAMES, NOON, a_shift, an_event
from tests.support.kits import NEED, a_need
from tests.support.world import ACTIVITY, the_event
from tests.views.conftest import App, OpenApp
from tests.views.field_day import DANA_HERSELF, SHELF

ROUTE = f"/event/{an_event().id}"
MINUTE = dt.timedelta(minutes=1)
RUNNING = the_event(status=EventStatus.IN_PROGRESS)
BEN_IN = a_shift(
    "Ben's shift", user_id=BEN.id, status=AssignmentStatus.CHECKED_IN, check_in_time=NOON
)
ANA_BOOKED = a_shift(status=AssignmentStatus.ACCEPTED)
HEARD = [Presence(id=each.id, version=1, last_heard_at=NOON) for each in (ANA, BEN)]


def about(app: App) -> EventSheet:
    found = app.runtime.store.read(lambda s: event_queries.event_sheet(s, an_event().id))
    assert found is not None
    return found


async def at(app: App, moment: dt.datetime) -> None:
    """Let the time on this device be another."""
    app.device.at = moment
    app.runtime.store.write(lambda _: None)
    await app.settle()


async def test_the_roster_says_who_is_in_late_and_silent_the_urgent_first(
    open_the_app: OpenApp,
) -> None:
    async with open_the_app(
        *SHELF, RUNNING, BEN_IN, ANA_BOOKED, *HEARD, person=DANA_HERSELF, route=ROUTE
    ) as app:
        await at(app, NOON + 40 * MINUTE)
        assert all(map(app.says, ("1 in", "1 expected", "0 out")))
        assert app.says("Late 40 min")
        assert app.says("In 07:00")
        people = {"Ana Castillo", "Ben Okafor"}
        names = list(dict.fromkeys(text for text in app.texts() if text in people))
        assert names == ["Ana Castillo", "Ben Okafor"]

        await at(app, NOON + 50 * MINUTE)
        assert app.says("Silent 50 min")


async def test_one_tap_calls_somebody(open_the_app: OpenApp) -> None:
    ana = User(id=ANA.id, version=2, name="Ana Castillo", role=ANA.role, phone="+1 212 555 0101")

    async with open_the_app(*SHELF, ana, ANA_BOOKED, person=DANA_HERSELF, route=ROUTE) as app:
        await app.tap("Call Ana Castillo")

        assert app.device.opened == ["tel:+1 212 555 0101"]


async def test_an_event_is_started_and_completed_with_what_is_still_open_said(
    open_the_app: OpenApp,
) -> None:
    out = a_need(status=KitStatus.CHECKED_OUT, holder_id=BEN.id)

    async with open_the_app(*SHELF, BEN_IN, out, person=DANA_HERSELF, route=ROUTE) as app:
        await app.tap("Start the event")
        await app.until("Start the event?")
        await app.confirm("Start the event")
        await app.until("Complete the event")
        await app.tap("Complete the event")
        await app.until(
            "1 person has not checked out, 1 kit is still out. Complete it all the same?"
        )
        await app.confirm("Complete the event")
        await app.until("Saved on this device.")

        moves = [payload["to_state"] for _, payload in app.operations()]
        assert moves == ["in_progress", "completed"]
        assert about(app).board.event.status is EventStatus.COMPLETED


async def test_calling_an_event_off_needs_a_reason(open_the_app: OpenApp) -> None:
    async with open_the_app(*SHELF, person=DANA_HERSELF, route=ROUTE) as app:
        await app.tap("Call it off")
        await app.until("Everybody booked is told that they need not come.")
        await app.confirm("Call it off")
        assert app.find(ft.TextField)[-1].error == "Say it in a few words"
        await app.type_into("Why?", "Storm warning")
        await app.confirm("Call it off")
        await app.until("Cancelled")

        assert app.operations() == [
            ("event.transition", {"to_state": "cancelled", "reason": "Storm warning"})
        ]


async def test_the_way_back_out_of_a_question_changes_nothing(open_the_app: OpenApp) -> None:
    async with open_the_app(*SHELF, person=DANA_HERSELF, route=ROUTE) as app:
        await app.tap("Start the event")
        await app.confirm("Back")

        assert app.operations() == []
        assert not any(dialog.open for dialog in app.find(ft.AlertDialog))


async def test_a_shift_is_offered_to_somebody_found_by_a_part_of_the_name(
    open_the_app: OpenApp,
) -> None:
    async with open_the_app(*SHELF, person=DANA_HERSELF, route=ROUTE) as app:
        await app.tap("Offer a shift")
        await app.until("As what?")
        await app.confirm("Offer")
        assert app.says("Choose somebody.")
        await app.type_into("Who?", "nobody")
        assert app.says("Nobody of that name is free here.")
        await app.type_into("Who?", "casti")
        await app.choose("Ana Castillo")
        await app.choose("Team lead")
        await app.type_into("Anything they should know?", "Bring a jacket.")
        await app.confirm("Offer")
        await app.until("Offered. Saved on this device.")

        ((kind, payload),) = app.operations()
        assert kind == "assignment.offer"
        assert (payload["user_id"], payload["role"]) == (str(ANA.id), "lead")
        assert payload["special_instructions"] == "Bring a jacket."
        assert app.says("Ana Castillo")


async def test_counting_adds_to_what_others_counted(open_the_app: OpenApp) -> None:
    running = ACTIVITY.revise(
        status=ActivityStatus.IN_PROGRESS,
        target_metrics={"samples": 400},
        actual_metrics={"samples": 100},
    )

    async with open_the_app(*SHELF, RUNNING, running, person=DANA_HERSELF, route=ROUTE) as app:
        assert app.says("100 of 400")
        await app.tap("Count")
        await app.until("Samples: how many more?")
        await app.confirm("Add")
        assert app.says("Enter a number first.")
        await app.type_into("Samples: how many more?", "1,5")
        await app.confirm("Add")
        assert app.says("Please write whole numbers, like 120.")
        await app.type_into("Samples: how many more?", "25")
        await app.confirm("Add")
        await app.until("125 of 400")

        assert app.operations()[0][1]["metrics"] == {"samples": 25.0}


@pytest.mark.parametrize(
    ("status", "button", "to_state"),
    [
        (ActivityStatus.ASSIGNED, "Start", "in_progress"),
        (ActivityStatus.IN_PROGRESS, "Complete", "completed"),
        (ActivityStatus.ISSUE_REPORTED, "Problem settled", "in_progress"),
    ],
)
async def test_an_activity_is_moved_on(
    open_the_app: OpenApp, status: ActivityStatus, button: str, to_state: str
) -> None:
    activity = ACTIVITY.revise(status=status)

    async with open_the_app(*SHELF, RUNNING, activity, person=DANA_HERSELF, route=ROUTE) as app:
        await app.tap(button)
        await app.until(f"{button}: Cold brew?")
        await app.confirm("Yes")
        await app.until("Saved on this device.")

        assert app.operations() == [("activity.transition", {"to_state": to_state})]


async def test_kits_problems_and_the_log_of_the_event_are_there(open_the_app: OpenApp) -> None:
    issue = EventIssue(
        id=uuid5(NAMES, "issue"),
        version=1,
        event_instance_id=an_event().id,
        reported_by=ANA.id,
        issue_type=IssueType.EQUIPMENT,
        description="The fridge is warm.",
        severity=Severity.HIGH,
    )
    log = EventStateTransition(
        id=uuid5(NAMES, "log"),
        version=1,
        event_instance_id=an_event().id,
        from_state="scheduled",
        to_state="in_progress",
        changed_by_id=DANA.id,
        reason="Doors opened early",
        created_at=NOON,
    )

    async with open_the_app(
        *SHELF, RUNNING, NEED, issue, log, person=DANA_HERSELF, route=ROUTE
    ) as app:
        for text in (
            "LCB-SAMP-0001",
            "The fridge is warm.",
            "High \u00b7 Open",
            "What happened",
            "Today 07:00 \u00b7 Dana Whitfield\nDoors opened early",
        ):
            assert app.says(text), text


async def test_somebody_who_works_there_sees_it_without_its_buttons(open_the_app: OpenApp) -> None:
    async with open_the_app(*SHELF, ANA_BOOKED, route=ROUTE) as app:
        assert app.says("Who is there")
        for text in ("Start the event", "Call it off", "Offer a shift"):
            assert not app.says(text), text


async def test_an_event_that_is_not_here_says_so(open_the_app: OpenApp) -> None:
    async with open_the_app(person=DANA_HERSELF, route=ROUTE) as app:
        assert app.says("This event is not on this device.")


async def test_a_manager_vouches_corrects_and_marks_a_no_show(open_the_app: OpenApp) -> None:
    route = f"/shift/{ANA_BOOKED.id}"

    async with open_the_app(*SHELF, RUNNING, ANA_BOOKED, person=DANA_HERSELF, route=route) as app:
        await app.tap("Vouch: they are here")
        await app.until("Confirm")
        await app.tap("Confirm")
        await app.until("Correct the times")
        await app.tap("Correct the times")
        await app.until("What the phone said is kept beside your correction.")
        await app.confirm("Save")
        assert app.says("Say why in a few words.")
        await app.type_into("Came at", "soon")
        await app.type_into("Why?", "Came with the truck")
        await app.confirm("Save")
        assert app.says("Write times like 11:00.")
        await app.type_into("Came at", "06:45")
        await app.confirm("Save")
        await app.until("Corrected. Saved on this device.")

        kinds = [kind for kind, _ in app.operations()]
        assert kinds == ["assignment.check_in", "assignment.correct_time"]
        assert app.operations()[1][1]["check_in_time"] == "2026-11-23T11:45:00Z"


async def test_a_manager_sees_why_they_cannot_correct_their_own_times(
    open_the_app: OpenApp,
) -> None:
    own = ANA_BOOKED.revise(user_id=DANA_HERSELF.id, status=AssignmentStatus.CHECKED_IN)
    route = f"/shift/{own.id}"

    async with open_the_app(*SHELF, RUNNING, own, person=DANA_HERSELF, route=route) as app:
        (button,) = [b for b in app.find(ft.TextButton) if b.content == "Correct the times"]

        assert button.disabled
        assert app.says("Somebody else has to decide about your own times.")
