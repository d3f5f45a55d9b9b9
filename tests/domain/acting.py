"""Doing something to a shift, and what became of it."""

import datetime as dt
from typing import Any

from field_app.domain.assignment import AssignmentStatus as S
from field_app.domain.assignment import StaffAssignment
from field_app.domain.decision import Accepted
from field_app.domain.event import EventInstance
from field_app.domain.flags import FlagCode as F
from field_app.domain.operations import Operation, decide
from field_app.domain.person import Actor
from tests.support.field import ANA, NOON, a_fix, a_shift, an_envelope
from tests.support.world import the_world

HOUR = dt.timedelta(hours=1)
HERE = a_fix()
FAR_AWAY = a_fix(latitude=40.80)


def perform(
    operation: Operation,
    shift: StaffAssignment,
    *,
    actor: Actor = ANA,
    at: dt.datetime = NOON,
    event: EventInstance | None = None,
    **more: Any,
) -> tuple[StaffAssignment, list[F]]:
    """The shift afterwards, and the flags that were raised."""
    envelope = an_envelope(operation, shift.id, actor=actor, at=at, **more)
    decision = decide(envelope, the_world(shift, event=event))
    assert isinstance(decision, Accepted), decision
    after = next((r for r in decision.records if r.id == shift.id), shift)
    assert isinstance(after, StaffAssignment)
    return after, [flag.code for flag in decision.flags]


def flags_of(operation: Operation, **more: Any) -> list[F]:
    return perform(operation, a_shift(status=S.ACCEPTED), **more)[1]


def in_since(at: dt.datetime, **document: Any) -> StaffAssignment:
    return a_shift(status=S.CHECKED_IN, check_in_time=at, location_at_check_in=document)
