"""Who may do what, in every state: the table of docs/operations.md, held against the rules."""

from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from field_app.domain.activity import ActivityStatus
from field_app.domain.assignment import AssignmentStatus, StaffAssignment
from field_app.domain.booking import Booking
from field_app.domain.decision import Decision, Refused
from field_app.domain.event import EventStatus, EventTeamMember
from field_app.domain.issue import EventIssue, IssueType, Severity
from field_app.domain.operations import KINDS, OPERATION, decide
from field_app.domain.person import Actor, Organization, Role
from field_app.domain.records import Record
from field_app.domain.review import ReviewItem
from tests.security.kinds import NAMES, PAYLOADS, PHOTO, states_of, table_of
from tests.support.field import (
    ANA,
    BEN,
    DANA,
    LUIS,
    NORA,
    PRIYA,
    a_shift,
    an_envelope,
    an_event,
)
from tests.support.field import NAMES as SEEDS
from tests.support.kits import ANA_LEADS, KIT, NEED, kit_world
from tests.support.world import ACTIVITY, BRAND, DictWorld, a_user, the_event


def somebody(name: str, role: Role, organization: UUID | None = None) -> Actor:
    return Actor(id=uuid5(SEEDS, name), role=role, organization_id=organization)


RIVAL = uuid5(SEEDS, "rival")
CAST = {
    "worker": ANA,
    "colleague": BEN,
    "handler": somebody("Hana", Role.BRAND_AGENT),
    "lead": somebody("Lea", Role.BRAND_AGENT),
    "holder": somebody("Holger", Role.BRAND_AGENT),
    "manager": DANA,
    "agency": PRIYA,
    "brand": somebody("Olga", Role.INTERNAL_ADMIN, BRAND),
    "other manager": LUIS,
    "other admin": somebody("Rex", Role.INTERNAL_ADMIN, RIVAL),
    "client": NORA,
    "server": somebody("The server", Role.SYSTEM),
}
RUNS = {"manager", "agency", "brand"}
HANDLES = RUNS | {"handler", "lead"}
THERE = HANDLES | {"worker", "colleague"}
NOBODY: set[str] = set()

# The oracle: who may do each kind of operation at all. Written down once, from 3 columns of the
# table in docs/operations.md; whoever is not named here is turned away in every state.
MAY: dict[str, set[str]] = {
    "assignment.offer": RUNS,
    "assignment.withdraw": RUNS,
    "assignment.accept": {"worker"},
    "assignment.reject": {"worker"},
    "assignment.cancel": RUNS | {"worker"},
    "assignment.check_in": {"worker"},
    "assignment.check_in vouched": RUNS,
    "assignment.check_in vouched own": RUNS - {"manager"},
    "assignment.check_out": {"worker"},
    "assignment.check_out vouched": RUNS,
    "assignment.check_out vouched own": RUNS - {"manager"},
    "assignment.no_show": RUNS,
    "assignment.correct_time": RUNS,
    "assignment.correct_time own": RUNS - {"manager"},
    "assignment.close": {"server"},
    "kit.assign": RUNS,
    "kit.unassign": RUNS,
    "kit.prepare": HANDLES,
    "kit.check_out": HANDLES,
    "kit.hand_over": THERE | {"holder"},
    "kit.return": THERE | {"holder"},
    "kit.report_issue": THERE | {"holder"},
    "kit.resolve_issue": RUNS,
    "issue.report": THERE,
    "issue.add_photo": RUNS | {"worker"},
    "issue.remove_photo": RUNS | {"worker"},
    "issue.acknowledge": RUNS,
    "issue.start": RUNS,
    "issue.resolve": RUNS | {"worker"},
    "issue.resolve severe": RUNS,
    "issue.reopen": RUNS | {"worker"},
    "issue.set_severity": RUNS,
    **{f"event.transition {to}": RUNS for to in EventStatus},
    "event.advance": {"server"},
    **{f"activity.transition {to}": RUNS | {"lead"} for to in ActivityStatus},
    "review.decide": RUNS,
    "review.decide own": RUNS - {"manager"},
    "booking.transition": NOBODY,
}
CALLED_OFF = {"planned", "assigned", "in_progress", "issue_reported"}
LESS: dict[tuple[str, str], set[str]] = {
    ("event.transition post_processing", "completed"): {"manager"},
    ("event.transition scheduled", "cancelled"): {"manager"},
    ("activity.transition in_progress", "completed"): {"lead"},
    **{("activity.transition cancelled", state): {"lead"} for state in CALLED_OFF},
}
"""Steps from one state that are not for everybody who may do that kind of thing."""

