"""What a manager should look at. A flag never stops anybody. The codes are wire format."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID


class FlagCode(StrEnum):
    ANSWERED_BEFORE_WITHDRAWAL = "answered_before_withdrawal"
    WORKED_WHILE_CANCELLED = "worked_while_cancelled"
    NO_SHOW_OVERTURNED = "no_show_overturned"
    NO_SHOW_CONTESTED = "no_show_contested"
    MISSING_CHECK_IN = "missing_check_in"
    MISSING_CHECK_OUT = "missing_check_out"
    CORRECTED_BEFORE_PUNCH_ARRIVED = "corrected_before_punch_arrived"
    NOT_ACCEPTED = "not_accepted"
    OUTSIDE_FENCE = "outside_fence"
    OUTSIDE_WINDOW = "outside_window"
    NO_LOCATION = "no_location"
    MOCK_LOCATION = "mock_location"
    CLOCK_UNCERTAIN = "clock_uncertain"
    IMPLAUSIBLE_HOURS = "implausible_hours"
    CUSTODY_DISPUTED = "custody_disputed"
    HAND_OVER_INFERRED = "hand_over_inferred"
    INFERRED_CHECK_OUT = "inferred_check_out"
    KIT_INCOMPLETE = "kit_incomplete"
    KIT_NOT_PREPARED = "kit_not_prepared"
    KIT_SWAPPED = "kit_swapped"
    KIT_UNEXPECTED = "kit_unexpected"
    UNKNOWN_SERIAL = "unknown_serial"


@dataclass(frozen=True)
class Subject:
    """Another row of the operation's table that a flag is about, and that row's event."""

    id: UUID
    event_instance_id: UUID | None


@dataclass(frozen=True)
class Flag:
    """A code and the evidence beside it, as JSON-ready values; about the target, or a subject."""

    code: FlagCode
    evidence: dict[str, Any] = field(default_factory=dict)
    subject: Subject | None = None
