"""What a manager should look at. A flag never stops anybody. The codes are wire format."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


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


@dataclass(frozen=True)
class Flag:
    """A code and the evidence beside it, as JSON-ready values."""

    code: FlagCode
    evidence: dict[str, Any] = field(default_factory=dict)
