"""Reporting problems and following them up."""

from typing import Any
from uuid import uuid4

import pytest

from field_app.domain.attendance import AssignmentCheckIn
from field_app.domain.decision import Accepted, Decision, Noop, Refused
from field_app.domain.event import EventInstance, EventStatus
from field_app.domain.issue import (
    EventIssue,
    IssueAct,
    IssueEntry,
    IssuePhoto,
    IssueStatus,
    IssueType,
    PhotoState,
    Severity,
)
from field_app.domain.issues import IssueAddPhoto, IssueRemovePhoto, IssueReport, NewPhoto
from field_app.domain.kit_issues import KitReportIssue, KitResolveIssue
from field_app.domain.operations import Operation
from field_app.domain.person import Actor
from field_app.domain.photos import photos_of, subject_of
from field_app.domain.records import Record
from field_app.domain.refusals import RefusalCode as R
from field_app.domain.triage import (
    IssueAcknowledge,
    IssueReopen,
    IssueResolve,
    IssueSetSeverity,
    IssueStart,
)
from tests.support.field import ANA, BEN, DANA, LUIS, NOON, a_shift, an_envelope
from tests.support.kits import LUIS_ACTIVITY, NEED, act, kit_world
from tests.support.world import ACTIVITY, DictWorld, a_user, the_event

ID = uuid4()
A_PHOTO = NewPhoto(sha256="a" * 64, bytes=200_000)
RUNNING = the_event(status=EventStatus.IN_PROGRESS)
NOT_ALARMING = (Severity.LOW, Severity.MEDIUM)


def an_issue(**changes: Any) -> EventIssue:
    issue = EventIssue(
        id=ID,
        version=1,
        event_instance_id=RUNNING.id,
        reported_by=ANA.id,
        issue_type=IssueType.VENUE,
        description="The power is out.",
        severity=Severity.MEDIUM,
    )
    return issue.revise(**changes)


def a_report(**changes: Any) -> IssueReport:
    return IssueReport(
        **{
            "event_instance_id": RUNNING.id,
            "issue_type": IssueType.VENUE,
            "description": "The power is out.",
            "severity": Severity.MEDIUM,
        }
        | changes
    )


def does(
    operation: Operation, *records: Record, actor: Actor = DANA, world: DictWorld | None = None
) -> tuple[DictWorld, Decision]:
    before = world or kit_world(RUNNING, a_shift(), *records)
    return act(before, operation, an_issue(), actor=actor)


def event_status(world: DictWorld) -> EventStatus:
    event = world.find(EventInstance, RUNNING.id)
    assert event is not None
    return event.status


def issue_in(world: DictWorld) -> EventIssue:
    issue = world.find(EventIssue, ID)
    assert issue is not None
    return issue


def test_anybody_who_works_there_reports_with_photos() -> None:
    second = NewPhoto(sha256="b" * 64, bytes=1, from_gallery=True, taken_at=NOON)

    world, decision = does(a_report(photos=[A_PHOTO, second, A_PHOTO]), actor=ANA)

    assert isinstance(decision, Accepted)
    issue = issue_in(world)
    assert (issue.status, issue.reported_by, issue.created_at) == ("open", ANA.id, NOON)
    photos = sorted(world.where(IssuePhoto, issue_id=ID), key=lambda photo: photo.sha256)
    assert [(p.sha256[0], p.state, p.from_gallery) for p in photos] == [
        ("a", "missing", False),
        ("b", "missing", True),
    ]
    assert photos[0].event_instance_id == RUNNING.id


def test_a_report_may_point_at_an_activity_and_a_kit_of_its_event() -> None:
    here = a_report(activity_id=ACTIVITY.id, activity_kit_id=NEED.id)
    elsewhere = a_report(activity_id=LUIS_ACTIVITY.id, activity_kit_id=uuid4())

    kept, _ = does(here, actor=ANA)
    dropped, _ = does(elsewhere, actor=ANA)

    assert (issue_in(kept).activity_id, issue_in(kept).activity_kit_id) == (ACTIVITY.id, NEED.id)
    assert (issue_in(dropped).activity_id, issue_in(dropped).activity_kit_id) == (None, None)


def test_the_same_report_again_is_nothing_new() -> None:
    world, _ = does(a_report(), actor=ANA)

    assert does(a_report(), actor=ANA, world=world)[1] == Noop()


def test_a_report_is_kept_even_on_a_cancelled_event() -> None:
    cancelled = RUNNING.revise(status=EventStatus.CANCELLED)

    world, decision = does(a_report(severity=Severity.CRITICAL), cancelled, actor=ANA)

    assert isinstance(decision, Accepted)
    assert event_status(world) is EventStatus.CANCELLED


def test_who_has_nothing_to_do_with_the_event_cannot_report_there() -> None:
    assert does(a_report(), actor=LUIS)[1] == Refused(R.UNKNOWN_TARGET)


