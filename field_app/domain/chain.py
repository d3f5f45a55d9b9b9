"""The chain of custody of one kit, and what a new entry in it changes."""

from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID, uuid5

from field_app.domain.clock import Stamp
from field_app.domain.custody import Custody, custody_of, order
from field_app.domain.decision import Accepted
from field_app.domain.flags import Flag, FlagCode, Subject
from field_app.domain.kit import (
    ActivityKit,
    Condition,
    CustodyAct,
    CustodyEntry,
    KitInstance,
    KitInstanceStatus,
    KitStatus,
)
from field_app.domain.need import free_status
from field_app.domain.records import Record, format_instant
from field_app.domain.review import ReviewItem, ReviewStatus
from field_app.domain.world import World

SETTLED_BY_SCAN = "settled_by_scan"


def in_hand(stamp: Stamp, inferred: bool = False) -> UUID:
    """The id of the entry that an operation leaves behind."""
    return uuid5(stamp.operation_id, "inferred custody" if inferred else "custody")


def custody_entry(
    act: CustodyAct, need: ActivityKit, stamp: Stamp, inferred: bool = False, **more: Any
) -> CustodyEntry:
    """An entry about the kit of a need, which has one."""
    assert need.kit_instance_id is not None
    return CustodyEntry(
        id=in_hand(stamp, inferred),
        kit_instance_id=need.kit_instance_id,
        activity_kit_id=need.id,
        event_instance_id=need.event_instance_id,
        act=act,
        recorded_by=stamp.actor.id,
        occurred_at=stamp.occurred_at,
        is_trusted=stamp.clock.grade.is_trusted,
        inferred=inferred,
        **more,
    )


@dataclass(frozen=True)
class Chain:
    """A kit with all its entries so far."""

    instance: KitInstance
    entries: list[CustodyEntry]
    world: World

    @classmethod
    def of(cls, instance: KitInstance, world: World) -> Self:
        entries = world.where(CustodyEntry, kit_instance_id=instance.id)
        return cls(instance, entries, world)

    def had_by(self, need: ActivityKit, stamp: Stamp) -> UUID | None:
        """Who had the kit for this need until now, as the people around that need knew it."""
        own = [e for e in self.entries if e.activity_kit_id == need.id and e.holder_id]
        before = [e for e in own if e.occurred_at <= stamp.occurred_at]
        if before:
            return max(before, key=order).holder_id
        return need.holder_id or need.checked_out_by

    def knows_return(self, need: ActivityKit) -> bool:
        """Whether somebody brought it back; otherwise its state only follows from elsewhere."""
        own = [e for e in self.entries if e.activity_kit_id == need.id]
        return any(e.act is CustodyAct.RETURN for e in own) or not own

    def add(
        self,
        need: ActivityKit,
        entries: list[CustodyEntry],
        stamp: Stamp,
        flags: list[Flag],
        effects: list[Record] | None = None,
    ) -> Accepted:
        """Write the entries and what follows from them for the kit, its needs and open disputes."""
        before = custody_of(self.entries)
        after = custody_of([*self.entries, *entries])
        needs = [need, *self._other_needs(need)]
        closed = [_overtaken(each, after) for each in needs]
        kit = self._instance_after(after, entries[-1], need)
        settled = self._settled(stamp) if before.is_disputed and not after.is_disputed else []
        changed = [each for each, was in zip(closed[1:], needs[1:], strict=True) if each != was]
        records: list[Record] = [closed[0], *entries, kit, *changed, *settled]
        raised = [*flags, *self._news(before, after, needs)]
        return Accepted.of([*records, *(effects or [])], raised)

    def _other_needs(self, need: ActivityKit) -> list[ActivityKit]:
        held = self.world.where(ActivityKit, kit_instance_id=self.instance.id)
        return [other for other in held if other.id != need.id]

    def _instance_after(
        self, after: Custody, latest: CustodyEntry, need: ActivityKit
    ) -> KitInstance:
        status = self._status_after(after, latest, need)
        return self.instance.revise(
            status=status,
            holder_id=after.holder_id,
            disputed=after.is_disputed,
            last_checked=max(latest.occurred_at, self.instance.last_checked or latest.occurred_at),
        )

    def _status_after(
        self, after: Custody, latest: CustodyEntry, need: ActivityKit
    ) -> KitInstanceStatus:
        if self.instance.status is KitInstanceStatus.RETIRED:
            return KitInstanceStatus.RETIRED
        if after.holder_id is not None:
            return KitInstanceStatus.CHECKED_OUT
        if after.rests_on is not None and after.rests_on.condition == Condition.DAMAGED:
            return KitInstanceStatus.MAINTENANCE
        if after.rests_on != latest:
            return self.instance.status
        return free_status(self.instance, self.world, besides=need.id)

    def _news(self, before: Custody, after: Custody, needs: list[ActivityKit]) -> list[Flag]:
        """A flag at every need concerned, for what this entry has brought to light."""
        flags = []
        if after.disputed_by - before.disputed_by and after.is_disputed:
            flags += self._tell(FlagCode.CUSTODY_DISPUTED, after, needs)
        if after.inferred - before.inferred and not after.is_disputed:
            flags += self._tell(FlagCode.HAND_OVER_INFERRED, after, needs)
        return flags

    def _tell(self, code: FlagCode, after: Custody, needs: list[ActivityKit]) -> list[Flag]:
        evidence = {
            "serial_number": self.instance.serial_number,
            "kit_instance_id": str(self.instance.id),
            "holder_id": str(after.holder_id) if after.holder_id else None,
            "since": format_instant(after.rests_on.occurred_at) if after.rests_on else None,
        }
        flags = [Flag(code, evidence)]
        for other in needs[1:]:
            if other.status is KitStatus.CHECKED_OUT:
                subject = Subject(other.id, other.event_instance_id)
                flags.append(Flag(code, evidence, subject))
        return flags

    def _settled(self, stamp: Stamp) -> list[Record]:
        """Open disputes about this kit, decided by the scan."""
        needs = self.world.where(ActivityKit, kit_instance_id=self.instance.id)
        decided: list[Record] = []
        for need in needs:
            for item in self.world.where(ReviewItem, target_id=need.id):
                if item.flag == FlagCode.CUSTODY_DISPUTED and item.status is ReviewStatus.OPEN:
                    decided.append(decided_item(item, SETTLED_BY_SCAN, None, stamp))
        return decided


def decided_item(item: ReviewItem, decision: str, reason: str | None, stamp: Stamp) -> ReviewItem:
    return item.revise(
        status=ReviewStatus.DECIDED,
        decision=decision,
        reason=reason,
        decided_by=stamp.actor.id,
        decided_at=stamp.occurred_at,
    )


def _overtaken(need: ActivityKit, after: Custody) -> ActivityKit:
    """A need whose kit has meanwhile gone on to another one, or came back through it."""
    rests_on = after.rests_on
    if after.is_disputed or rests_on is None or need.status is not KitStatus.CHECKED_OUT:
        return need
    if rests_on.activity_kit_id == need.id and after.holder_id is not None:
        return need.revise(holder_id=after.holder_id)
    return need.revise(
        status=KitStatus.RETURNED,
        returned_at=rests_on.occurred_at,
        returned_by=rests_on.recorded_by,
        holder_id=None,
    )
