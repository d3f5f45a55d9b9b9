"""Something is wrong with a kit, and putting it right."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from field_app.domain.clock import Stamp
from field_app.domain.decision import Accepted, Noop
from field_app.domain.event import ensure_runs
from field_app.domain.issue import EventIssue, Severity
from field_app.domain.issues import NewPhotos
from field_app.domain.kit import KitStatus
from field_app.domain.need import ensure_involved, kit_need
from field_app.domain.returns import issue_id, kit_issue
from field_app.domain.text import Description, Reason
from field_app.domain.transitions import ISSUE, KIT, can_step, step
from field_app.domain.triage import follow_issues, resolved_issue
from field_app.domain.world import World


class KitReportIssue(BaseModel, frozen=True, extra="forbid"):
    """Something is wrong with this kit."""

    kind: Literal["kit.report_issue"] = "kit.report_issue"
    description: Description
    severity: Severity = Severity.MEDIUM
    photos: NewPhotos = ()


class KitResolveIssue(BaseModel, frozen=True, extra="forbid"):
    """It was put right, and this is where the kit is now."""

    kind: Literal["kit.resolve_issue"] = "kit.resolve_issue"
    resolution: Reason
    to_state: Literal["returned", "prepared", "needed"]


def report_issue(
    op: KitReportIssue, target_id: UUID, stamp: Stamp, world: World
) -> Accepted | Noop:
    need, event = kit_need(target_id, world)
    ensure_involved(stamp.actor, need, event, world)
    if world.find(EventIssue, issue_id(stamp.operation_id)) is not None:
        return Noop()
    is_live = can_step(KIT, need.status, "report_issue")
    status = KitStatus.ISSUE_REPORTED if is_live else need.status
    issue = kit_issue(need, event, op.description, op.severity, stamp, op.photos)
    return Accepted.of([need.revise(status=status), *issue])


def resolve_issue(
    op: KitResolveIssue, target_id: UUID, stamp: Stamp, world: World
) -> Accepted | Noop:
    need, event = kit_need(target_id, world)
    ensure_runs(stamp.actor, event, world)
    if need.status == op.to_state:
        return Noop()
    status = KitStatus(step(KIT, need.status, f"resolve_to_{op.to_state}"))
    resolved = need.revise(status=status)
    if status is not KitStatus.RETURNED:
        resolved = resolved.revise(holder_id=None, counts_back=None)
    settled = [
        resolved_issue(issue, op.resolution, stamp)
        for issue in world.where(EventIssue, activity_kit_id=need.id)
        if can_step(ISSUE, issue.status, "resolve")
    ]
    issues = [issue for issue, _ in settled]
    entries = [entry for _, entry in settled]
    return Accepted.of([resolved, *issues, *entries, *follow_issues(issues, event, world)])
