"""Following up on issues: whoever runs the event takes them on, and says how they ended."""

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from field_app.domain.clock import Stamp
from field_app.domain.decision import Accepted, Noop
from field_app.domain.event import EventInstance, ensure_runs, follow
from field_app.domain.issue import (
    EventIssue,
    IssueAct,
    IssuePhoto,
    IssueStatus,
    PhotoState,
    Severity,
)
from field_app.domain.issues import NewPhotos, entry_of, next_position, photos_named
from field_app.domain.need import works_at
from field_app.domain.person import Actor
from field_app.domain.records import Record
from field_app.domain.refusals import Refusal, RefusalCode
from field_app.domain.sight import require_person
from field_app.domain.text import Reason
from field_app.domain.transitions import ISSUE, step
from field_app.domain.world import World, require

TAKEN_ON = frozenset({IssueStatus.ACKNOWLEDGED, IssueStatus.IN_PROGRESS})


class IssueAcknowledge(BaseModel, frozen=True, extra="forbid"):
    """Seen. `owner_id` takes care of it; where it is left out, whoever says so."""

    kind: Literal["issue.acknowledge"] = "issue.acknowledge"
    owner_id: UUID | None = None


class IssueStart(BaseModel, frozen=True, extra="forbid"):
    """Being worked on; whoever says so owns it."""

    kind: Literal["issue.start"] = "issue.start"


class IssueResolve(BaseModel, frozen=True, extra="forbid"):
    """It was put right, how, and what it looks like now."""

    kind: Literal["issue.resolve"] = "issue.resolve"
    resolution: Reason
    photos: NewPhotos = ()


class IssueReopen(BaseModel, frozen=True, extra="forbid"):
    """It is not put right after all."""

    kind: Literal["issue.reopen"] = "issue.reopen"
    reason: Reason


class IssueSetSeverity(BaseModel, frozen=True, extra="forbid"):
    """How bad it really is."""

    kind: Literal["issue.set_severity"] = "issue.set_severity"
    severity: Severity


def acknowledge(
    op: IssueAcknowledge, target_id: UUID, stamp: Stamp, world: World
) -> Accepted | Noop:
    """Naming an owner hands on what was taken on before, whatever its state."""
    issue, event = _run_issue(target_id, stamp, world)
    if op.owner_id is None:
        return _take_on(issue, IssueAct.ACKNOWLEDGE, IssueStatus.ACKNOWLEDGED, stamp)
    owner = require_person(stamp.actor, op.owner_id, world)
    actor = Actor(id=owner.id, role=owner.role, organization_id=owner.organization_id)
    if not works_at(actor, event, world):
        raise Refusal(RefusalCode.NOT_A_CHOICE)
    if issue.owner_id == owner.id:
        return Noop()
    status = issue.status
    if status not in TAKEN_ON:
        status = IssueStatus(step(ISSUE, status, "acknowledge"))
    entry = entry_of(issue, IssueAct.ACKNOWLEDGE, stamp, owner_id=owner.id)
    return Accepted.of([issue.revise(status=status, owner_id=owner.id), entry])


def start(_op: IssueStart, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    issue, _ = _run_issue(target_id, stamp, world)
    return _take_on(issue, IssueAct.START, IssueStatus.IN_PROGRESS, stamp)


def resolve(op: IssueResolve, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    issue, event = _issue(target_id, world)
    is_own = issue.reported_by == stamp.actor.id and issue.severity is Severity.LOW
    if not is_own:
        ensure_runs(stamp.actor, event, world)
    if issue.status is IssueStatus.RESOLVED:
        return Noop()
    resolved, entry = resolved_issue(issue, op.resolution, stamp)
    there = world.where(IssuePhoto, issue_id=issue.id)
    known = {photo.id for photo in there if photo.state is not PhotoState.REMOVED}
    photos = photos_named(issue, op.photos, next_position(there))
    added = [photo for photo in photos if photo.id not in known]
    return Accepted.of([resolved, entry, *added, *follow_issues([resolved], event, world)])


def reopen(op: IssueReopen, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    issue, event = _issue(target_id, world)
    if stamp.actor.id != issue.reported_by:
        ensure_runs(stamp.actor, event, world)
    if issue.status is IssueStatus.OPEN:
        return Noop()
    status = IssueStatus(step(ISSUE, issue.status, "reopen"))
    changes = {"resolution": None, "resolved_by": None, "resolved_at": None}
    again = issue.revise(status=status, **changes)
    entry = entry_of(issue, IssueAct.REOPEN, stamp, note=op.reason)
    return Accepted.of([again, entry, *follow_issues([again], event, world)])


def set_severity(
    op: IssueSetSeverity, target_id: UUID, stamp: Stamp, world: World
) -> Accepted | Noop:
    issue, event = _run_issue(target_id, stamp, world)
    if issue.severity is op.severity:
        return Noop()
    changed = issue.revise(severity=op.severity)
    entry = entry_of(issue, IssueAct.SET_SEVERITY, stamp, severity=op.severity)
    return Accepted.of([changed, entry, *follow_issues([changed], event, world)])


def resolved_issue(issue: EventIssue, resolution: str, stamp: Stamp) -> tuple[EventIssue, Record]:
    """With its entry. Refuses with `wrong_state` where there is nothing to resolve."""
    resolved = issue.revise(
        status=IssueStatus(step(ISSUE, issue.status, "resolve")),
        resolution=resolution,
        resolved_by=stamp.actor.id,
        resolved_at=stamp.occurred_at,
    )
    return resolved, entry_of(issue, IssueAct.RESOLVE, stamp, note=resolution)


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


def _take_on(
    issue: EventIssue, act: IssueAct, status: IssueStatus, stamp: Stamp
) -> Accepted | Noop:
    if issue.status is status:
        return Noop()
    moved = issue.revise(status=IssueStatus(step(ISSUE, issue.status, act)))
    entry = entry_of(issue, act, stamp, owner_id=stamp.actor.id)
    return Accepted.of([moved.revise(owner_id=stamp.actor.id), entry])


def _run_issue(target_id: UUID, stamp: Stamp, world: World) -> tuple[EventIssue, EventInstance]:
    issue, event = _issue(target_id, world)
    ensure_runs(stamp.actor, event, world)
    return issue, event


def _issue(target_id: UUID, world: World) -> tuple[EventIssue, EventInstance]:
    issue = require(world, EventIssue, target_id)
    return issue, require(world, EventInstance, issue.event_instance_id)
