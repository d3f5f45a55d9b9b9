"""What follows from a return: missing parts become an issue, what was used a metric."""

from collections.abc import Iterable
from uuid import UUID, uuid5

from field_app.domain import counts
from field_app.domain.activity import Activity
from field_app.domain.clock import Stamp
from field_app.domain.event import EventInstance, follow
from field_app.domain.issue import ALARMING, EventIssue, IssueAct, IssueType, Severity
from field_app.domain.issues import NewPhoto, entry_of, photos_named
from field_app.domain.kit import ActivityKit, Condition, KitInstance
from field_app.domain.need import template_of
from field_app.domain.records import Record
from field_app.domain.world import World


def follow_return(
    condition: Condition,
    notes: str | None,
    before: ActivityKit,
    back: ActivityKit,
    event: EventInstance,
    stamp: Stamp,
    world: World,
    photos: Iterable[NewPhoto] = (),
) -> list[Record]:
    """The records beside the need itself."""
    instance = world.find(KitInstance, back.kit_instance_id) if back.kit_instance_id else None
    template = template_of(before, instance, world)
    came_back = counts.numbers(back.counts_back)
    missing = counts.missing_at_return(before, template, came_back)
    records: list[Record] = []
    name = instance.serial_number if instance else (template.name if template else "A kit")
    photos = list(photos)
    if sentence := _complaint(name, missing, condition, notes):
        records += kit_issue(back, event, sentence, Severity.MEDIUM, stamp, photos)
    elif photos:
        records += kit_issue(back, event, f"Photos of {name}.", Severity.LOW, stamp, photos)
    usage = counts.used(before, template, came_back)
    activity = world.find(Activity, back.activity_id)
    if usage and activity is not None and before.counts_back is None:
        records.append(counts.add_metrics(activity, usage))
    return records


def kit_issue(
    need: ActivityKit,
    event: EventInstance,
    description: str,
    severity: Severity,
    stamp: Stamp,
    photos: Iterable[NewPhoto] = (),
) -> list[Record]:
    """An open issue about a kit with its photos, and the event as it stands with it."""
    issue = EventIssue(
        id=issue_id(stamp.operation_id),
        event_instance_id=event.id,
        activity_id=need.activity_id,
        activity_kit_id=need.id,
        reported_by=stamp.actor.id,
        issue_type=IssueType.EQUIPMENT,
        description=description,
        severity=severity,
        created_at=stamp.occurred_at,
    )
    moved = follow(event, "report_issue") if severity in ALARMING else []
    entry = entry_of(issue, IssueAct.REPORT, stamp)
    return [issue, *photos_named(issue, photos), entry, *moved]


def issue_id(operation_id: UUID) -> UUID:
    """The id of the issue that an operation opens by itself."""
    return uuid5(operation_id, "issue")


def _complaint(
    name: str, missing: Iterable[counts.Shortage], condition: Condition, notes: str | None
) -> str | None:
    parts = []
    if short := ", ".join(str(each) for each in missing):
        parts.append(f"{name} came back without {short}.")
    if condition is Condition.DAMAGED:
        parts.append(f"{name} came back damaged.")
    if parts and notes:
        parts.append(notes)
    return " ".join(parts) or None
