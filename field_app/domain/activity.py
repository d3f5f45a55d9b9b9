"""Activities: what is done at an event."""

from enum import StrEnum
from typing import Annotated, ClassVar

from sqlalchemy import String
from sqlmodel import Field

from field_app.domain.records import Json, MaybeId, MaybeInstant, Record


class ActivityStatus(StrEnum):
    PLANNED = "planned"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    ISSUE_REPORTED = "issue_reported"
    CANCELLED = "cancelled"


class Activity(Record):
    """One thing to do at an event. `duration` is in minutes; metrics are counters by name."""

    table: ClassVar[str] = "activities"

    type: str
    title: str
    description: str | None = None
    event_instance_id: MaybeId = None
    status: Annotated[ActivityStatus, Field(sa_type=String)] = ActivityStatus.PLANNED
    status_at: MaybeInstant = None
    instructions: str | None = None
    duration: int | None = None
    kit_template_id: MaybeId = None
    preparation_status: str | None = None
    execution_status: str | None = None
    completion_notes: str | None = None
    target_metrics: Json = None
    actual_metrics: Json = None
    created_at: MaybeInstant = None
    updated_at: MaybeInstant = None
    deleted_at: MaybeInstant = None
