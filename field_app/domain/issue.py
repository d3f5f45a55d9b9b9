"""Issue reports."""

from enum import StrEnum
from typing import Annotated, ClassVar

from sqlalchemy import String
from sqlmodel import Field

from field_app.domain.records import Id, MaybeId, MaybeInstant, Record, TextList


class IssueStatus(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CLOSED = "closed"
    DUPLICATE = "duplicate"


class IssueType(StrEnum):
    PRODUCT = "product"
    EQUIPMENT = "equipment"
    VENUE = "venue"
    STAFFING = "staffing"
    SAFETY = "safety"
    CLIENT_FEEDBACK = "client_feedback"
    OTHER = "other"


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class EventIssue(Record):
    """A problem somebody reported at an event."""

    table: ClassVar[str] = "event_issues"

    event_instance_id: Id
    activity_id: MaybeId = None
    activity_kit_id: MaybeId = None
    reported_by: Id
    issue_type: Annotated[IssueType, Field(sa_type=String)]
    description: str
    severity: Annotated[Severity, Field(sa_type=String)]
    status: Annotated[IssueStatus, Field(sa_type=String)] = IssueStatus.OPEN
    resolution: str | None = None
    resolved_by: MaybeId = None
    resolved_at: MaybeInstant = None
    photo_urls: TextList = None
    created_at: MaybeInstant = None
    updated_at: MaybeInstant = None
    deleted_at: MaybeInstant = None