@pytest.mark.parametrize("severity", Severity)
def test_an_alarming_report_holds_up_a_running_event(severity: Severity) -> None:
    world, _ = does(a_report(severity=severity), actor=ANA)

    quiet = severity in NOT_ALARMING
    assert event_status(world) == ("in_progress" if quiet else "issue_reported")


def test_photos_are_added_by_the_reporter_and_by_managers_once_each() -> None:
    added = IssueAddPhoto(photo=A_PHOTO)
    other = IssueAddPhoto(photo=NewPhoto(sha256="c" * 64, bytes=5))

    world, first = does(added, an_issue(), actor=ANA)
    _, again = does(added, world=world)
    world, second = does(other, world=world)

    assert isinstance(first, Accepted)
    assert again == Noop()
    assert isinstance(second, Accepted)
    positions = {p.sha256[0]: p.position for p in world.where(IssuePhoto, issue_id=ID)}
    assert positions == {"a": 0, "c": 1}
    assert does(added, an_issue(), actor=BEN)[1] == Refused(R.NOT_YOURS)


def test_a_photo_belongs_to_the_issue_that_its_operation_is_about() -> None:
    envelope = an_envelope(IssueAddPhoto(photo=A_PHOTO), ID)

    assert (photos_of(envelope), subject_of(envelope)) == ((A_PHOTO,), ID)
    punch = an_envelope(AssignmentCheckIn(fallback="photo", photo=A_PHOTO), a_shift().id)
    assert (photos_of(punch), subject_of(punch)) == ((A_PHOTO,), a_shift().id)
    assert photos_of(an_envelope(IssueStart(), ID)) == ()


def test_whoever_takes_it_on_owns_it() -> None:
    world, _ = does(IssueAcknowledge(), an_issue())
    assert (issue_in(world).status, issue_in(world).owner_id) == ("acknowledged", DANA.id)
    assert does(IssueAcknowledge(), world=world)[1] == Noop()

    world, _ = does(IssueStart(), world=world)
    assert (issue_in(world).status, issue_in(world).owner_id) == ("in_progress", DANA.id)
    assert does(IssueAcknowledge(), world=world)[1] == Refused(R.WRONG_STATE)
    assert does(IssueStart(), an_issue(), actor=ANA)[1] == Refused(R.NOT_ALLOWED)


def test_a_manager_gives_it_to_somebody_who_works_there() -> None:
    to_ana = IssueAcknowledge(owner_id=ANA.id)
    people = (a_user(ANA), a_user(LUIS))

    world, _ = does(to_ana, an_issue(), *people)
    assert (issue_in(world).status, issue_in(world).owner_id) == ("acknowledged", ANA.id)
    assert does(to_ana, world=world)[1] == Noop()
    begun = an_issue(status=IssueStatus.IN_PROGRESS, owner_id=DANA.id)
    world, _ = does(to_ana, begun, *people)
    assert (issue_in(world).status, issue_in(world).owner_id) == ("in_progress", ANA.id)
    assert does(to_ana, an_issue(), *people, actor=ANA)[1] == Refused(R.NOT_ALLOWED)
    to_luis = IssueAcknowledge(owner_id=LUIS.id)
    assert does(to_luis, an_issue(), *people)[1] == Refused(R.NOT_A_CHOICE)
    settled = an_issue(status=IssueStatus.RESOLVED)
    assert does(to_ana, settled, *people)[1] == Refused(R.WRONG_STATE)


def test_what_happens_to_an_issue_is_told_in_order() -> None:
    world, _ = does(a_report(), actor=ANA)
    for operation in (
        IssueAddPhoto(photo=A_PHOTO),
        IssueSetSeverity(severity=Severity.LOW),
        IssueAcknowledge(),
        IssueStart(),
        IssueResolve(resolution="Fuse replaced"),
        IssueReopen(reason="Out again"),
        IssueRemovePhoto(sha256=A_PHOTO.sha256),
    ):
        world, decision = does(operation, world=world)
        assert isinstance(decision, Accepted)

    told = {entry.act: entry for entry in world.where(IssueEntry, issue_id=ID)}

    assert set(told) == set(IssueAct)
    assert (told[IssueAct.REPORT].by_id, told[IssueAct.START].by_id) == (ANA.id, DANA.id)
    assert told[IssueAct.RESOLVE].note == "Fuse replaced"
    assert told[IssueAct.REOPEN].note == "Out again"
    assert told[IssueAct.SET_SEVERITY].severity == "low"


def test_a_photo_is_taken_away_by_its_reporter_or_a_manager_and_can_come_back() -> None:
    remove = IssueRemovePhoto(sha256=A_PHOTO.sha256)
    reported, _ = does(a_report(photos=[A_PHOTO]), actor=ANA)

    world, _ = does(remove, world=reported, actor=ANA)

    assert photo_states(world) == [PhotoState.REMOVED]
    assert does(remove, world=world)[1] == Noop()
    assert does(remove, world=reported, actor=BEN)[1] == Refused(R.NOT_YOURS)
    unknown = IssueRemovePhoto(sha256="f" * 64)
    assert does(unknown, world=reported)[1] == Refused(R.UNKNOWN_TARGET)
    back, _ = does(IssueAddPhoto(photo=A_PHOTO), world=world)
    assert photo_states(back) == [PhotoState.MISSING]


