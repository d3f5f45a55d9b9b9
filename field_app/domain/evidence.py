"""The evidence stored beside a punch: where, how sure, by which clock, and what is off about it."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from field_app.domain.clock import Stamp
from field_app.domain.event import EventInstance
from field_app.domain.flags import Flag, FlagCode
from field_app.domain.geofence import Fence, FenceVerdict, Fix, distance_m, fence_of, fence_verdict
from field_app.domain.issues import NewPhoto
from field_app.domain.place import Location
from field_app.domain.records import format_instant
from field_app.domain.text import Line, WireInstant
from field_app.domain.world import World

EARLY = dt.timedelta(hours=3)
LATE = dt.timedelta(hours=4)
AHEAD = dt.timedelta(minutes=5)


class Fallback(StrEnum):
    """What stands in for a fix: a photo at the venue, a manager's word, a pin, or nothing."""

    PHOTO = "photo"
    VOUCH = "vouch"
    PIN = "pin"
    NONE = "none"


class PlanSeen(BaseModel):
    """Where and when the shift was, in the copy the device had at the tap (C11)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fence: Fence | None = None
    starts_at: WireInstant
    ends_at: WireInstant


class Punch(BaseModel, frozen=True, extra="forbid"):
    """What a check-in and a check-out have in common. `vouched`: a manager says so for somebody."""

    location: Fix | None = None
    plan_seen: PlanSeen | None = None
    fallback: Fallback | None = None
    photo: NewPhoto | None = None
    reason: Line | None = None
    vouched: bool = False


def plan_of(event: EventInstance, place: Location | None) -> PlanSeen:
    return PlanSeen(fence=fence_of(place), starts_at=event.starts_at, ends_at=event.ends_at)


@dataclass(frozen=True)
class Proof:
    """`document` is stored as `location_at_check_in` or `_out`."""

    document: dict[str, Any]
    verdict: FenceVerdict
    punch: Punch
    flags: list[Flag]


def prove(punch: Punch, event: EventInstance, stamp: Stamp, world: World) -> Proof:
    """Judge a punch against the plan as it is and as the device saw it; the kinder one counts."""
    place = None if event.location_id is None else world.find(Location, event.location_id)
    fix, seen = punch.location, punch.plan_seen
    fences = [fence_of(place), seen.fence if seen else None]
    judged = [(fence_verdict(fix, fence), fence) for fence in fences]
    verdict, fence = min(judged, key=lambda pair: _KINDNESS[pair[0]])
    document = _document(fix, fence, verdict, stamp)
    if punch.fallback:
        document["fallback"] = punch.fallback.value
    if punch.photo:
        document["photo"] = punch.photo.sha256
    if punch.reason:
        document["reason"] = punch.reason
    if punch.vouched:
        document["vouched_by"] = str(stamp.actor.id)
    flags = [*_place_flags(punch, verdict, document), *_time_flags(seen, event, stamp)]
    return Proof(document, verdict, punch, flags)


_KINDNESS = {
    FenceVerdict.INSIDE: 0,
    FenceVerdict.NEAR: 1,
    FenceVerdict.OUTSIDE: 2,
    FenceVerdict.UNKNOWN: 3,
}


def _document(
    fix: Fix | None, fence: Fence | None, verdict: FenceVerdict, stamp: Stamp
) -> dict[str, Any]:
    document: dict[str, Any] = {"verdict": verdict.value}
    if fix is not None:
        document |= fix.model_dump(mode="json") | {"captured_at": format_instant(fix.captured_at)}
        document["fix_age_s"] = round((stamp.clock.device_at - fix.captured_at).total_seconds())
    if fix is not None and fence is not None:
        document["distance_m"] = round(distance_m(fix, fence), 1)
    document["clock"] = {
        "device_at": format_instant(stamp.clock.device_at),
        "offset_ms": stamp.clock.offset_ms,
        "grade": stamp.clock.grade.value,
    }
    document["received_at"] = format_instant(stamp.received_at)
    document["device_id"] = str(stamp.device_id)
    return document


def _place_flags(punch: Punch, verdict: FenceVerdict, document: dict[str, Any]) -> list[Flag]:
    flags = []
    if verdict is FenceVerdict.OUTSIDE:
        flags.append(Flag(FlagCode.OUTSIDE_FENCE, dict(document)))
    is_bare = not punch.vouched and punch.fallback in {None, Fallback.NONE}
    if verdict is FenceVerdict.UNKNOWN and is_bare:
        flags.append(Flag(FlagCode.NO_LOCATION, dict(document)))
    if punch.location is not None and punch.location.mocked:
        flags.append(Flag(FlagCode.MOCK_LOCATION, dict(document)))
    return flags


def _time_flags(seen: PlanSeen | None, event: EventInstance, stamp: Stamp) -> list[Flag]:
    flags = []
    windows = [(event.starts_at, event.ends_at)]
    if seen is not None:
        windows.append((seen.starts_at, seen.ends_at))
    at = stamp.occurred_at
    if not any(start - EARLY <= at <= end + LATE for start, end in windows):
        flags.append(Flag(FlagCode.OUTSIDE_WINDOW, {"at": format_instant(at)}))
    if not stamp.clock.grade.is_trusted or at > stamp.received_at + AHEAD:
        evidence = {"at": format_instant(at), "grade": stamp.clock.grade.value}
        flags.append(Flag(FlagCode.CLOCK_UNCERTAIN, evidence))
    return flags
