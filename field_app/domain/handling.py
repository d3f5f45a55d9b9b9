"""Kits going from hand to hand: check-out, hand-over, return. All three are facts."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from field_app.domain.chain import Chain, custody_entry, in_hand
from field_app.domain.clock import Stamp
from field_app.domain.counts import Counts
from field_app.domain.decision import Accepted, Noop
from field_app.domain.flags import Flag, FlagCode
from field_app.domain.geofence import Fix
from field_app.domain.issues import NewPhotos
from field_app.domain.kit import (
    ActivityKit,
    Condition,
    CustodyAct,
    CustodyEntry,
    Entry,
    KitInstance,
    KitStatus,
)
from field_app.domain.need import ensure_handles_kits, ensure_involved, kit_need
from field_app.domain.reservations import incomplete
from field_app.domain.returns import follow_return
from field_app.domain.sight import require_person
from field_app.domain.text import Line, Paragraph
from field_app.domain.transitions import KIT, can_step
from field_app.domain.world import World, require


class KitCheckOut(BaseModel, frozen=True, extra="forbid"):
    """This kit went out. Without an id it is known by the serial number that was typed.

    `holder_id` has it from now on; left out, it is whoever says so.
    """

    kind: Literal["kit.check_out"] = "kit.check_out"
    kit_instance_id: UUID | None = None
    serial_number: Line | None = None
    holder_id: UUID | None = None
    entry: Entry = Entry.TYPED
    counts: Counts | None = None
    condition: Condition | None = None
    location: Fix | None = None


class KitHandOver(BaseModel, frozen=True, extra="forbid"):
    """Somebody else has the kit now."""

    kind: Literal["kit.hand_over"] = "kit.hand_over"
    to_user_id: UUID
    entry: Entry = Entry.TYPED
    counts: Counts | None = None


class KitReturn(BaseModel, frozen=True, extra="forbid"):
    """The kit is back."""

    kind: Literal["kit.return"] = "kit.return"
    entry: Entry = Entry.TYPED
    counts: Counts | None = None
    condition: Condition = Condition.GOOD
    notes: Paragraph | None = None
    photos: NewPhotos = ()


def check_out(op: KitCheckOut, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    need, event = kit_need(target_id, world)
    ensure_handles_kits(stamp.actor, event, world)
    holder_id = stamp.actor.id
    if op.holder_id is not None:
        holder_id = require_person(stamp.actor, op.holder_id, world).id
    instance = _instance_meant(op, need, world)
    if _is_known(stamp, world) or _is_out_with(need, instance, holder_id):
        return Noop()
    flags = _odd_about_check_out(op, need, instance)
    out, unexpected = _take_out(op, need, instance, holder_id, stamp)
    flags += unexpected + incomplete(out, world)
    if instance is None:
        return Accepted.of([out], flags)
    entry = custody_entry(
        CustodyAct.CHECK_OUT,
        out.revise(kit_instance_id=instance.id),
        stamp,
        holder_id=holder_id,
        entry=op.entry,
        counts=op.counts,
        condition=op.condition,
    )
    return Chain.of(instance, world).add(out, [entry], stamp, flags)


def hand_over(op: KitHandOver, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    need, event = kit_need(target_id, world)
    # Whoever gave it away may be a stranger to it now, and says the same once more.
    if _is_known(stamp, world) or (need.status in OUT and need.holder_id == op.to_user_id):
        return Noop()
    ensure_involved(stamp.actor, need, event, world)
    receiver = require_person(stamp.actor, op.to_user_id, world)
    flags: list[Flag] = []
    if need.status is KitStatus.RETURNED:
        flags.append(Flag(FlagCode.KIT_UNEXPECTED, {"status": need.status.value}))
        moved = need
    else:
        taken, flags = _infer_check_out(need, stamp)
        moved = taken.revise(holder_id=receiver.id)
    instance = world.find(KitInstance, need.kit_instance_id) if need.kit_instance_id else None
    if instance is None:
        return Accepted.of([moved], flags)
    chain = Chain.of(instance, world)
    entry = custody_entry(
        CustodyAct.HAND_OVER,
        need,
        stamp,
        from_id=chain.had_by(need, stamp),
        holder_id=receiver.id,
        entry=op.entry,
        counts=op.counts,
    )
    return chain.add(moved, _with_missing_half(need, stamp, entry), stamp, flags)


def give_back(op: KitReturn, target_id: UUID, stamp: Stamp, world: World) -> Accepted | Noop:
    need, event = kit_need(target_id, world)
    instance = world.find(KitInstance, need.kit_instance_id) if need.kit_instance_id else None
    chain = Chain.of(instance, world) if instance else None
    if _is_known(stamp, world) or _is_back(need, chain, stamp):
        return Noop()
    ensure_involved(stamp.actor, need, event, world)
    _, flags = _infer_check_out(need, stamp)
    can_return = can_step(KIT, need.status, "return")
    back = need.revise(
        status=KitStatus.RETURNED if can_return else need.status,
        returned_by=stamp.actor.id,
        returned_at=stamp.occurred_at,
        holder_id=None,
        counts_back=op.counts,
        condition=op.condition.value,
        notes=op.notes or need.notes,
    )
    effects = follow_return(op.condition, op.notes, need, back, event, stamp, world, op.photos)
    if chain is None:
        return Accepted.of([back, *effects], flags)
    entry = custody_entry(
        CustodyAct.RETURN,
        need,
        stamp,
        from_id=chain.had_by(need, stamp),
        entry=op.entry,
        counts=op.counts,
        condition=op.condition,
        notes=op.notes,
    )
    return chain.add(back, _with_missing_half(need, stamp, entry), stamp, flags, effects)


OUT = frozenset({KitStatus.CHECKED_OUT, KitStatus.ISSUE_REPORTED})
NOT_OUT_YET = frozenset({KitStatus.NEEDED, KitStatus.ASSIGNED, KitStatus.PREPARED})


def _instance_meant(op: KitCheckOut, need: ActivityKit, world: World) -> KitInstance | None:
    """By id, by the serial number that was typed, or the one reserved; None where unknown here."""
    if op.kit_instance_id is not None:
        return require(world, KitInstance, op.kit_instance_id)
    if op.serial_number is not None:
        found = world.where(KitInstance, serial_number=op.serial_number.strip().upper())
        return found[0] if found else None
    return world.find(KitInstance, need.kit_instance_id) if need.kit_instance_id else None


def _is_known(stamp: Stamp, world: World) -> bool:
    return world.find(CustodyEntry, in_hand(stamp)) is not None


def _is_back(need: ActivityKit, chain: Chain | None, stamp: Stamp) -> bool:
    """Without a serial number there are no entries, and with a problem the state does not say."""
    is_returned = need.status is KitStatus.RETURNED
    if chain is not None:
        return is_returned and chain.knows_return(need)
    told = (need.returned_by, need.returned_at)
    return is_returned or told == (stamp.actor.id, stamp.occurred_at)


def _is_out_with(need: ActivityKit, instance: KitInstance | None, holder_id: UUID) -> bool:
    is_same = instance is None or need.kit_instance_id == instance.id
    return need.status is KitStatus.CHECKED_OUT and is_same and need.holder_id == holder_id


def _odd_about_check_out(
    op: KitCheckOut, need: ActivityKit, instance: KitInstance | None
) -> list[Flag]:
    flags = []
    if instance is None:
        flags.append(Flag(FlagCode.UNKNOWN_SERIAL, {"serial_number": op.serial_number}))
    elif need.kit_instance_id not in {None, instance.id}:
        evidence = {"planned": str(need.kit_instance_id), "taken": instance.serial_number}
        flags.append(Flag(FlagCode.KIT_SWAPPED, evidence))
    if need.status is KitStatus.ASSIGNED and op.counts is None:
        flags.append(Flag(FlagCode.KIT_NOT_PREPARED))
    return flags


def _take_out(
    op: KitCheckOut,
    need: ActivityKit,
    instance: KitInstance | None,
    holder_id: UUID,
    stamp: Stamp,
) -> tuple[ActivityKit, list[Flag]]:
    """The need with the kit out. One that is back already, or broken, keeps its state."""
    taken = need
    if instance is not None:
        taken = need.revise(
            kit_instance_id=instance.id,
            kit_template_id=instance.template_id or need.kit_template_id,
        )
    if need.status is KitStatus.CHECKED_OUT:
        return taken.revise(holder_id=holder_id), []
    details = {
        "checked_out_by": holder_id,
        "checked_out_at": stamp.occurred_at,
        "counts_out": op.counts or need.counts_out,
    }
    if can_step(KIT, need.status, "check_out"):
        return taken.revise(status=KitStatus.CHECKED_OUT, holder_id=holder_id, **details), []
    if need.returned_at is not None and stamp.occurred_at <= need.returned_at:
        return need.revise(**details), []  # heard of only after the return
    return need, [Flag(FlagCode.KIT_UNEXPECTED, {"status": need.status.value})]


def _infer_check_out(need: ActivityKit, stamp: Stamp) -> tuple[ActivityKit, list[Flag]]:
    """C4: whoever hands over or returns a kit that never went out must have taken it before."""
    if need.status not in NOT_OUT_YET:
        return need, []
    taken = need.revise(
        status=KitStatus.CHECKED_OUT,
        checked_out_by=stamp.actor.id,
        checked_out_at=stamp.occurred_at,
    )
    return taken, [Flag(FlagCode.INFERRED_CHECK_OUT, {"status": need.status.value})]


def _with_missing_half(need: ActivityKit, stamp: Stamp, entry: CustodyEntry) -> list[CustodyEntry]:
    if need.status not in NOT_OUT_YET:
        return [entry]
    missing = custody_entry(
        CustodyAct.CHECK_OUT, need, stamp, holder_id=stamp.actor.id, inferred=True
    )
    return [missing, entry]