def test_resolving_shows_what_it_looks_like_now() -> None:
    second = NewPhoto(sha256="b" * 64, bytes=1)
    reported, _ = does(a_report(photos=[A_PHOTO]), actor=ANA)
    resolve = IssueResolve(resolution="Swept", photos=[A_PHOTO, second])

    world, decision = does(resolve, world=reported)

    assert isinstance(decision, Accepted)
    photos = sorted(world.where(IssuePhoto, issue_id=ID), key=lambda photo: photo.position)
    assert [(photo.sha256[0], photo.position) for photo in photos] == [("a", 0), ("b", 2)]


def photo_states(world: DictWorld) -> list[PhotoState]:
    return [photo.state for photo in world.where(IssuePhoto, issue_id=ID)]


def test_resolving_says_how_and_by_whom() -> None:
    resolve = IssueResolve(resolution="Fuse replaced")

    world, _ = does(resolve, an_issue())

    issue = issue_in(world)
    assert (issue.status, issue.resolution, issue.resolved_by) == (
        "resolved",
        "Fuse replaced",
        DANA.id,
    )
    assert issue.resolved_at == NOON
    assert does(resolve, world=world)[1] == Noop()


def test_a_reporter_resolves_what_is_small_and_their_own() -> None:
    resolve = IssueResolve(resolution="Found it")
    low = an_issue(severity=Severity.LOW)

    assert isinstance(does(resolve, low, actor=ANA)[1], Accepted)
    assert does(resolve, low, actor=BEN)[1] == Refused(R.NOT_ALLOWED)
    assert does(resolve, an_issue(), actor=ANA)[1] == Refused(R.NOT_ALLOWED)


def test_a_resolved_issue_is_opened_again_with_a_reason() -> None:
    resolved = an_issue(status=IssueStatus.RESOLVED, resolution="Done", resolved_by=DANA.id)
    reopen = IssueReopen(reason="Out again")

    world, _ = does(reopen, resolved, actor=ANA)

    assert (issue_in(world).status, issue_in(world).resolution) == ("open", None)
    assert does(reopen, world=world, actor=ANA)[1] == Noop()
    assert does(reopen, resolved, actor=BEN)[1] == Refused(R.NOT_ALLOWED)
    duplicate = an_issue(status=IssueStatus.DUPLICATE)
    assert does(reopen, duplicate)[1] == Refused(R.WRONG_STATE)


def test_an_event_goes_on_when_the_last_alarming_issue_is_settled() -> None:
    held_up = the_event(status=EventStatus.ISSUE_REPORTED)
    other = an_issue(id=uuid4(), severity=Severity.CRITICAL)
    resolve = IssueResolve(resolution="Done")

    both, _ = does(resolve, held_up, an_issue(severity=Severity.HIGH), other)
    last, _ = does(resolve, held_up, an_issue(severity=Severity.HIGH))
    small, _ = does(resolve, held_up, an_issue())

    assert event_status(both) is EventStatus.ISSUE_REPORTED
    assert event_status(last) is EventStatus.IN_PROGRESS
    # A manager marked the problem by hand: a small issue has no say in it.
    assert event_status(small) is EventStatus.ISSUE_REPORTED


def test_severity_is_set_by_managers_and_moves_the_event() -> None:
    worse = IssueSetSeverity(severity=Severity.CRITICAL)

    world, _ = does(worse, an_issue())
    assert event_status(world) is EventStatus.ISSUE_REPORTED
    assert does(worse, world=world)[1] == Noop()

    world, _ = does(IssueSetSeverity(severity=Severity.LOW), world=world)
    assert event_status(world) is EventStatus.IN_PROGRESS
    assert does(worse, an_issue(), actor=ANA)[1] == Refused(R.NOT_ALLOWED)


def test_an_event_goes_on_when_the_kit_that_held_it_up_is_put_right() -> None:
    report = KitReportIssue(description="It burns.", severity=Severity.HIGH)
    world, _ = act(kit_world(RUNNING), report, NEED)
    assert event_status(world) is EventStatus.ISSUE_REPORTED

    world, _ = act(world, KitResolveIssue(resolution="Out", to_state="prepared"), NEED)
    assert event_status(world) is EventStatus.IN_PROGRESS


@pytest.mark.parametrize("sha256", ["", "A" * 64, "a" * 63, "a" * 64 + "\n", "../" * 21 + "a"])
def test_a_photo_is_named_by_a_hash_and_nothing_else(sha256: str) -> None:
    with pytest.raises(ValueError, match="sha256"):
        NewPhoto(sha256=sha256, bytes=1)
