"""A well-formed payload for every kind of operation, and which of its fields name other rows."""

from enum import StrEnum
from typing import Any

from field_app.domain.activity import ActivityStatus
from field_app.domain.assignment import AssignmentStatus
from field_app.domain.booking import BookingStatus
from field_app.domain.event import EventStatus
from field_app.domain.issue import IssueStatus
from field_app.domain.kit import KitStatus
from field_app.domain.operations import TARGETS
from field_app.domain.review import ReviewStatus

PHOTO = {"sha256": "b" * 64, "bytes": 7}
LATER = "2026-11-20T18:00:00Z"

PAYLOADS: dict[str, dict[str, Any]] = {
    "assignment.offer": {"role": "agent"},
    "assignment.withdraw": {"reason": "x"},
    "assignment.accept": {},
    "assignment.reject": {"reason": "pay"},
    "assignment.cancel": {"reason": "x"},
    "assignment.check_in": {},
    "assignment.check_out": {},
    "assignment.no_show": {},
    "assignment.correct_time": {"reason": "x", "check_out_time": LATER},
    "assignment.close": {},
    "kit.assign": {},
    "kit.unassign": {},
    "kit.prepare": {},
    "kit.check_out": {},
    "kit.hand_over": {},
    "kit.return": {},
    "kit.report_issue": {"description": "x"},
    "kit.resolve_issue": {"resolution": "x", "to_state": "needed"},
    "issue.report": {"issue_type": "venue", "description": "x", "severity": "low"},
    "issue.add_photo": {"photo": PHOTO},
    "issue.remove_photo": {"sha256": "b" * 64},
    "issue.acknowledge": {},
    "issue.start": {},
    "issue.resolve": {"resolution": "x"},
    "issue.reopen": {"reason": "x"},
    "issue.set_severity": {"severity": "high"},
    "event.transition": {"to_state": "in_progress"},
    "event.advance": {},
    "activity.transition": {"to_state": "in_progress"},
    "review.decide": {"decision": "noted", "reason": "x"},
    "booking.transition": {"to_state": "approved"},
}
NAMES: dict[str, dict[str, str]] = {
    "assignment.offer": {"event_instance_id": "event_instances", "user_id": "users"},
    "kit.assign": {"kit_instance_id": "kit_instances"},
    "kit.hand_over": {"to_user_id": "users"},
    "issue.report": {"event_instance_id": "event_instances"},
}
"""Fields that a payload needs, and the table of the row that each names."""
MAY_NAME: dict[str, dict[str, str]] = {
    "assignment.offer": {"activity_id": "activities"},
    "kit.check_out": {"holder_id": "users", "kit_instance_id": "kit_instances"},
    "issue.report": {"activity_id": "activities", "activity_kit_id": "activity_kits"},
    "issue.acknowledge": {"owner_id": "users"},
    "review.decide": {"holder_id": "users"},
}
"""Fields that it may have besides."""


STATES: dict[str, list[StrEnum]] = {
    "assignment": [*AssignmentStatus],
    "kit": [*KitStatus],
    "issue": [*IssueStatus],
    "event": [*EventStatus],
    "activity": [*ActivityStatus],
    "review": [*ReviewStatus],
    "booking": [*BookingStatus],
}
"""Of the target, by the first word of a kind."""


def states_of(kind: str) -> list[StrEnum]:
    return STATES[kind.partition(".")[0]]


def table_of(kind: str) -> str:
    return TARGETS[kind.partition(".")[0]]
