"""Why an operation can be refused. The codes are wire format: add, never rename."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from field_app.domain.flags import Flag


class RefusalCode(StrEnum):
    UNKNOWN_KIND = "unknown_kind"
    MALFORMED = "malformed"
    OPERATION_ID_REUSED = "operation_id_reused"
    DEPENDS_ON_REFUSED = "depends_on_refused"
    UNKNOWN_TARGET = "unknown_target"
    NOT_YOURS = "not_yours"
    NOT_ALLOWED = "not_allowed"
    WRONG_STATE = "wrong_state"
    OFFER_WITHDRAWN = "offer_withdrawn"
    OFFER_EXPIRED = "offer_expired"
    SLOT_FILLED = "slot_filled"
    EVENT_CANCELLED = "event_cancelled"
    REPLACED = "replaced"
    AGENT_DROPPED = "agent_dropped"
    CANCELLED_BY_MANAGER = "cancelled_by_manager"
    EVENT_OVER = "event_over"
    TOO_EARLY = "too_early"
    ALREADY_BOOKED = "already_booked"
    TIMES_OUT_OF_ORDER = "times_out_of_order"
    KIT_NOT_AVAILABLE = "kit_not_available"
    WRONG_KIT = "wrong_kit"
    REASON_NEEDED = "reason_needed"
    TOO_LATE = "too_late"
    ALREADY_DECIDED = "already_decided"
    NOT_A_CHOICE = "not_a_choice"
    REFUSED_BY_OFFICE = "refused_by_office"
    EVENTS_OPEN = "events_open"
    OWN_TIMES = "own_times"


SENTENCES: Final[Mapping[RefusalCode, str]] = {
    RefusalCode.UNKNOWN_KIND: "The server does not know this kind of operation yet.",
    RefusalCode.MALFORMED: "The server could not read this operation.",
    RefusalCode.OPERATION_ID_REUSED: "Another operation was already sent under the same id.",
    RefusalCode.DEPENDS_ON_REFUSED: "This builds on an earlier step that was refused.",
    RefusalCode.UNKNOWN_TARGET: "This no longer exists, or you can no longer see it.",
    RefusalCode.NOT_YOURS: "This belongs to somebody else.",
    RefusalCode.NOT_ALLOWED: "Your role does not allow this here.",
    RefusalCode.WRONG_STATE: "It has moved on since, so this step is not possible any more.",
    RefusalCode.OFFER_WITHDRAWN: "The offer was withdrawn. You are not booked.",
    RefusalCode.OFFER_EXPIRED: "The offer had expired. You are not booked.",
    RefusalCode.SLOT_FILLED: "The place was filled by somebody else. You are not booked.",
    RefusalCode.EVENT_CANCELLED: "The event was cancelled.",
    RefusalCode.REPLACED: "Somebody else was booked for this shift instead.",
    RefusalCode.AGENT_DROPPED: "You had already cancelled this shift.",
    RefusalCode.CANCELLED_BY_MANAGER: "A manager had cancelled this shift. You are not booked.",
    RefusalCode.EVENT_OVER: "The event is already over.",
    RefusalCode.TOO_EARLY: "A no-show can be marked from 30 minutes after the start.",
    RefusalCode.ALREADY_BOOKED: "This person already has this shift.",
    RefusalCode.TIMES_OUT_OF_ORDER: "The check-out would lie before the check-in.",
    RefusalCode.KIT_NOT_AVAILABLE: "This kit is taken at that time, or out of service.",
    RefusalCode.WRONG_KIT: "This is another kind of kit than the one that is needed.",
    RefusalCode.REASON_NEEDED: "This step needs a reason.",
    RefusalCode.TOO_LATE: "It is too late for this step.",
    RefusalCode.ALREADY_DECIDED: "Somebody else has already decided this.",
    RefusalCode.NOT_A_CHOICE: "This decision does not fit what happened.",
    RefusalCode.REFUSED_BY_OFFICE: "The office looked at it and did not take it.",
    RefusalCode.EVENTS_OPEN: "Some of its events are not over yet.",
    RefusalCode.OWN_TIMES: "Somebody else has to decide about your own times.",
}


class Refusal(Exception):
    """Raised by a rule; `decide()` turns it into the decision `Refused`."""

    def __init__(self, code: RefusalCode, *flags: Flag) -> None:
        super().__init__(code)
        self.code = code
        self.flags = flags
