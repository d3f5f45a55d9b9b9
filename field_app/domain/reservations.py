"""Which kit answers an activity's need: assigning one, taking it back, making it ready."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from field_app.domain import counts
from field_app.domain.clock import Stamp
from field_app.domain.counts import Counts
from field_app.domain.decision import Accepted, Noop
from field_app.domain.event import EventInstance, EventStatus, ensure_open, ensure_runs, follow
from field_app.domain.flags import Flag, FlagCode
from field_app.domain.kit import ActivityKit, KitInstance, KitInstanceStatus, KitStatus
from field_app.domain.need import (
    ensure_handles_kits,
    free_status,
    is_reserved,
    kit_need,
    template_of,
)
from field_app.domain.records import Record
from field_app.domain.refusals import Refusal, RefusalCode
from field_app.domain.transitions import KIT, KIT_INSTANCE, can_step, step
from field_app.domain.world import World, require

OUT_OF_SERVICE = frozenset(
    {KitInstanceStatus.MAINTENANCE, KitInstanceStatus.MISSING, KitInstanceStatus.RETIRED}
)
TAKEN = frozenset({KitStatus.ASSIGNED, KitStatus.PREPARED, KitStatus.CHECKED_OUT})


class KitAssign(BaseModel, frozen=True, extra="forbid"):
    """Reserve a kit for an activity's need."""

    kind: Literal["kit.assign"] = "kit.assign"
    kit_instance_id: UUID


class KitUnassign(BaseModel, frozen=True, extra="forbid"):
    """Free a reserved kit again."""

    kind: Literal["kit.unassign"] = "kit.unassign"


class KitPrepare(BaseModel, frozen=True, extra="forbid"):
    """Say that a reserved kit is packed, and what is in it."""

    kind: Literal["kit.prepare"] = "kit.prepare"
    counts: Counts | None = None


def assign(op: KitAssign, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    need, event = kit_need(target_id, world)
    ensure_runs(stamp.actor, event, world)
    if need.status is KitStatus.ASSIGNED and need.kit_instance_id == op.kit_instance_id:
        return Noop()
    status = KitStatus(step(KIT, need.status, "assign"))
    ensure_open(event)
    instance = require(world, KitInstance, op.kit_instance_id)
    if need.kit_template_id is not None and instance.template_id != need.kit_template_id:
        raise Refusal(RefusalCode.WRONG_KIT)
    _ensure_available(instance, need, event, world)
    reserved = need.revise(status=status, kit_instance_id=instance.id)
    return Accepted.of([reserved, *_reserve(instance), *follow(event, "prepare")])


def unassign(_op: KitUnassign, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    need, event = kit_need(target_id, world)
    ensure_runs(stamp.actor, event, world)
    if need.status is KitStatus.NEEDED:
        return Noop()
    status = KitStatus(step(KIT, need.status, "unassign"))
    instance = world.find(KitInstance, need.kit_instance_id) if need.kit_instance_id else None
    freed: list[Record] = [need.revise(status=status, **_without_instance(need, instance))]
    is_last = instance is not None and not is_reserved(instance, world, besides=need.id)
    if instance is not None and is_last and instance.status is KitInstanceStatus.RESERVED:
        freed.append(instance.revise(status=free_status(instance, world, besides=need.id)))
    return Accepted.of(freed)


def prepare(op: KitPrepare, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    need, event = kit_need(target_id, world)
    ensure_handles_kits(stamp.actor, event, world)
    if need.status is KitStatus.PREPARED and need.counts_out == op.counts:
        return Noop()
    status = KitStatus(step(KIT, need.status, "prepare"))
    ensure_open(event)
    packed = need.revise(status=status, counts_out=op.counts)
    return Accepted.of([packed], incomplete(packed, world))


def incomplete(need: ActivityKit, world: World) -> list[Flag]:
    """A flag where fewer parts went into a kit than belong in it."""
    instance = world.find(KitInstance, need.kit_instance_id) if need.kit_instance_id else None
    whole = counts.expected(need, template_of(need, instance, world))
    short = counts.short_of(counts.numbers(need.counts_out), whole)
    if not short:
        return []
    return [Flag(FlagCode.KIT_INCOMPLETE, {"missing": [str(each) for each in short]})]


def _ensure_available(
    instance: KitInstance, need: ActivityKit, event: EventInstance, world: World
) -> None:
    """C14: one kit, one place at a time. The database has a constraint for two at once."""
    if instance.status in OUT_OF_SERVICE:
        raise Refusal(RefusalCode.KIT_NOT_AVAILABLE)
    for other in world.where(ActivityKit, kit_instance_id=instance.id):
        if other.id != need.id and other.status in TAKEN and _overlaps(other, event, world):
            raise Refusal(RefusalCode.KIT_NOT_AVAILABLE)


def _overlaps(other: ActivityKit, event: EventInstance, world: World) -> bool:
    elsewhere = world.find(EventInstance, other.event_instance_id or event.id)
    if elsewhere is None or elsewhere.status is EventStatus.CANCELLED:
        return False
    return elsewhere.starts_at < event.ends_at and event.starts_at < elsewhere.ends_at


def _reserve(instance: KitInstance) -> list[Record]:
    if not can_step(KIT_INSTANCE, instance.status, "reserve"):
        return []
    return [instance.revise(status=KitInstanceStatus.RESERVED)]


def _without_instance(need: ActivityKit, instance: KitInstance | None) -> dict[str, object]:
    """A need always says what it needs: where only an instance did, its template takes over."""
    template_id = need.kit_template_id or (instance.template_id if instance else None)
    if template_id is None:
        return {}
    return {"kit_instance_id": None, "kit_template_id": template_id}
