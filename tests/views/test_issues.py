"""Issues on the screen: reporting one, its draft, the list, and following one up."""

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import uuid4, uuid5

import flet as ft
import httpx
import pytest

from field_app.domain.assignment import AssignmentStatus
from field_app.domain.event import EventStatus
from field_app.domain.issue import (
    EventIssue,
    IssuePhoto,
    IssueStatus,
    IssueType,
    PhotoState,
    Severity,
)
from field_app.store import drafts, issue_queries, mirror, photo_queue
from field_app.store.photo_files import PhotoFiles
from field_app.store.photo_intake import take_in
from field_app.store.settings import Setting
from field_app.store.tables import PhotoRow
from tests.support.field import ANA, DANA, NAMES, NOON, FakeCamera, a_shift, on_wire
from tests.support.kits import LUIS_EVENT, NEED
from tests.support.pictures import a_jpeg
from tests.support.world import ACTIVITY, the_event
from tests.views.conftest import App, OpenApp
from tests.views.field_day import DANA_HERSELF, SHELF

RUNNING = the_event(status=EventStatus.IN_PROGRESS)
AT_WORK = a_shift(status=AssignmentStatus.CHECKED_IN, check_in_time=NOON)
RECORDS = [*SHELF, RUNNING, AT_WORK]


def an_issue(name: str = "issue", **changes: Any) -> EventIssue:
    issue = EventIssue(
        id=uuid5(NAMES, name),
        version=1,
        event_instance_id=RUNNING.id,
        reported_by=ANA.id,
        issue_type=IssueType.VENUE,
        description="The power is out.",
        severity=Severity.HIGH,
        created_at=NOON,
    )
    return issue.revise(**changes)


def a_stored_photo(issue: EventIssue) -> IssuePhoto:
    """One that only the office has."""
    return IssuePhoto(
        id=uuid5(NAMES, "photo"),
        version=1,
        issue_id=issue.id,
        event_instance_id=RUNNING.id,
        position=0,
        sha256="0" * 64,
        state=PhotoState.STORED,
    )


def listed(app: App) -> list[str]:
    return [
        each.issue.description
        for each in app.runtime.store.read(lambda s: issue_queries.issues(s, "open", ANA.id))
    ]


def draft_of(app: App) -> drafts.IssueDraft | None:
    return app.runtime.store.read(lambda session: drafts.load(session, ANA.id))


async def test_a_problem_is_reported_in_a_few_taps(open_the_app: OpenApp) -> None:
    async with open_the_app(*RECORDS, route="/issues") as app:
        assert app.says("Nothing reported")
        await app.tap("Report a problem")
        await app.until("What is it about?")
        await app.confirm("Send")
        assert app.says("Choose what it is about.")
        await app.choose("Venue")
        await app.confirm("Send")
        assert app.says("Say it in a few words.")
        await app.type_into("What happened?", "The power is out.")
        await app.choose("High")
        await app.confirm("Send")
        await app.until("Reported. Saved on this device.")

        ((kind, payload),) = app.operations()
        assert kind == "issue.report"
        assert payload["event_instance_id"] == str(RUNNING.id)
        assert (payload["issue_type"], payload["severity"]) == ("venue", "high")
        assert listed(app) == ["The power is out."]
        assert draft_of(app) is None
        (row,) = app.runtime.store.read(lambda s: issue_queries.issues(s, "open", ANA.id))
        late = drafts.IssueDraft(issue_id=row.issue.id, text="The power is out.")
        app.runtime.store.write(lambda session: drafts.save(session, ANA.id, late))
        assert draft_of(app) is None


