"""What a person may know of. Whatever else they name looks to them as if it did not exist.

The server's scope (`server_stub/scope.py`) says the same in SQL and for a window of time; what it
lets travel is never hidden here.
"""

from collections.abc import Iterable
from typing import Any, Final, TypeVar
from uuid import UUID

from field_app.domain.activity import Activity
from field_app.domain.assignment import StaffAssignment
from field_app.domain.booking import Booking
from field_app.domain.event import EventInstance, EventTeamMember, administers, runs_event
from field_app.domain.kit import ActivityKit, CustodyEntry
from field_app.domain.need import works_at
from field_app.domain.person import Actor, Role, User
from field_app.domain.records import Record
from field_app.domain.refusals import Refusal, RefusalCode
from field_app.domain.review import ReviewItem
from field_app.domain.world import World, require

R = TypeVar("R", bound=Record)

NAMED_IN: Final[dict[str, type[Record]]] = {
    "event_instance_id": EventInstance,
    "activity_id": Activity,
    "activity_kit_id": ActivityKit,
    "user_id": User,
    "to_user_id": User,
    "holder_id": User,
    "owner_id": User,
}
"""What the ids in an operation's fields are ids of. Kits themselves belong to no organization."""


class Without:
    """A world in which these records do not exist."""

    def __init__(self, world: World, hidden: set[UUID]) -> None:
        self._world, self._hidden = world, hidden

    def find(self, kind: type[R], record_id: UUID) -> R | None:
        return None if record_id in self._hidden else self._world.find(kind, record_id)

    def where(self, kind: type[R], **equal: Any) -> list[R]:
        found = self._world.where(kind, **equal)
        return [record for record in found if record.id not in self._hidden]


def unseen(actor: Actor, named: Iterable[tuple[type[Record], UUID]], world: World) -> set[UUID]:
    """Those of the named records that are there, but not for this person."""
    found = (world.find(kind, record_id) for kind, record_id in named)
    return {each.id for each in found if each is not None and not sees(actor, each, world)}


def sees(actor: Actor, record: Record, world: World) -> bool:
    """Whether a device of this person may hold this record. The server itself sees all."""
    if actor.role is Role.SYSTEM:
        return True
    match record:
        case User():
            return _knows(actor, record, world)
        case Booking():
            events = world.where(EventInstance, booking_id=record.id)
            return administers(actor, record, world) or _any_at(actor, events, world)
        case ActivityKit() if _has_handled(actor, record, world):
            return True
        case StaffAssignment() if record.user_id == actor.id:
            return True
    event = _event_of(record, world)
    if event is None:
        return False
    if isinstance(record, StaffAssignment | ReviewItem):
        return runs_event(actor, event, world)
    return works_at(actor, event, world)


def require_person(actor: Actor, user_id: UUID, world: World) -> User:
    """Somebody the actor may know; refuses with `unknown_target` where there is nobody such."""
    user = require(world, User, user_id)
    if not sees(actor, user, world):
        raise Refusal(RefusalCode.UNKNOWN_TARGET)
    return user


def _knows(actor: Actor, user: User, world: World) -> bool:
    """Colleagues, and whoever has a part, or a kit, in an event where the actor has a part too."""
    if user.id == actor.id or user.organization_id == actor.organization_id:
        return True
    shifts = world.where(StaffAssignment, user_id=user.id)
    teams = world.where(EventTeamMember, user_id=user.id)
    ids = {s.event_instance_id for s in shifts} | {m.event_instance_id for m in teams}
    for part in ("holder_id", "from_id", "recorded_by"):
        entries = world.where(CustodyEntry, **{part: user.id})
        ids |= {entry.event_instance_id for entry in entries if entry.event_instance_id}
    found = (world.find(EventInstance, event_id) for event_id in ids)
    shared = [event for event in found if event is not None]
    return _any_at(actor, [*shared, *world.where(EventInstance, field_manager_id=user.id)], world)


def _has_handled(actor: Actor, need: ActivityKit, world: World) -> bool:
    if actor.id in {need.holder_id, need.checked_out_by, need.returned_by}:
        return True
    entries = world.where(CustodyEntry, activity_kit_id=need.id)
    return any(actor.id in {e.from_id, e.holder_id, e.recorded_by} for e in entries)


def _any_at(actor: Actor, events: Iterable[EventInstance], world: World) -> bool:
    return any(works_at(actor, event, world) for event in events)


def _event_of(record: Record, world: World) -> EventInstance | None:
    if isinstance(record, EventInstance):
        return record
    event_id = getattr(record, "event_instance_id", None)
    if event_id is None and isinstance(record, ActivityKit):
        activity = world.find(Activity, record.activity_id)
        event_id = activity.event_instance_id if activity else None
    return world.find(EventInstance, event_id) if event_id else None
