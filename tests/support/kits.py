"""Kits for the domain's tests: a template, two kits of it, and two events that need one."""

import datetime as dt
from typing import Any
from uuid import uuid5

from field_app.domain.activity import Activity
from field_app.domain.decision import Accepted, Decision
from field_app.domain.event import EventInstance, EventTeamMember
from field_app.domain.kit import ActivityKit, KitInstance, KitStatus, KitTemplate
from field_app.domain.operations import Operation, decide
from field_app.domain.person import Actor
from field_app.domain.records import Record
from tests.support.field import ANA, BEN, DANA, LUIS, NAMES, NOON, a_shift, an_envelope
from tests.support.world import ACTIVITY, DictWorld, a_user, the_event, the_world

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)

TEMPLATE = KitTemplate(
    id=uuid5(NAMES, "template"),
    version=1,
    name="Sampling kit",
    components=[
        {"name": "Pump", "quantity": 2},
        {"name": "Cup", "quantity": 400, "consumable": True, "metric": "samples"},
    ],
)
KIT = KitInstance(
    id=uuid5(NAMES, "kit 1"), version=1, template_id=TEMPLATE.id, serial_number="LCB-SAMP-0001"
)
OTHER_KIT = KitInstance(
    id=uuid5(NAMES, "kit 2"), version=1, template_id=TEMPLATE.id, serial_number="LCB-SAMP-0002"
)
LUIS_EVENT = the_event().revise(
    id=uuid5(NAMES, "event of Luis"),
    field_manager_id=LUIS.id,
    starts_at=NOON + 6 * HOUR,
    ends_at=NOON + 10 * HOUR,
)
LUIS_ACTIVITY = ACTIVITY.revise(
    id=uuid5(NAMES, "activity of Luis"), event_instance_id=LUIS_EVENT.id
)
ANA_LEADS = EventTeamMember(
    id=uuid5(NAMES, "Ana leads"), event_instance_id=the_event().id, user_id=ANA.id, role="lead"
)
BEN_WORKS = a_shift("Ben's shift", user_id=BEN.id)


def a_need(
    name: str = "need",
    *,
    event: EventInstance | None = None,
    activity: Activity = ACTIVITY,
    **changes: Any,
) -> ActivityKit:
    """Dana's activity needs a sampling kit, and this one is reserved for it."""
    need = ActivityKit(
        id=uuid5(NAMES, name),
        version=3,
        activity_id=activity.id,
        event_instance_id=(event or the_event()).id,
        kit_template_id=TEMPLATE.id,
        kit_instance_id=KIT.id,
        status=KitStatus.ASSIGNED,
    )
    return need.revise(**changes)


NEED = a_need()
LUIS_NEED = a_need("need of Luis", event=LUIS_EVENT, activity=LUIS_ACTIVITY)
BARE = {"status": KitStatus.NEEDED, "kit_instance_id": None}


def kit_world(*records: Record) -> DictWorld:
    """Both events with their needs and people; given records take the place of these."""
    held = [TEMPLATE, KIT, OTHER_KIT, LUIS_EVENT, LUIS_ACTIVITY, NEED, LUIS_NEED, BEN_WORKS]
    return the_world(*held, ANA_LEADS, a_user(DANA), a_user(LUIS)).after(*records)


def act(
    world: DictWorld,
    operation: Operation,
    need: Record = NEED,
    *,
    actor: Actor = DANA,
    at: dt.datetime = NOON,
    **more: Any,
) -> tuple[DictWorld, Decision]:
    """The world after somebody did something, and the decision about it."""
    decision = decide(an_envelope(operation, need.id, actor=actor, at=at, **more), world)
    return world.after(*(decision.records if isinstance(decision, Accepted) else ())), decision


def codes(decision: Decision) -> list[str]:
    return [flag.code.value for flag in getattr(decision, "flags", ())]
