"""The audit entries behind the demo's shifts: how each came to be as it is."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

from field_app.domain.assignment import AssignmentStatus, StaffAssignment
from field_app.domain.event import EventInstance
from field_app.domain.flags import FlagCode
from field_app.domain.records import format_instant
from field_app.domain.review import ReviewItem
from field_app.domain.transitions import ASSIGNMENT, step
from server_stub.demo.people import demo_id
from server_stub.demo.stories import Book

LIFE: Final = {
    AssignmentStatus.OFFERED: ("offer",),
    AssignmentStatus.ACCEPTED: ("offer", "accept"),
    AssignmentStatus.CHECKED_IN: ("offer", "accept", "check_in"),
    AssignmentStatus.CHECKED_OUT: ("offer", "accept", "check_in", "check_out"),
    AssignmentStatus.NO_SHOW: ("offer", "accept", "no_show"),
    AssignmentStatus.CANCELLED: ("offer", "withdraw"),
}
OVERTURNED: Final = ("offer", "accept", "no_show", "check_in", "check_out")
BY_THE_PERSON: Final = {"accept", "check_in", "check_out"}


def audit_entries(book: Book, now: dt.datetime) -> Iterator[dict[str, Any]]:
    overturned = {
        r.target_id
        for r in book.values()
        if isinstance(r, ReviewItem) and r.flag == FlagCode.NO_SHOW_OVERTURNED
    }
    for shift in [r for r in book.values() if isinstance(r, StaffAssignment)]:
        event = book[shift.event_instance_id]
        assert isinstance(event, EventInstance)
        life = OVERTURNED if shift.id in overturned else LIFE.get(shift.status, ())
        yield from _entries(shift, event, life, now)


def _entries(
    shift: StaffAssignment, event: EventInstance, life: tuple[str, ...], now: dt.datetime
) -> Iterator[dict[str, Any]]:
    before = AssignmentStatus.ASSIGNED.value
    for verb in life:
        after = step(ASSIGNMENT, before, verb)
        at, location = _moment_and_place(verb, shift, event, now)
        heard_at = (location or {}).get("received_at", format_instant(at))
        yield {
            "id": str(demo_id("audit", shift.id, verb)),
            "operation_id": str(demo_id("operation", shift.id, verb)),
            "table_name": StaffAssignment.table,
            "record_id": str(shift.id),
            "event_instance_id": str(event.id),
            "kind": f"assignment.{verb}",
            "from_state": before,
            "to_state": after,
            "actor_id": str(shift.user_id if verb in BY_THE_PERSON else event.field_manager_id),
            "details": {"location": location} if location else {},
            "occurred_at": format_instant(at),
            "received_at": heard_at,
            "created_at": heard_at,
        }
        before = after


def _moment_and_place(
    verb: str, shift: StaffAssignment, event: EventInstance, now: dt.datetime
) -> tuple[dt.datetime, dict[str, Any] | None]:
    planned = min(event.starts_at, now)
    moments = {
        "offer": planned - dt.timedelta(days=2),
        "accept": planned - dt.timedelta(days=1),
        "check_in": shift.check_in_time,
        "check_out": shift.check_out_time,
        "no_show": event.starts_at + dt.timedelta(minutes=30),
    }
    places = {"check_in": shift.location_at_check_in, "check_out": shift.location_at_check_out}
    return moments.get(verb) or shift.status_at or now, places.get(verb)