async def test_what_was_begun_is_there_again_after_the_app_was_killed(
    open_the_app: OpenApp,
) -> None:
    async with open_the_app(*RECORDS, route="/issues") as app:
        await app.tap("Report a problem")
        await app.choose("Safety")
        await app.type_into("What happened?", "The exit is blo")
        await wait_for_a_draft(app)

    async with open_the_app(*RECORDS, route="/issues") as again:
        await again.tap("Report a problem")
        await again.until("Discard this draft")
        assert again.field("What happened?").value == "The exit is blo"
        await again.type_into("What happened?", "The exit is blocked.")
        await again.confirm("Send")
        await again.until("Reported. Saved on this device.")

        assert again.operations()[0][1]["issue_type"] == "safety"


async def wait_for_a_draft(
    app: App, is_kept: Callable[[drafts.IssueDraft], bool] = lambda draft: bool(draft.text)
) -> None:
    """The pause is real; how long it takes on this machine is not the point."""
    for _ in range(200):
        draft = draft_of(app)
        if draft is not None and is_kept(draft):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("no draft was kept")


async def test_a_draft_is_discarded(open_the_app: OpenApp) -> None:
    async with open_the_app(*RECORDS, route="/issues") as app:
        kept = drafts.IssueDraft(issue_id=uuid5(NAMES, "d"), event_id=RUNNING.id, text="Wrong")
        app.runtime.store.write(lambda session: drafts.save(session, ANA.id, kept))
        await app.tap("Report a problem")
        await app.confirm("Discard this draft")
        for _ in range(50):
            await app.settle()

        assert draft_of(app) is None


async def test_something_alike_that_is_open_is_said_and_stops_nobody(
    open_the_app: OpenApp,
) -> None:
    async with open_the_app(*RECORDS, an_issue(), route="/issues") as app:
        app.device.at = NOON + dt.timedelta(minutes=30)
        await app.tap("Report a problem")
        await app.choose("Safety")
        assert not app.says("Already reported here")
        await app.choose("Venue")
        assert app.says("Already reported here: \u201cThe power is out.\u201d")


async def test_without_an_event_there_is_nowhere_to_report(open_the_app: OpenApp) -> None:
    async with open_the_app(route="/issues") as app:
        await app.tap("Report a problem")
        assert app.says("No event is on this device to report at.")
        await app.confirm("Send")
        assert app.says("Choose where it is.")


async def test_the_list_is_filtered_and_shows_the_worst_first(open_the_app: OpenApp) -> None:
    low = an_issue("low", severity=Severity.LOW, description="A chair wobbles.")
    done = an_issue("done", status=IssueStatus.RESOLVED, description="The till was locked.")
    danas = an_issue("danas", reported_by=DANA.id, description="No ice.")

    async with open_the_app(*RECORDS, low, done, danas, an_issue(), route="/issues") as app:
        shown = [text for text in app.texts() if text.endswith(".")]
        assert shown.index("The power is out.") < shown.index("A chair wobbles.")
        assert not app.says("The till was locked.")
        await app.choose("All")
        assert app.says("The till was locked.")
        await app.choose("Mine")
        assert not app.says("No ice.")


async def test_an_issue_tells_everything_about_itself(open_the_app: OpenApp) -> None:
    told = an_issue(activity_id=ACTIVITY.id, activity_kit_id=NEED.id, owner_id=DANA.id)
    photos = [
        IssuePhoto(
            id=uuid5(NAMES, f"photo {state}"),
            version=1,
            issue_id=told.id,
            event_instance_id=RUNNING.id,
            position=at,
            sha256=str(at) * 64,
            state=state,
        )
        for at, state in enumerate((PhotoState.STORED, PhotoState.MISSING))
    ]

    async with open_the_app(*RECORDS, NEED, told, *photos, route=f"/issues/{told.id}") as app:
        for text in (
            "The power is out.",
            "Venue",
            "High",
            "1 of 2 photos at the office",
            "Cold brew",
            "LCB-SAMP-0001",
            "Taken on by Dana Whitfield",
            "Today 07:00 \u00b7 by Ana Castillo",
        ):
            assert app.says(text), text
        assert not app.says("I take care of it")


