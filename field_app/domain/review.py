"""Review items: flags waiting for a manager."""

from enum import StrEnum
from typing import Annotated, ClassVar

from sqlalchemy import String
from sqlmodel import Field

from field_app.domain.records import Id, Json, MaybeId, MaybeInstant, Record


class ReviewStatus(StrEnum):
    OPEN = "open"
    DECIDED = "decided"


class ReviewItem(Record):
    """One flag that an operation raised, with the evidence beside it."""

    table: ClassVar[str] = "review_items"

    event_instance_id: MaybeId = None
    target_table: str
    target_id: Id
    operation_id: MaybeId = None
    flag: str
    evidence: Json = None
    status: Annotated[ReviewStatus, Field(sa_type=String)] = ReviewStatus.OPEN
    decision: str | None = None
    reason: str | None = None
    decided_by: MaybeId = None
    decided_at: MaybeInstant = None
    created_at: MaybeInstant = None
    updated_at: MaybeInstant = None
