"""Issue reports and their photos, filed by anybody who works there.

A report is never refused, not even on an event that was cancelled: it happened.
"""

from collections.abc import Iterable
from typing import Annotated, Literal
from uuid import UUID, uuid5

from pydantic import BaseModel, Field, StringConstraints

from field_app.domain.activity import Activity
from field_app.domain.clock import Stamp
from field_app.domain.decision import Accepted, Noop
from field_app.domain.event import EventInstance, follow, runs_event
from field_app.domain.issue import (
    EventIssue,
    IssueAct,
    IssueEntry,
    IssuePhoto,
    IssueType,
    PhotoState,
    Severity,
)
from field_app.domain.kit import ActivityKit
from field_app.domain.need import works_at
from field_app.domain.refusals import Refusal, RefusalCode
from field_app.domain.text import Description, WireInstant
from field_app.domain.world import World, require

MOST_PHOTOS = 10
MOST_PHOTO_BYTES = 30 * 1024 * 1024

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class NewPhoto(BaseModel, frozen=True, extra="forbid"):
    """A photo as the device stored it: the hash of its bytes, and how many there are."""

    sha256: Sha256
    bytes: Annotated[int, Field(gt=0, le=MOST_PHOTO_BYTES)]
    taken_at: WireInstant | None = None
    from_gallery: bool = False


NewPhotos = Annotated[tuple[NewPhoto, ...], Field(max_length=MOST_PHOTOS)]


class IssueReport(BaseModel, frozen=True, extra="forbid"):
    """Something is wrong. The target is the id of the new issue."""

    kind: Literal["issue.report"] = "issue.report"
    event_instance_id: UUID
    activity_id: UUID | None = None
    activity_kit_id: UUID | None = None
    issue_type: IssueType
    description: Description
    severity: Severity
    photos: NewPhotos = ()


class IssueAddPhoto(BaseModel, frozen=True, extra="forbid"):
    """One more photo of it."""

    kind: Literal["issue.add_photo"] = "issue.add_photo"
    photo: NewPhoto


class IssueRemovePhoto(BaseModel, frozen=True, extra="forbid"):
    """A photo that should not have been there."""

    kind: Literal["issue.remove_photo"] = "issue.remove_photo"
    sha256: Sha256


def report(op: IssueReport, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    event = require(world, EventInstance, op.event_instance_id)
    if not works_at(stamp.actor, event, world):
        raise Refusal(RefusalCode.NOT_YOURS)
    known = world.find(EventIssue, target_id)
    if known is not None:
        if known.event_instance_id != event.id:
            raise Refusal(RefusalCode.UNKNOWN_TARGET)  # an id of somebody else's, not a repeat
        return Noop()
    issue = EventIssue(
        id=target_id,
        event_instance_id=event.id,
        activity_id=_here(Activity, op.activity_id, event, world),
        activity_kit_id=_here(ActivityKit, op.activity_kit_id, event, world),
        reported_by=stamp.actor.id,
        issue_type=op.issue_type,
        description=op.description,
        severity=op.severity,
        created_at=stamp.occurred_at,
    )
    moved = follow(event, "report_issue") if issue.is_alarming else []
    entry = entry_of(issue, IssueAct.REPORT, stamp)
    return Accepted.of([issue, *photos_named(issue, op.photos), entry, *moved])


def add_photo(op: IssueAddPhoto, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    """One that was removed comes back; one that is there already is nothing new."""
    issue = _own_issue(target_id, stamp, world)
    there = world.where(IssuePhoto, issue_id=issue.id)
    photo = _photo(issue, op.photo, next_position(there))
    was = next((each for each in there if each.id == photo.id), None)
    if was is not None and was.state is not PhotoState.REMOVED:
        return Noop()
    return Accepted.of([photo, entry_of(issue, IssueAct.ADD_PHOTO, stamp)])


def remove_photo(
    op: IssueRemovePhoto, target_id: UUID, stamp: Stamp, world: World
) -> Accepted | Noop:
    issue = _own_issue(target_id, stamp, world)
    photo = require(world, IssuePhoto, photo_id(issue.id, op.sha256))
    if photo.state is PhotoState.REMOVED:
        return Noop()
    entry = entry_of(issue, IssueAct.REMOVE_PHOTO, stamp)
    return Accepted.of([photo.revise(state=PhotoState.REMOVED), entry])


def entry_of(
    issue: EventIssue,
    act: IssueAct,
    stamp: Stamp,
    *,
    note: str | None = None,
    owner_id: UUID | None = None,
    severity: Severity | None = None,
) -> IssueEntry:
    """What an operation did to an issue, for its timeline."""
    return IssueEntry(
        id=uuid5(stamp.operation_id, f"{act} {issue.id}"),
        issue_id=issue.id,
        event_instance_id=issue.event_instance_id,
        act=act,
        by_id=stamp.actor.id,
        owner_id=owner_id,
        severity=severity,
        note=note,
        occurred_at=stamp.occurred_at,
    )


def photos_named(issue: EventIssue, photos: Iterable[NewPhoto], first: int = 0) -> list[IssuePhoto]:
    """Photos of an issue, from this position on; the same one named twice is one."""
    named = [_photo(issue, each, at) for at, each in enumerate(photos, start=first)]
    return list({photo.id: photo for photo in named}.values())


def next_position(there: Iterable[IssuePhoto]) -> int:
    return max((each.position for each in there), default=-1) + 1


def photo_id(issue_id: UUID, sha256: str) -> UUID:
    """The same photo of the same issue has one id, however often it is added."""
    return uuid5(issue_id, sha256)


def _own_issue(target_id: UUID, stamp: Stamp, world: World) -> EventIssue:
    """The issue, if this person reported it or runs its event."""
    issue = require(world, EventIssue, target_id)
    event = require(world, EventInstance, issue.event_instance_id)
    if stamp.actor.id != issue.reported_by and not runs_event(stamp.actor, event, world):
        raise Refusal(RefusalCode.NOT_YOURS)
    return issue


def _here(
    kind: type[Activity] | type[ActivityKit],
    linked_id: UUID | None,
    event: EventInstance,
    world: World,
) -> UUID | None:
    """A link that cannot be kept is dropped: the report counts more than what it points at."""
    linked = world.find(kind, linked_id) if linked_id else None
    return linked.id if linked and linked.event_instance_id == event.id else None


def _photo(issue: EventIssue, new: NewPhoto, position: int) -> IssuePhoto:
    return IssuePhoto(
        id=photo_id(issue.id, new.sha256),
        issue_id=issue.id,
        event_instance_id=issue.event_instance_id,
        position=position,
        sha256=new.sha256,
        bytes=new.bytes,
        taken_at=new.taken_at,
        from_gallery=new.from_gallery,
    )