async def test_a_manager_follows_it_up(open_the_app: OpenApp) -> None:
    route = f"/issues/{an_issue().id}"

    async with open_the_app(*RECORDS, an_issue(), person=DANA_HERSELF, route=route) as app:
        await app.tap("I take care of it")
        await app.until("Taken on by Dana Whitfield")
        await app.tap("Work on it has begun")
        await app.until("Being worked on")
        await app.choose("Critical")
        await app.until("Severity set: Critical")
        await app.tap("Resolve")
        await app.until("How was it resolved?")
        await app.confirm("Resolve")
        await app.until("Say it in a few words.")
        app.device.picked = [a_jpeg(6)]
        await app.confirm("Add photos")
        await app.until("Remove photo 1")
        await app.type_into("What was done?", "Fuse replaced")
        await app.confirm("Resolve")
        await app.until("Resolved")
        assert app.says("Fuse replaced")
        await app.tap("Open again")
        await app.type_into("Why?", "Out again")
        await app.confirm("Open again")
        await app.until("Opened again")
        assert app.says("Photo 1: Waiting, 0.1 MB")

        assert [kind for kind, _ in app.operations()] == [
            "issue.acknowledge",
            "issue.start",
            "issue.set_severity",
            "issue.resolve",
            "issue.reopen",
        ]


@pytest.mark.parametrize(("severity", "may"), [(Severity.LOW, True), (Severity.HIGH, False)])
async def test_a_reporter_resolves_what_is_small(
    open_the_app: OpenApp, severity: Severity, may: bool
) -> None:
    issue = an_issue(severity=severity)

    async with open_the_app(*RECORDS, issue, route=f"/issues/{issue.id}") as app:
        assert app.says("Resolve") is may


async def test_a_problem_leads_from_the_shift_to_its_page(open_the_app: OpenApp) -> None:
    async with open_the_app(*RECORDS, an_issue(), route=f"/shift/{AT_WORK.id}") as app:
        await app.tap("The power is out.")

        assert app.route == f"/issues/{an_issue().id}"


async def test_a_report_begun_at_a_shift_is_about_its_event(open_the_app: OpenApp) -> None:
    async with open_the_app(*RECORDS, route=f"/shift/{AT_WORK.id}") as app:
        await app.tap("Report a problem")
        await app.choose("Staff")
        await app.type_into("What happened?", "Nobody came.")
        await app.confirm("Send")
        await app.until("Reported. Saved on this device.")

        assert app.operations()[0][1]["event_instance_id"] == str(RUNNING.id)


async def test_another_event_can_be_meant(open_the_app: OpenApp) -> None:
    other = LUIS_EVENT.revise(field_manager_id=DANA.id)

    async with open_the_app(*RECORDS, other, person=DANA_HERSELF, route="/issues") as app:
        await app.tap("Report a problem")
        await app.tap("Somewhere else")
        await app.tap("Cold brew sampling \u00b7 Today 13:00\u2013\u206017:00")
        await app.choose("Product")
        await app.type_into("What happened?", "Wrong flavour.")
        await app.confirm("Send")
        await app.until("Reported. Saved on this device.")

        assert app.operations()[0][1]["event_instance_id"] == str(LUIS_EVENT.id)


async def test_an_issue_that_is_not_here_says_so(open_the_app: OpenApp) -> None:
    async with open_the_app(route="/issues/unknown") as app:
        assert app.says("This issue is not on this device.")


async def test_photos_are_attached_taken_off_and_sent_with_the_report(
    open_the_app: OpenApp,
) -> None:
    async with open_the_app(*RECORDS, route="/issues") as app:
        app.device.picked = [a_jpeg(1), a_jpeg(2), b"no picture"]
        await app.tap("Report a problem")
        await app.choose("Venue")
        await app.type_into("What happened?", "See for yourself.")
        await app.confirm("Add photos")
        await app.until("This file is no JPEG or PNG picture.")
        await app.until("Remove photo 2")
        await app.tap("Remove photo 1")
        assert not app.says("Remove photo 2")
        await app.confirm("Send")
        await app.until("Reported. Saved on this device.")

        (photo,) = app.operations()[0][1]["photos"]
        assert photo["sha256"] == take_in(a_jpeg(2)).sha256
        assert photo["from_gallery"] is True
        waiting = app.runtime.store.read(lambda s: photo_queue.unsent(s, ANA.id))
        assert [row.sha256 for row in waiting] == [photo["sha256"]]


