"""Issue reports: filed by anybody who works there, followed up by whoever runs the event.

A report is never refused, not even on an event that was cancelled: it happened.
"""

from collections.abc import Iterable
from typing import Annotated, Literal
from uuid import UUID, uuid5

from pydantic import BaseModel, Field, StringConstraints

from field_app.domain.activity import Activity
from field_app.domain.clock import Stamp
from field_app.domain.decision import Accepted, Noop
from field_app.domain.event import EventInstance, ensure_runs, follow, runs_event
from field_app.domain.issue import EventIssue, IssuePhoto, IssueStatus, IssueType, Severity
from field_app.domain.kit import ActivityKit
from field_app.domain.need import works_at
from field_app.domain.records import Record
from field_app.domain.refusals import Refusal, RefusalCode
from field_app.domain.text import Description, Reason, WireInstant
from field_app.domain.transitions import ISSUE, step
from field_app.domain.world import World, require

MOST_PHOTOS = 10
MOST_PHOTO_BYTES = 30 * 1024 * 1024


class NewPhoto(BaseModel, frozen=True, extra="forbid"):
    """A photo as the device stored it: the hash of its bytes, and how many there are."""

    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
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


class IssueAcknowledge(BaseModel, frozen=True, extra="forbid"):
    """Seen; whoever says so owns it."""

    kind: Literal["issue.acknowledge"] = "issue.acknowledge"


class IssueStart(BaseModel, frozen=True, extra="forbid"):
    """Being worked on; whoever says so owns it."""

    kind: Literal["issue.start"] = "issue.start"


class IssueResolve(BaseModel, frozen=True, extra="forbid"):
    """It was put right, and how."""

    kind: Literal["issue.resolve"] = "issue.resolve"
    resolution: Reason


class IssueReopen(BaseModel, frozen=True, extra="forbid"):
    """It is not put right after all."""

    kind: Literal["issue.reopen"] = "issue.reopen"
    reason: Reason


class IssueSetSeverity(BaseModel, frozen=True, extra="forbid"):
    """How bad it really is."""

    kind: Literal["issue.set_severity"] = "issue.set_severity"
    severity: Severity


def report(op: IssueReport, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    event = require(world, EventInstance, op.event_instance_id)
    if not works_at(stamp.actor, event, world):
        raise Refusal(RefusalCode.NOT_YOURS)
    if world.find(EventIssue, target_id) is not None:
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
    return Accepted.of([issue, *photos_named(issue, op.photos), *moved])


def add_photo(op: IssueAddPhoto, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    issue, event = _issue(target_id, world)
    if stamp.actor.id != issue.reported_by and not runs_event(stamp.actor, event, world):
        raise Refusal(RefusalCode.NOT_YOURS)
    there = world.where(IssuePhoto, issue_id=issue.id)
    photo = _photo(issue, op.photo, max((each.position for each in there), default=-1) + 1)
    if any(each.id == photo.id for each in there):
        return Noop()
    return Accepted.of([photo])


def acknowledge(
    _op: IssueAcknowledge, target_id: UUID, stamp: Stamp, world: World
) -> Accepted | Noop:
    return _take_on("acknowledge", IssueStatus.ACKNOWLEDGED, target_id, stamp, world)


def start(_op: IssueStart, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    return _take_on("start", IssueStatus.IN_PROGRESS, target_id, stamp, world)


def resolve(op: IssueResolve, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    issue, event = _issue(target_id, world)
    is_own = issue.reported_by == stamp.actor.id and issue.severity is Severity.LOW
    if not is_own:
        ensure_runs(stamp.actor, event, world)
    if issue.status is IssueStatus.RESOLVED:
        return Noop()
    resolved = resolved_issue(issue, op.resolution, stamp)
    return Accepted.of([resolved, *follow_issues([resolved], event, world)])


def reopen(_op: IssueReopen, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    """The reason stays with the operation, for the audit entry."""
    issue, event = _issue(target_id, world)
    if stamp.actor.id != issue.reported_by:
        ensure_runs(stamp.actor, event, world)
    if issue.status is IssueStatus.OPEN:
        return Noop()
    status = IssueStatus(step(ISSUE, issue.status, "reopen"))
    changes = {"resolution": None, "resolved_by": None, "resolved_at": None}
    again = issue.revise(status=status, **changes)
    return Accepted.of([again, *follow_issues([again], event, world)])


def set_severity(
    op: IssueSetSeverity, target_id: UUID, stamp: Stamp, world: World
) -> Accepted | Noop:
    issue, event = _issue(target_id, world)
    ensure_runs(stamp.actor, event, world)
    if issue.severity is op.severity:
        return Noop()
    changed = issue.revise(severity=op.severity)
    return Accepted.of([changed, *follow_issues([changed], event, world)])


def resolved_issue(issue: EventIssue, resolution: str, stamp: Stamp) -> EventIssue:
    """Refuses with `wrong_state` where there is nothing to resolve."""
    return issue.revise(
        status=IssueStatus(step(ISSUE, issue.status, "resolve")),
        resolution=resolution,
        resolved_by=stamp.actor.id,
        resolved_at=stamp.occurred_at,
    )


def follow_issues(
    changed: Iterable[EventIssue], event: EventInstance, world: World
) -> list[Record]:
    """The event once these issues are as they are now; it goes on when none holds it up."""
    before = {issue.id: issue for issue in world.where(EventIssue, event_instance_id=event.id)}
    after = before | {issue.id: issue for issue in changed}
    was, now = (any(i.is_alarming for i in issues.values()) for issues in (before, after))
    if now:
        return follow(event, "report_issue")
    return follow(event, "settle_issue") if was else []


def photos_named(issue: EventIssue, photos: Iterable[NewPhoto]) -> list[IssuePhoto]:
    """The photos of a new issue; the same one named twice is one."""
    named = [_photo(issue, each, at) for at, each in enumerate(photos)]
    return list({photo.id: photo for photo in named}.values())


def photo_id(issue_id: UUID, sha256: str) -> UUID:
    """The same photo of the same issue has one id, however often it is added."""
    return uuid5(issue_id, sha256)


def _take_on(
    verb: str, status: IssueStatus, target_id: UUID, stamp: Stamp, world: World
) -> Accepted | Noop:
    issue, event = _issue(target_id, world)
    ensure_runs(stamp.actor, event, world)
    if issue.status is status:
        return Noop()
    moved = issue.revise(status=IssueStatus(step(ISSUE, issue.status, verb)))
    return Accepted.of([moved.revise(owner_id=stamp.actor.id)])


def _issue(target_id: UUID, world: World) -> tuple[EventIssue, EventInstance]:
    issue = require(world, EventIssue, target_id)
    return issue, require(world, EventInstance, issue.event_instance_id)


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
