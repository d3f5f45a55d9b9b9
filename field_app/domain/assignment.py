"""Staff assignments: a person's shift, from offer to answer. Attendance is in attendance.py."""

from enum import StrEnum
from typing import Annotated, ClassVar, Final

from sqlalchemy import String
from sqlmodel import Field

from field_app.domain.records import Hours, Id, Json, MaybeId, MaybeInstant, Record


class AssignmentStatus(StrEnum):
    ASSIGNED = "assigned"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CHECKED_IN = "checked_in"
    CHECKED_OUT = "checked_out"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"


class CancelReason(StrEnum):
    OFFER_WITHDRAWN = "offer_withdrawn"
    OFFER_EXPIRED = "offer_expired"
    SLOT_FILLED = "slot_filled"
    EVENT_CANCELLED = "event_cancelled"
    REPLACED = "replaced"
    AGENT_DROPPED = "agent_dropped"
    CANCELLED_BY_MANAGER = "cancelled_by_manager"


class RejectReason(StrEnum):
    NOT_AVAILABLE = "not_available"
    TOO_FAR = "too_far"
    PAY = "pay"
    OTHER = "other"


LIVE: Final = frozenset(
    {
        AssignmentStatus.ASSIGNED,
        AssignmentStatus.OFFERED,
        AssignmentStatus.ACCEPTED,
        AssignmentStatus.CHECKED_IN,
        AssignmentStatus.CHECKED_OUT,
        AssignmentStatus.NO_SHOW,
    }
)


class StaffAssignment(Record):
    """One person's shift at one event.

    `check_in_time` and `check_out_time` are the current answer; every punch behind them is
    an audit entry. `status_at` is when the present status came to be (`occurred_at`).
    `claimed_start` is what the person says after a check-out without a check-in.
    """

    table: ClassVar[str] = "staff_assignments"

    event_instance_id: Id
    activity_id: MaybeId = None
    user_id: Id
    role: str
    status: Annotated[AssignmentStatus, Field(sa_type=String)] = AssignmentStatus.ASSIGNED
    status_at: MaybeInstant = None
    expires_at: MaybeInstant = None
    cancel_reason: str | None = None
    reject_reason: str | None = None
    check_in_time: MaybeInstant = None
    check_out_time: MaybeInstant = None
    claimed_start: MaybeInstant = None
    times_corrected_at: MaybeInstant = None
    location_at_check_in: Json = None
    location_at_check_out: Json = None
    hours_worked: Hours = None
    feedback: str | None = None
    special_instructions: str | None = None
    pay_note: str | None = None
    created_at: MaybeInstant = None
    updated_at: MaybeInstant = None
    deleted_at: MaybeInstant = None
