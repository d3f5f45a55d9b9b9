"""Moving a booking on. Only the office does, never a device: approving makes events there."""

from typing import Final, Literal
from uuid import UUID

from pydantic import BaseModel

from field_app.domain.booking import Booking, BookingStatus
from field_app.domain.clock import OFFICE, Stamp
from field_app.domain.decision import Accepted, Noop
from field_app.domain.event import OVER, EventInstance, EventStatus, administers
from field_app.domain.records import Record
from field_app.domain.refusals import Refusal, RefusalCode
from field_app.domain.running import call_off
from field_app.domain.text import Reason
from field_app.domain.transitions import BOOKING, EVENT, step, verb_between
from field_app.domain.world import World, require

WITH_A_REASON: Final = frozenset({"cancel", "reject", "request_changes", "reopen"})
AHEAD: Final = frozenset({EventStatus.SCHEDULED, EventStatus.PREPARATION})
DONE: Final = OVER | {EventStatus.CANCELLED}


class BookingTransition(BaseModel, frozen=True, extra="forbid"):
    """Submit, approve, reject, send back, cancel, complete or reopen a booking."""

    kind: Literal["booking.transition"] = "booking.transition"
    to_state: BookingStatus
    reason: Reason | None = None


def move_booking(
    op: BookingTransition, target_id: UUID, stamp: Stamp, world: World
) -> Accepted | Noop:
    """Cancelling calls off what has not begun; what was worked stays as it is."""
    booking = require(world, Booking, target_id)
    if stamp.device_id != OFFICE or not administers(stamp.actor, booking, world):
        raise Refusal(RefusalCode.NOT_ALLOWED)
    if booking.status is op.to_state:
        return Noop()
    verb = verb_between(BOOKING, booking.status, op.to_state)
    if verb in WITH_A_REASON and op.reason is None:
        raise Refusal(RefusalCode.REASON_NEEDED)
    events = world.where(EventInstance, booking_id=booking.id)
    if verb == "complete" and any(event.status not in DONE for event in events):
        raise Refusal(RefusalCode.EVENTS_OPEN)
    moved = booking.revise(status=op.to_state)
    if verb == "approve":
        moved = moved.revise(approved_by=stamp.actor.id, approved_at=stamp.occurred_at)
    return Accepted.of([moved, *(_call_off(events, stamp, world) if verb == "cancel" else [])])


def _call_off(events: list[EventInstance], stamp: Stamp, world: World) -> list[Record]:
    records: list[Record] = []
    for event in events:
        if event.status in AHEAD and event.starts_at > stamp.occurred_at:
            status = EventStatus(step(EVENT, event.status, "cancel"))
            records += [event.revise(status=status), *call_off(event, stamp, world)]
    return records
