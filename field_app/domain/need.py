"""A kit that an activity needs: reading it with its event, and who may handle it."""

from uuid import UUID

from field_app.domain.activity import Activity
from field_app.domain.assignment import LIVE, StaffAssignment
from field_app.domain.event import EventInstance, EventTeamMember, runs_event
from field_app.domain.kit import ActivityKit, KitInstance, KitInstanceStatus, KitStatus, KitTemplate
from field_app.domain.person import Actor
from field_app.domain.refusals import Refusal, RefusalCode
from field_app.domain.world import World, require

KIT_HANDLERS = frozenset({"lead", "kit_handler", "kit_desk"})
"""Parts in an event's team that hand kits out for the manager."""

RESERVING = frozenset({KitStatus.ASSIGNED, KitStatus.PREPARED})


def kit_need(target_id: UUID, world: World) -> tuple[ActivityKit, EventInstance]:
    """The need and the event of its activity."""
    need = require(world, ActivityKit, target_id)
    event_id = need.event_instance_id
    if event_id is None:
        event_id = require(world, Activity, need.activity_id).event_instance_id
    return need, require(world, EventInstance, event_id)


def handles_kits(actor: Actor, event: EventInstance, world: World) -> bool:
    """Whether this person hands kits out here: a manager, or whom one has put in charge of it."""
    if runs_event(actor, event, world):
        return True
    team = world.where(EventTeamMember, event_instance_id=event.id, user_id=actor.id)
    shifts = world.where(StaffAssignment, event_instance_id=event.id, user_id=actor.id)
    parts = [member.role for member in team] + [s.role for s in shifts if s.status in LIVE]
    return any(part in KIT_HANDLERS for part in parts)


def works_at(actor: Actor, event: EventInstance, world: World) -> bool:
    """Whether this person has anything to do with the event."""
    if runs_event(actor, event, world):
        return True
    where = {"event_instance_id": event.id, "user_id": actor.id}
    return bool(world.where(EventTeamMember, **where) or world.where(StaffAssignment, **where))


def ensure_handles_kits(actor: Actor, event: EventInstance, world: World) -> None:
    if not handles_kits(actor, event, world):
        raise Refusal(RefusalCode.NOT_YOURS)


def ensure_involved(actor: Actor, need: ActivityKit, event: EventInstance, world: World) -> None:
    """Whoever holds the kit or works at its event may bring it back or report on it."""
    is_holder = actor.id in {need.holder_id, need.checked_out_by}
    if not is_holder and not works_at(actor, event, world):
        raise Refusal(RefusalCode.NOT_YOURS)


def template_of(
    need: ActivityKit, instance: KitInstance | None, world: World
) -> KitTemplate | None:
    template_id = need.kit_template_id or (instance.template_id if instance else None)
    return world.find(KitTemplate, template_id) if template_id else None


def is_reserved(instance: KitInstance, world: World, besides: UUID | None = None) -> bool:
    """Whether an activity other than `besides` has this kit reserved."""
    needs = world.where(ActivityKit, kit_instance_id=instance.id)
    return any(need.status in RESERVING and need.id != besides for need in needs)


def free_status(
    instance: KitInstance, world: World, besides: UUID | None = None
) -> KitInstanceStatus:
    """What a kit in the store is: reserved for somebody, or available."""
    is_kept = is_reserved(instance, world, besides)
    return KitInstanceStatus.RESERVED if is_kept else KitInstanceStatus.AVAILABLE
