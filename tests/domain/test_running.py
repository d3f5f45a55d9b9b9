"""Running an event and its activities."""

from uuid import uuid4

import pytest

from field_app.domain.activity import ActivityStatus as A
from field_app.domain.assignment import AssignmentStatus, StaffAssignment
from field_app.domain.decision import Accepted, Noop, Refused
from field_app.domain.event import EventStatus as E
from field_app.domain.event import EventTeamMember
from field_app.domain.refusals import RefusalCode as R
from field_app.domain.running import ActivityTransition, EventTransition
from tests.support.field import ANA, BEN, DANA, LUIS, NOON, PRIYA, a_shift
from tests.support.kits import HOUR, act
from tests.support.world import ACTIVITY, the_event, the_world

EVENT = the_event()
LEADER = a_shift(role="lead", status=AssignmentStatus.ACCEPTED)


def move(state: E, to: E, reason: str | None = None, **more):
    world = the_world(ACTIVITY, event=the_event(status=state))
    return act(world, EventTransition(to_state=to, reason=reason), EVENT, **more)[1]


@pytest.mark.parametrize(
    ("state", "to"),
    [
        (E.SCHEDULED, E.PREPARATION),
        (E.SCHEDULED, E.IN_PROGRESS),
        (E.IN_PROGRESS, E.ISSUE_REPORTED),
        (E.ISSUE_REPORTED, E.IN_PROGRESS),
        (E.ISSUE_REPORTED, E.COMPLETED),
        (E.IN_PROGRESS, E.COMPLETED),
    ],
)
def test_a_manager_moves_an_event_on(state: E, to: E) -> None:
    decision = move(state, to)

    assert isinstance(decision, Accepted)
    assert [r.status for r in decision.records] == [to]
    assert move(to, to) == Noop()


@pytest.mark.parametrize(("state", "to"), [(E.COMPLETED, E.SCHEDULED), (E.SCHEDULED, E.COMPLETED)])
def test_a_step_that_is_not_in_the_table_is_refused(state: E, to: E) -> None:
    assert move(state, to) == Refused(R.WRONG_STATE)


def test_only_whoever_runs_it_moves_an_event() -> None:
    assert move(E.SCHEDULED, E.IN_PROGRESS, actor=LUIS) == Refused(R.UNKNOWN_TARGET)
    assert move(E.SCHEDULED, E.IN_PROGRESS, actor=ANA) == Refused(R.UNKNOWN_TARGET)


def test_calling_off_needs_a_reason_and_frees_everybody_who_has_not_begun() -> None:
    assert move(E.PREPARATION, E.CANCELLED) == Refused(R.REASON_NEEDED)
    shifts = {status: a_shift(status, status=status) for status in AssignmentStatus}
    done = ACTIVITY.revise(id=uuid4(), status=A.COMPLETED)
    world = the_world(*shifts.values(), done)

    world, _ = act(world, EventTransition(to_state=E.CANCELLED, reason="Flood"), EVENT)

    after = {status: world.find(StaffAssignment, s.id).status for status, s in shifts.items()}
    freed = {status for status, now in after.items() if now is AssignmentStatus.CANCELLED}
    kept = AssignmentStatus.CANCELLED
    assert freed - {kept} == {"assigned", "offered", "accepted"}
    assert world.find(StaffAssignment, shifts["accepted"].id).cancel_reason == "event_cancelled"
    assert world.find(type(ACTIVITY), ACTIVITY.id).status is A.CANCELLED
    assert world.find(type(ACTIVITY), done.id).status is A.COMPLETED


def test_only_the_office_brings_an_event_back_and_only_before_it_starts() -> None:
    early = {"at": NOON - HOUR}

    assert move(E.CANCELLED, E.SCHEDULED, **early) == Refused(R.NOT_ALLOWED)
    assert isinstance(move(E.CANCELLED, E.SCHEDULED, actor=PRIYA, **early), Accepted)
    assert move(E.CANCELLED, E.SCHEDULED, actor=PRIYA) == Refused(R.TOO_LATE)
    assert move(E.COMPLETED, E.POST_PROCESSING) == Refused(R.NOT_ALLOWED)


def step(state: A, to: A, *records, status_at=None, **more):
    operation = {k: more.pop(k) for k in ("reason", "metrics", "completion_notes") if k in more}
    activity = ACTIVITY.revise(status=state, status_at=status_at)
    return act(
        the_world(activity, *records),
        ActivityTransition(to_state=to, **operation),
        ACTIVITY,
        **more,
    )[1]


def test_an_activity_is_moved_by_the_manager_and_by_whoever_leads() -> None:
    assert isinstance(step(A.ASSIGNED, A.IN_PROGRESS), Accepted)
    assert isinstance(step(A.ASSIGNED, A.IN_PROGRESS, LEADER, actor=ANA), Accepted)
    in_team = EventTeamMember(id=uuid4(), event_instance_id=EVENT.id, user_id=BEN.id, role="lead")
    assert isinstance(step(A.ASSIGNED, A.IN_PROGRESS, in_team, actor=BEN), Accepted)
    assert step(A.ASSIGNED, A.IN_PROGRESS, actor=BEN) == Refused(R.UNKNOWN_TARGET)
    assert step(A.PLANNED, A.COMPLETED) == Refused(R.WRONG_STATE)


def test_only_the_manager_calls_an_activity_off_or_opens_it_again() -> None:
    assert step(A.ASSIGNED, A.CANCELLED, LEADER, actor=ANA, reason="x") == Refused(R.NOT_ALLOWED)
    assert step(A.ASSIGNED, A.CANCELLED) == Refused(R.REASON_NEEDED)
    assert isinstance(step(A.ASSIGNED, A.CANCELLED, reason="Rain"), Accepted)
    reopened = {"reason": "Typo", "status_at": NOON}
    assert isinstance(step(A.COMPLETED, A.IN_PROGRESS, **reopened), Accepted)
    late = step(A.COMPLETED, A.IN_PROGRESS, **reopened, at=NOON + 25 * HOUR)
    assert late == Refused(R.TOO_LATE)


def test_counts_are_added_and_notes_kept() -> None:
    counted = ACTIVITY.revise(status=A.IN_PROGRESS, actual_metrics={"samples": 10})
    world = the_world(counted)
    more = ActivityTransition(to_state=A.IN_PROGRESS, metrics={"samples": 5, "talks": 1})

    world, _ = act(world, more, ACTIVITY)
    world, _ = act(world, more, ACTIVITY, actor=DANA)
    world, done = act(
        world, ActivityTransition(to_state=A.COMPLETED, completion_notes="All gone"), ACTIVITY
    )

    after = world.find(type(ACTIVITY), ACTIVITY.id)
    assert after.actual_metrics == {"samples": 20, "talks": 2}
    assert (after.status, after.completion_notes, after.status_at) == (
        A.COMPLETED,
        "All gone",
        NOON,
    )
    assert isinstance(done, Accepted)
    assert act(world, ActivityTransition(to_state=A.COMPLETED), ACTIVITY)[1] == Noop()