async def test_attached_photos_survive_a_kill_with_the_draft(open_the_app: OpenApp) -> None:
    async with open_the_app(*RECORDS, route="/issues") as app:
        app.device.picked = [a_jpeg(1)]
        await app.tap("Report a problem")
        await app.type_into("What happened?", "Look")
        await app.confirm("Add photos")
        await app.until("Remove photo 1")
        await wait_for_a_draft(app, lambda draft: bool(draft.photos))

    async with open_the_app(*RECORDS, route="/issues") as again:
        await again.tap("Report a problem")
        await again.until("Remove photo 1")
        await again.until_there(ft.Image)


async def test_a_photo_is_added_later_seen_large_and_waits_under_sync(
    open_the_app: OpenApp,
) -> None:
    route = f"/issues/{an_issue().id}"

    async with open_the_app(*RECORDS, an_issue(), route=route) as app:
        app.device.picked = [a_jpeg(1)]
        await app.tap("Add photos")
        await app.until("Waiting, 0.1 MB")
        await app.tap("Photo 1: Waiting, 0.1 MB")
        await app.until("Close")
        await app.until_there(ft.InteractiveViewer)
        await app.confirm("Close")

        assert app.operations()[0][0] == "issue.add_photo"
        app.runtime.store.write(
            lambda s: photo_queue.settle(
                s, ANA.id, take_in(a_jpeg(1)).sha256, photo_queue.FAILED, NOON
            )
        )
        await app.until("Not taken")
        await app.tap("Try again")
        await app.until("Waiting, 0.1 MB")
    async with open_the_app(*RECORDS, an_issue(), route="/sync") as app:
        assert app.says("Photos, not yet at the office (1)")
        assert not app.says("Everything is synced")


async def test_photos_that_the_office_does_not_take_today_wait_and_it_is_said_why(
    open_the_app: OpenApp,
) -> None:
    said = "The office takes no more photos from you today. They are kept here and sent later."

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/v1/photos":
            raise httpx.ConnectError("no network", request=request)
        kind = {"content-type": "application/problem+json", "retry-after": "3600"}
        return httpx.Response(429, json={"title": said, "status": 429}, headers=kind)

    async with open_the_app(*RECORDS, an_issue(), route="/sync", answer=answer, token="x") as app:
        picture = take_in(a_jpeg(1))
        PhotoFiles(app.runtime.store.folder / "photos").save(picture)
        row = PhotoRow(
            author_id=ANA.id,
            sha256=picture.sha256,
            record_id=an_issue().id,
            operation_id=uuid4(),
            bytes=len(picture.jpeg),
        )
        app.runtime.store.write(lambda session: session.add(row))
        await app.runtime.start()

        await app.until(said)
        assert app.says("Waiting, 0.1 MB")


async def test_a_photo_appears_when_the_office_has_it(open_the_app: OpenApp) -> None:
    told, picture = an_issue(), take_in(a_jpeg(3))
    photo = IssuePhoto(
        id=uuid5(NAMES, "photo"),
        version=1,
        issue_id=told.id,
        event_instance_id=RUNNING.id,
        position=0,
        sha256=picture.sha256,
    )

    async with open_the_app(*RECORDS, told, photo, route=f"/issues/{told.id}") as app:
        assert app.says("Not here yet")
        assert not app.find(ft.Image)
        PhotoFiles(app.runtime.store.folder / "photos").keep_thumb(picture.sha256, picture.thumb)
        came = on_wire(photo.revise(state=PhotoState.STORED, version=2))
        app.runtime.store.write(lambda session: mirror.apply_rows(session, came, generation=0))

        await app.until_there(ft.Image)


