"""Event instances, their team and the log of their states."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, ClassVar

from sqlalchemy import String
from sqlmodel import Field

from field_app.domain.booking import Booking
from field_app.domain.person import Actor, Organization, Role
from field_app.domain.records import Id, Instant, MaybeId, MaybeInstant, Record
from field_app.domain.refusals import Refusal, RefusalCode
from field_app.domain.transitions import EVENT, can_step
from field_app.domain.world import World


class EventStatus(StrEnum):
    SCHEDULED = "scheduled"
    PREPARATION = "preparation"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    ISSUE_REPORTED = "issue_reported"
    POST_PROCESSING = "post_processing"


OVER = frozenset({EventStatus.COMPLETED, EventStatus.POST_PROCESSING})


class EventInstance(Record):
    """One occurrence of a booking.

    `date`, `start_time` and `end_time` are the venue's wall clock, as the seed has them;
    `starts_at` and `ends_at` are the same shift as instants, overnight and DST included.
    """

    table: ClassVar[str] = "event_instances"

    booking_id: Id
    date: dt.date
    start_time: dt.time
    end_time: dt.time
    starts_at: Instant
    ends_at: Instant
    location_id: MaybeId = None
    status: Annotated[EventStatus, Field(sa_type=String)] = EventStatus.SCHEDULED
    field_manager_id: MaybeId = None
    preparation_status: str | None = None
    check_in_required: bool | None = True
    notes: str | None = None
    special_instructions: str | None = None
    occurrence_key: str | None = None
    created_at: MaybeInstant = None
    updated_at: MaybeInstant = None
    deleted_at: MaybeInstant = None


class EventTeamMember(Record):
    """A person's part in an event, beside any shift they hold."""

    table: ClassVar[str] = "event_team_members"

    event_instance_id: Id
    user_id: Id
    role: str
    created_at: MaybeInstant = None
    updated_at: MaybeInstant = None


class EventStateTransition(Record):
    """One line of an event's log, written by the server for every change of state.

    The table's `metadata` column stays out: SQLModel keeps that attribute for itself.
    """

    table: ClassVar[str] = "event_state_transitions"

    event_instance_id: Id
    from_state: str
    to_state: str
    changed_by_id: MaybeId = None
    reason: str | None = None
    created_at: MaybeInstant = None


def runs_event(actor: Actor, event: EventInstance, world: World) -> bool:
    """Whether this person manages this event.

    A field manager where they are its manager or on its team as one; an internal admin
    over the bookings of their own organization, or over all when theirs is the agency.
    """
    if actor.role is Role.INTERNAL_ADMIN:
        return administers(actor, world.find(Booking, event.booking_id), world)
    if actor.role is not Role.FIELD_MANAGER:
        return False
    if event.field_manager_id == actor.id:
        return True
    team = world.where(EventTeamMember, event_instance_id=event.id, user_id=actor.id)
    return any(member.role == Role.FIELD_MANAGER for member in team)


def administers(actor: Actor, booking: Booking | None, world: World) -> bool:
    """Whether this is an internal admin of the booking's organization, or of the agency."""
    if actor.role is not Role.INTERNAL_ADMIN or actor.organization_id is None:
        return False
    own = world.find(Organization, actor.organization_id)
    if own is not None and own.is_internal:
        return True
    return booking is not None and booking.organization_id == actor.organization_id


def ensure_runs(actor: Actor, event: EventInstance, world: World) -> None:
    """Refuses with `not_allowed` anyone who does not manage the event."""
    if not runs_event(actor, event, world):
        raise Refusal(RefusalCode.NOT_ALLOWED)


def ensure_open(event: EventInstance) -> None:
    """Refuses when the event was cancelled or is over."""
    if event.status is EventStatus.CANCELLED:
        raise Refusal(RefusalCode.EVENT_CANCELLED)
    if event.status in OVER:
        raise Refusal(RefusalCode.EVENT_OVER)


def follow(event: EventInstance, verb: str) -> list[Record]:
    """The event after something on it happened; unchanged (no record) where the verb does not fit.

    The system's own transitions: `prepare` on the first acceptance, `start` on the first check-in.
    """
    if not can_step(EVENT, event.status, verb):
        return []
    return [event.revise(status=EventStatus(EVENT[event.status, verb]))]
