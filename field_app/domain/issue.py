"""Issue reports and the photos that belong to them."""

from enum import StrEnum
from typing import Annotated, ClassVar

from sqlalchemy import String
from sqlmodel import Field

from field_app.domain.records import Id, Instant, MaybeId, MaybeInstant, Record, TextList


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


class PhotoState(StrEnum):
    """What the office has of a photo: nothing yet, the whole picture, one it cannot read, or one
    that was taken away again.
    """

    MISSING = "missing"
    STORED = "stored"
    BAD = "bad"
    REMOVED = "removed"


class IssueAct(StrEnum):
    """What can happen to an issue."""

    REPORT = "report"
    ADD_PHOTO = "add_photo"
    REMOVE_PHOTO = "remove_photo"
    ACKNOWLEDGE = "acknowledge"
    START = "start"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    SET_SEVERITY = "set_severity"


ALARMING = frozenset({Severity.HIGH, Severity.CRITICAL})
SETTLED = frozenset({IssueStatus.RESOLVED, IssueStatus.CLOSED, IssueStatus.DUPLICATE})


class EventIssue(Record):
    """A problem somebody reported at an event. `owner_id` is the manager who took it on."""

    table: ClassVar[str] = "event_issues"

    event_instance_id: Id
    activity_id: MaybeId = None
    activity_kit_id: MaybeId = None
    reported_by: Id
    issue_type: Annotated[IssueType, Field(sa_type=String)]
    description: str
    severity: Annotated[Severity, Field(sa_type=String)]
    owner_id: MaybeId = None
    status: Annotated[IssueStatus, Field(sa_type=String)] = IssueStatus.OPEN
    resolution: str | None = None
    resolved_by: MaybeId = None
    resolved_at: MaybeInstant = None
    photo_urls: TextList = None
    created_at: MaybeInstant = None
    updated_at: MaybeInstant = None
    deleted_at: MaybeInstant = None

    @property
    def is_alarming(self) -> bool:
        """Whether it holds up its event: open, and high or critical."""
        return self.severity in ALARMING and self.status not in SETTLED


class IssuePhoto(Record):
    """A photo that a report names by the SHA-256 of its bytes; the bytes come by themselves."""

    table: ClassVar[str] = "issue_photos"

    issue_id: Id
    event_instance_id: MaybeId = None
    position: int
    sha256: str
    bytes: int | None = None
    state: Annotated[PhotoState, Field(sa_type=String)] = PhotoState.MISSING
    taken_at: MaybeInstant = None
    from_gallery: bool = False
    uploaded_at: MaybeInstant = None
    created_at: MaybeInstant = None
    updated_at: MaybeInstant = None


class IssueEntry(Record):
    """One thing that happened to an issue; never changed. `note` is what was said about it."""

    table: ClassVar[str] = "issue_entries"

    issue_id: Id
    event_instance_id: MaybeId = None
    act: Annotated[IssueAct, Field(sa_type=String)]
    by_id: MaybeId = None
    owner_id: MaybeId = None
    severity: str | None = None
    note: str | None = None
    occurred_at: Instant
    created_at: MaybeInstant = None
    updated_at: MaybeInstant = None