async def test_a_photo_that_is_nowhere_near_says_so(open_the_app: OpenApp) -> None:
    told = an_issue()
    photo = a_stored_photo(told)

    async with open_the_app(*RECORDS, told, photo, route=f"/issues/{told.id}") as app:
        await app.tap("Photo 1: At the office")
        await app.until("This photo is not on this device, and the office cannot be reached now.")


async def test_a_photo_is_taken_with_the_camera(open_the_app: OpenApp) -> None:
    async with open_the_app(*RECORDS, an_issue(), route=f"/issues/{an_issue().id}") as app:
        app.device.camera = FakeCamera(a_jpeg(1))
        app.runtime.store.write(lambda _: None)  # the screen is drawn again, with a camera
        await app.until("Camera")
        await app.tap("Camera")
        await app.until("Hold it steady.")
        await app.confirm("Take photo")
        await app.until("Waiting, 0.1 MB")

        ((kind, payload),) = app.operations()
        assert (kind, payload["photo"]["from_gallery"]) == ("issue.add_photo", False)


async def test_a_camera_that_cannot_be_used_says_why(open_the_app: OpenApp) -> None:
    async with open_the_app(*RECORDS, an_issue(), route=f"/issues/{an_issue().id}") as app:
        app.device.camera = FakeCamera(problem="This device has no camera.")
        app.runtime.store.write(lambda _: None)
        await app.until("Camera")
        await app.tap("Camera")
        await app.until("This device has no camera.")
        await app.confirm("Back")

        assert app.operations() == []


async def test_a_manager_gives_an_issue_to_a_colleague(open_the_app: OpenApp) -> None:
    route = f"/issues/{an_issue().id}"

    async with open_the_app(*RECORDS, an_issue(), person=DANA_HERSELF, route=route) as app:
        await app.tap("Give to somebody")
        await app.until("Who takes care of it?")
        await app.confirm("Save")
        await app.until("Choose who takes care of it.")
        await app.choose("Ana Castillo")
        await app.confirm("Save")
        await app.until("Taken on by Ana Castillo")

        assert app.says("Handed to Ana Castillo")
        assert app.operations() == [("issue.acknowledge", {"owner_id": str(ANA.id)})]


async def test_a_photo_that_should_not_be_there_is_taken_away(open_the_app: OpenApp) -> None:
    async with open_the_app(*RECORDS, an_issue(), route=f"/issues/{an_issue().id}") as app:
        app.device.picked = [a_jpeg(1)]
        await app.tap("Add photos")
        await app.until("Photo 1: Waiting, 0.1 MB")
        await app.tap("Photo 1: Waiting, 0.1 MB")
        await app.until("Remove")
        await app.confirm("Remove")
        await app.until("Photo removed")

        assert not app.says("Photo 1")
        assert [kind for kind, _ in app.operations()] == ["issue.add_photo", "issue.remove_photo"]
        assert app.runtime.store.read(lambda s: photo_queue.unsent(s, ANA.id)) == []


async def test_who_only_works_there_does_not_take_photos_away(open_the_app: OpenApp) -> None:
    told = an_issue(reported_by=DANA.id)

    async with open_the_app(
        *RECORDS, told, a_stored_photo(told), route=f"/issues/{told.id}"
    ) as app:
        await app.tap("Photo 1: At the office")
        await app.until("Close")

        assert not app.says("Remove")
        assert not app.says("Add photos")


async def test_many_photos_can_wait_for_wifi(open_the_app: OpenApp) -> None:
    async with open_the_app(*RECORDS, an_issue(), route="/settings") as app:
        *_, switch = app.find(ft.Switch)
        await app.fire_at_once((switch, "change", True))

        assert app.runtime.store.get_setting(Setting.PHOTOS_ON_WIFI) == "1"