VARIANTS: dict[str, dict[str, Any]] = {
    "vouched": {"vouched": True},
    **{to: {"to_state": to} for to in [*EventStatus, *ActivityStatus]},
}
TURNED_AWAY = {"not_allowed", "not_yours", "unknown_target", "own_times"}
SHIFT = a_shift(status=AssignmentStatus.ACCEPTED)
ISSUE = EventIssue(
    id=uuid5(SEEDS, "issue"),
    version=1,
    event_instance_id=an_event().id,
    reported_by=ANA.id,
    issue_type=IssueType.VENUE,
    description="x",
    severity=Severity.LOW,
)
FLAG = ReviewItem(
    id=uuid5(SEEDS, "flag"),
    version=1,
    event_instance_id=an_event().id,
    target_table="staff_assignments",
    target_id=SHIFT.id,
    operation_id=uuid5(SEEDS, "operation"),
    flag="no_location",
)
TEAM = [
    EventTeamMember(
        id=uuid5(SEEDS, f"{who} in the team"),
        event_instance_id=an_event().id,
        user_id=CAST[who].id,
        role={"handler": "kit_handler"}.get(who, who),
    )
    for who in ("handler", "lead")
]
NAMED = {"event_instances": an_event().id, "users": ANA.id, "kit_instances": KIT.id}
CASES = [(case, state) for case in MAY for state in states_of(case)]


def test_the_table_speaks_of_every_kind() -> None:
    assert {case.partition(" ")[0] for case in MAY} == KINDS


@pytest.mark.parametrize(("case", "state"), CASES)
def test_whoever_the_table_does_not_name_is_turned_away_in_every_state(
    case: str, state: StrEnum
) -> None:
    kind, _, variant = case.partition(" ")
    world, target = a_world_in(kind, state, variant)
    named = {name: NAMED[table] for name, table in NAMES.get(kind, {}).items()}
    payload = PAYLOADS[kind] | named | VARIANTS.get(variant.removesuffix(" own"), {})
    operation = OPERATION.validate_python({**payload, "kind": kind})

    let_in = {
        who
        for who, actor in CAST.items()
        if (who != "server" or who in MAY[case])  # nobody signs in as the server
        and not is_turned_away(decide(an_envelope(operation, target, actor=actor), world))
    }

    assert let_in == MAY[case] - LESS.get((case, state.value), NOBODY)


def a_world_in(kind: str, state: StrEnum, variant: str) -> tuple[DictWorld, UUID]:
    """The world whose target of this kind of operation is in this state, and the target."""
    world = kit_world(
        the_event(status=EventStatus.IN_PROGRESS),
        SHIFT.revise(user_id=DANA.id) if variant.endswith("own") else SHIFT,
        NEED.revise(holder_id=CAST["holder"].id),
        ISSUE.revise(severity=Severity.HIGH if variant == "severe" else Severity.LOW),
        FLAG,
        ACTIVITY,
        ANA_LEADS.revise(role="member"),
        *TEAM,
        *(a_user(actor, organization_id=actor.organization_id) for actor in CAST.values()),
        Organization(id=RIVAL, name="Rival", tier="client"),
    )
    target: dict[str, tuple[type[Record], UUID]] = {
        "staff_assignments": (StaffAssignment, SHIFT.id),
        "bookings": (Booking, an_event().booking_id),
    }
    record_kind, record_id = target.get(table_of(kind)) or target_of(kind)
    record = world.find(record_kind, record_id)
    assert record is not None
    photo = decide(
        an_envelope(
            OPERATION.validate_python({"kind": "issue.add_photo", "photo": PHOTO}), ISSUE.id
        ),
        world,
    )
    world = world.after(*getattr(photo, "records", ()), record.revise(status=state))
    is_new = kind == "issue.report"
    return world, uuid4() if is_new else record_id


def target_of(kind: str) -> tuple[type[Record], UUID]:
    one = {
        "kit": NEED,
        "issue": ISSUE,
        "event": the_event(),
        "activity": ACTIVITY,
        "review": FLAG,
    }[kind.partition(".")[0]]
    return type(one), one.id


def is_turned_away(decision: Decision) -> bool:
    return isinstance(decision, Refused) and decision.code.value in TURNED_AWAY
