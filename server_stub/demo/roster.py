"""Who works at the demo's events, what they did there, and the kits they had."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from field_app.domain.activity import Activity, ActivityStatus
from field_app.domain.assignment import AssignmentStatus, StaffAssignment
from field_app.domain.event import (
    EventInstance,
    EventStateTransition,
    EventStatus,
    EventTeamMember,
)
from field_app.domain.geofence import Fix, distance_m, fence_of, fence_verdict
from field_app.domain.kit import ActivityKit, Condition, KitStatus
from field_app.domain.records import Record, format_instant
from server_stub.demo import kits
from server_stub.demo.people import ANA, JALEN, SOFIA, demo_id, person_id
from server_stub.demo.places import places
from server_stub.demo.series import Series

STAFFED_AHEAD: Final = dt.timedelta(days=8)
METRES_PER_DEGREE: Final = 111_040
"""Of latitude, in New York; near enough to place somebody about so far from a venue."""

STATES_BEHIND: Final = {
    EventStatus.SCHEDULED: ("none", "scheduled"),
    EventStatus.PREPARATION: ("none", "scheduled", "preparation"),
    EventStatus.IN_PROGRESS: ("none", "scheduled", "preparation", "in_progress"),
    EventStatus.COMPLETED: ("none", "scheduled", "preparation", "in_progress", "completed"),
}


def status_at(event: EventInstance, now: dt.datetime) -> EventStatus:
    if event.ends_at <= now:
        return EventStatus.COMPLETED
    if event.starts_at <= now:
        return EventStatus.IN_PROGRESS
    is_soon = event.starts_at - now < STAFFED_AHEAD
    return EventStatus.PREPARATION if is_soon else EventStatus.SCHEDULED


def event_records(series: Series, event: EventInstance, now: dt.datetime) -> Iterator[Record]:
    """The event as it stands now, its log, team, activity, kits and shifts; parents first."""
    event = event.revise(status=status_at(event, now))
    yield event
    yield from _log(event, now)
    yield EventTeamMember(
        id=demo_id("team", event.id, series.manager),
        event_instance_id=event.id,
        user_id=person_id(series.manager),
        role="field_manager",
    )
    yield _activity(series, event)
    yield _kit(series, event)
    if event.status is not EventStatus.SCHEDULED:
        for number, name in enumerate(series.crew):
            yield shift(event, name, "lead" if number == 0 else "brand_agent", now)


def shift(event: EventInstance, name: str, role: str, now: dt.datetime) -> StaffAssignment:
    """A person's shift as it ordinarily stands at this stage of the event."""
    offer = StaffAssignment(
        id=demo_id("shift", event.id, name),
        event_instance_id=event.id,
        activity_id=activity_id(event),
        user_id=person_id(name),
        role=role,
        status=AssignmentStatus.OFFERED,
        status_at=now - dt.timedelta(hours=20),
        expires_at=event.starts_at - dt.timedelta(hours=2),
        pay_note="28 USD an hour" if role == "lead" else "24 USD an hour",
    )
    match event.status:
        case EventStatus.COMPLETED:
            return worked(offer, event)
        case EventStatus.IN_PROGRESS:
            return arrived(offer, event)
    if name in {ANA, JALEN}:
        return offer
    if name == SOFIA:
        return offer.revise(status=AssignmentStatus.ASSIGNED, expires_at=None)
    return accepted(offer)


def accepted(offer: StaffAssignment) -> StaffAssignment:
    return offer.revise(status=AssignmentStatus.ACCEPTED, expires_at=None)


def arrived(offer: StaffAssignment, event: EventInstance, away_m: int = 30) -> StaffAssignment:
    """The shift after a check-in some minutes before the start, so many metres from the pin."""
    at = event.starts_at - dt.timedelta(minutes=3 + offer.id.int % 9)
    return accepted(offer).revise(
        status=AssignmentStatus.CHECKED_IN,
        status_at=at,
        check_in_time=at,
        location_at_check_in=proof(at, offer, event, away_m),
    )


def worked(offer: StaffAssignment, event: EventInstance) -> StaffAssignment:
    leaves_at = event.ends_at + dt.timedelta(minutes=offer.id.int % 11)
    return left(arrived(offer, event), event, leaves_at)


def left(shift: StaffAssignment, event: EventInstance, at: dt.datetime) -> StaffAssignment:
    """The shift after a check-out."""
    worked_for = at - (shift.check_in_time or at)
    return shift.revise(
        status=AssignmentStatus.CHECKED_OUT,
        status_at=at,
        check_out_time=at,
        location_at_check_out=proof(at, shift, event),
        hours_worked=Decimal(round(worked_for.total_seconds() / 36)) / 100,
    )


