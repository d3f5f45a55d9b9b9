"""What holds for every decision, whoever does whatever to a shift in whatever state."""

import datetime as dt
import json
from collections.abc import Iterable

from hypothesis import assume, given
from hypothesis import strategies as st

from field_app.domain.assignment import AssignmentStatus, StaffAssignment
from field_app.domain.attendance import AssignmentCheckIn
from field_app.domain.clock import ClockGrade
from field_app.domain.custody import custody_of
from field_app.domain.decision import Accepted, Decision, Noop, Refused
from field_app.domain.kit import ActivityKit, CustodyEntry, KitInstance
from field_app.domain.operations import FACTS, Envelope, decide
from field_app.domain.person import Actor
from field_app.domain.records import Record
from field_app.domain.refusals import RefusalCode
from field_app.domain.sight import sees
from field_app.domain.transitions import TABLES, Table
from tests.domain.strategies import histories, situations
from tests.support.field import ANA, DANA, NOON, PRIYA, a_shift, an_envelope
from tests.support.kits import KIT, OTHER_KIT
from tests.support.world import DictWorld, the_world

Situation = tuple[Envelope, StaffAssignment, DictWorld]
TABLE_OF: dict[str, Table] = {
    "staff_assignments": TABLES["assignment"],
    "event_instances": TABLES["event"],
    "activities": TABLES["activity"],
    "activity_kits": TABLES["kit"],
    "kit_instances": TABLES["kit_instance"],
}


def status_of(record: Record) -> str:
    state: str = getattr(record, "status")  # noqa: B009 - each has one, of its own type
    return state


def records_of(decision: Decision) -> Iterable[Record]:
    return decision.records if isinstance(decision, Accepted) else ()


@given(situations())
def test_a_change_of_state_is_always_a_legal_transition(situation: Situation) -> None:
    envelope, _, world = situation

    for after in records_of(decide(envelope, world)):
        before = world.find(type(after), after.id)
        was, now = status_of(before) if before else "assigned", status_of(after)
        moves = {(start, end) for (start, _), end in TABLE_OF[after.table].items()}
        assert was == now or (was, now) in moves
        assert before is None or after.version == before.version


@given(situations())
def test_a_fact_is_refused_only_for_its_target_never_for_what_it_says(
    situation: Situation,
) -> None:
    envelope, shift, world = situation
    decision = decide(envelope, world)

    if envelope.operation.kind in FACTS and isinstance(decision, Refused):
        is_there = envelope.target_id == shift.id and envelope.stamp.actor in {ANA, DANA, PRIYA}
        assert decision.code is (RefusalCode.NOT_YOURS if is_there else RefusalCode.UNKNOWN_TARGET)


@given(situations())
def test_doing_it_twice_changes_nothing_more_and_is_not_refused(situation: Situation) -> None:
    envelope, _, world = situation
    once = decide(envelope, world)
    world = world.after(*records_of(once))

    twice = decide(envelope, world)

    assert isinstance(once, Refused) is isinstance(twice, Refused)
    for record in records_of(twice):
        assert record == world.find(type(record), record.id)


@given(situations())
def test_what_is_stored_beside_a_record_is_json(situation: Situation) -> None:
    envelope, _, world = situation

    decision = decide(envelope, world)

    for record in records_of(decision):
        written = record.model_dump(mode="json")
        assert json.loads(json.dumps(written, allow_nan=False)) == written
    for flag in getattr(decision, "flags", ()):
        assert json.loads(json.dumps(flag.evidence, allow_nan=False)) == flag.evidence


@given(histories())
def test_a_kit_moves_by_legal_steps_and_its_facts_are_never_refused_for_what_they_say(
    history: tuple[Envelope, ActivityKit, DictWorld],
) -> None:
    envelope, _, world = history
    decision = decide(envelope, world)

    if envelope.operation.kind in FACTS and isinstance(decision, Refused):
        assert decision.code in {RefusalCode.NOT_YOURS, RefusalCode.UNKNOWN_TARGET}
    for after in records_of(decision):
        before = world.find(type(after), after.id)
        if before is None or after.table not in TABLE_OF:
            continue
        moves = {(start, end) for (start, _), end in TABLE_OF[after.table].items()}
        was, now = status_of(before), status_of(after)
        assert was == now or (was, now) in moves, (after.table, was, now)


def is_forgotten(need: ActivityKit, actor: Actor, world: DictWorld) -> bool:
    """Whether somebody has given a kit away of which nothing tells that they ever had it.

    Only one without a serial number: what has one has its custody entries. An operation that is
    sent twice is known by its id, so nobody is told of this.
    """
    now = world.find(ActivityKit, need.id)
    assert now is not None
    return now.kit_instance_id is None and not sees(actor, now, world)


@given(histories())
def test_handling_a_kit_twice_changes_nothing_more(
    history: tuple[Envelope, ActivityKit, DictWorld],
) -> None:
    envelope, need, world = history
    once = decide(envelope, world)
    world = world.after(*records_of(once))

    twice = decide(envelope, world)

    if is_forgotten(need, envelope.stamp.actor, world) and not isinstance(once, Refused):
        assert twice in {Refused(RefusalCode.UNKNOWN_TARGET), Noop()}
        return
    assert isinstance(once, Refused) is isinstance(twice, Refused)
    for record in records_of(twice):
        assert record == world.find(type(record), record.id)


@given(histories())
def test_whoever_a_kit_shows_as_its_holder_has_it(
    history: tuple[Envelope, ActivityKit, DictWorld],
) -> None:
    envelope, _, world = history
    world = world.after(*records_of(decide(envelope, world)))

    for kit in (KIT, OTHER_KIT):
        entries = world.where(CustodyEntry, kit_instance_id=kit.id)
        shown = world.find(KitInstance, kit.id)
        if entries and shown is not None:
            assert (shown.holder_id, shown.disputed) == (
                custody_of(entries).holder_id,
                custody_of(entries).is_disputed,
            )


PUNCHES = st.lists(
    st.tuples(st.integers(0, 240), st.sampled_from(ClockGrade), st.booleans()),
    min_size=1,
    max_size=5,
    unique_by=lambda punch: punch[0],
)


def a_check_in(minutes: int, grade: ClockGrade, vouched: bool) -> Envelope:
    return an_envelope(
        AssignmentCheckIn(vouched=vouched),
        a_shift().id,
        actor=DANA if vouched else ANA,
        at=NOON + dt.timedelta(minutes=minutes),
        grade=grade,
    )


@given(PUNCHES)
def test_the_earliest_trusted_own_check_in_stays_in_whatever_order_they_arrive(
    punches: list[tuple[int, ClockGrade, bool]],
) -> None:
    own = [minutes for minutes, grade, vouched in punches if grade.is_trusted and not vouched]
    assume(own)
    world = the_world(a_shift(status=AssignmentStatus.ACCEPTED))

    for punch in punches:
        world = world.after(*records_of(decide(a_check_in(*punch), world)))

    shift = world.find(StaffAssignment, a_shift().id)
    assert shift is not None
    assert shift.check_in_time == NOON + dt.timedelta(minutes=min(own))
    assert shift.location_at_check_in is not None
    assert ("witness" in shift.location_at_check_in) is any(vouched for *_, vouched in punches)