def proof(
    at: dt.datetime, shift: StaffAssignment, event: EventInstance, away_m: int = 30
) -> dict[str, Any]:
    """The evidence of a punch so many metres from the pin, as a well-set phone sends it."""
    fence = fence_of(places()[event.location_id])
    assert fence is not None
    fix = Fix(
        latitude=round(fence.latitude + away_m / METRES_PER_DEGREE, 6),
        longitude=fence.longitude,
        accuracy_m=12,
        captured_at=at,
        provider="fused",
    )
    moment = format_instant(at)
    return fix.model_dump(mode="json") | {
        "captured_at": moment,
        "fix_age_s": 0,
        "verdict": fence_verdict(fix, fence).value,
        "distance_m": round(distance_m(fix, fence), 1),
        "clock": {"device_at": moment, "offset_ms": 0, "grade": "high"},
        "received_at": moment,
        "device_id": str(demo_id("device", shift.user_id)),
    }


def activity_id(event: EventInstance) -> UUID:
    return demo_id("activity", event.id)


def _activity(series: Series, event: EventInstance) -> Activity:
    status = {
        EventStatus.COMPLETED: ActivityStatus.COMPLETED,
        EventStatus.IN_PROGRESS: ActivityStatus.IN_PROGRESS,
        EventStatus.PREPARATION: ActivityStatus.ASSIGNED,
    }.get(event.status, ActivityStatus.PLANNED)
    length = event.ends_at - event.starts_at
    return Activity(
        id=activity_id(event),
        type="sampling",
        title=series.activity,
        event_instance_id=event.id,
        status=status,
        instructions=series.instructions or None,
        duration=round(length.total_seconds() / 60),
        kit_template_id=kits.template_id(series.kit),
        status_at=event.ends_at if event.status is EventStatus.COMPLETED else None,
        target_metrics={name: used + 24 for name, used in kits.metrics(series.kit).items()},
        actual_metrics=_counted(series, event),
    )


def _counted(series: Series, event: EventInstance) -> dict[str, int] | None:
    """What was used up: all at the end, about half in the middle of an event."""
    share = {EventStatus.COMPLETED: 1.0, EventStatus.IN_PROGRESS: 0.45}.get(event.status)
    if share is None:
        return None
    return {name: round(used * share) for name, used in kits.metrics(series.kit).items()}


def _kit(series: Series, event: EventInstance) -> ActivityKit:
    serials = kits.serial_numbers(series.kit)
    need = ActivityKit(
        id=demo_id("kit of", event.id),
        event_instance_id=event.id,
        activity_id=activity_id(event),
        kit_template_id=kits.template_id(series.kit),
    )
    chosen = need.revise(
        kit_instance_id=kits.instance_id(serials[event.date.toordinal() % 2]),
        status=KitStatus.ASSIGNED,
    )
    out = chosen.revise(
        status=KitStatus.CHECKED_OUT,
        checked_out_by=person_id(series.manager),
        checked_out_at=event.starts_at - dt.timedelta(minutes=30),
        holder_id=person_id(series.manager),
        counts_out=kits.whole(series.kit),
    )
    match event.status:
        case EventStatus.COMPLETED:
            return out.revise(
                status=KitStatus.RETURNED,
                returned_by=person_id(series.manager),
                returned_at=event.ends_at + dt.timedelta(minutes=25),
                holder_id=None,
                counts_back=kits.whole(series.kit, is_used=True),
                condition=Condition.GOOD.value,
            )
        case EventStatus.IN_PROGRESS:
            return out
        case EventStatus.PREPARATION:
            return chosen
    return need


def _log(event: EventInstance, now: dt.datetime) -> Iterator[EventStateTransition]:
    states = STATES_BEHIND[event.status]
    moments = {
        "scheduled": event.starts_at - dt.timedelta(days=21),
        "preparation": event.starts_at - dt.timedelta(days=3),
        "in_progress": event.starts_at - dt.timedelta(minutes=5),
        "completed": event.ends_at + dt.timedelta(minutes=15),
    }
    for before, after in pairwise(states):
        yield EventStateTransition(
            id=demo_id("transition", event.id, after),
            event_instance_id=event.id,
            from_state=before,
            to_state=after,
            changed_by_id=event.field_manager_id,
            created_at=min(moments[after], now),
        )
