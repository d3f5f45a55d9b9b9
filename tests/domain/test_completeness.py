"""What must not be forgotten when something is added."""

import re
import subprocess
import sys
from enum import StrEnum
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from field_app.domain.activity import ActivityStatus
from field_app.domain.assignment import AssignmentStatus, CancelReason
from field_app.domain.booking import BookingStatus
from field_app.domain.event import EventStatus
from field_app.domain.issue import IssueStatus
from field_app.domain.kit import KitInstanceStatus, KitStatus
from field_app.domain.mirrored import BY_TABLE
from field_app.domain.operations import FACTS, KINDS, OPERATION, Operation, target_table
from field_app.domain.refusals import SENTENCES, RefusalCode
from field_app.domain.transitions import TABLES, describe
from field_app.domain.wire import WireEnvelope, from_wire, to_wire
from field_app.domain.world import DictWorld
from tests.support.field import ANA, DEVICE, NOON, a_shift, an_envelope

STATES: dict[str, type[StrEnum]] = {
    "booking": BookingStatus,
    "event": EventStatus,
    "activity": ActivityStatus,
    "assignment": AssignmentStatus,
    "kit": KitStatus,
    "kit_instance": KitInstanceStatus,
    "issue": IssueStatus,
}
FINAL = {
    ("booking", "rejected"),
    ("booking", "cancelled"),
    ("event", "post_processing"),
    ("activity", "cancelled"),
    ("kit_instance", "retired"),
    ("issue", "duplicate"),
}


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_speak_of_the_states_there_are(name: str) -> None:
    table, states = TABLES[name], {state.value for state in STATES[name]}

    spoken_of = {state for state, _ in table} | set(table.values())

    assert spoken_of == states


@pytest.mark.parametrize("name", TABLES)
def test_every_state_can_be_left_unless_it_is_final(name: str) -> None:
    left = {state for state, _ in TABLES[name]}

    stuck = {(name, state.value) for state in STATES[name] if state.value not in left}

    assert stuck == {entry for entry in FINAL if entry[0] == name}


def test_every_refusal_has_a_sentence() -> None:
    assert set(SENTENCES) == set(RefusalCode)
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())


def test_every_reason_for_a_cancellation_is_a_refusal_of_a_late_yes() -> None:
    assert {reason.value for reason in CancelReason} <= {code.value for code in RefusalCode}


def test_kinds_are_noun_dot_verb_and_act_on_a_table_that_travels() -> None:
    assert all(re.fullmatch(r"[a-z]+\.[a-z_]+", kind) for kind in KINDS)
    assert {target_table(kind) for kind in KINDS} <= set(BY_TABLE)
    assert FACTS <= KINDS


def test_all_transitions_can_be_printed() -> None:
    command = [sys.executable, "-m", "field_app.domain.transitions"]

    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert printed.strip() == describe()
    assert "accepted --check_in--> checked_in" in printed
    assert len(printed.splitlines()) == sum(len(t) for t in TABLES.values()) + len(TABLES)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=50)
WORDS = TEXT.filter(lambda text: bool(text.strip()))
INSTANTS = st.datetimes(
    min_value=NOON.replace(year=2001, tzinfo=None),
    max_value=NOON.replace(year=2099, tzinfo=None),
).map(lambda naive: naive.replace(microsecond=0, tzinfo=NOON.tzinfo).isoformat())
FIXES = st.fixed_dictionaries(
    {
        "latitude": st.floats(-90, 90),
        "longitude": st.floats(-180, 180),
        "accuracy_m": st.floats(0, 1000),
        "captured_at": INSTANTS,
    }
)
PUNCH = {
    "location": FIXES,
    "fallback": st.sampled_from(["photo", "vouch", "pin", "none"]),
    "reason": TEXT,
    "vouched": st.booleans(),
}
IDS = st.uuids().map(str)
PAYLOADS = {
    "assignment.offer": st.fixed_dictionaries(
        {"event_instance_id": IDS, "user_id": IDS, "role": WORDS},
        optional={"activity_id": IDS, "expires_at": INSTANTS, "special_instructions": TEXT},
    ),
    "assignment.withdraw": st.fixed_dictionaries({"reason": WORDS}),
    "assignment.accept": st.just({}),
    "assignment.reject": st.fixed_dictionaries({"reason": WORDS}),
    "assignment.cancel": st.fixed_dictionaries({"reason": WORDS}),
    "assignment.check_in": st.fixed_dictionaries({}, optional=PUNCH),
    "assignment.check_out": st.fixed_dictionaries(
        {}, optional=PUNCH | {"feedback": TEXT, "claimed_start": INSTANTS}
    ),
    "assignment.no_show": st.fixed_dictionaries({}, optional={"note": TEXT}),
    "assignment.correct_time": st.fixed_dictionaries(
        {"reason": WORDS}, optional={"check_in_time": INSTANTS, "check_out_time": INSTANTS}
    ),
}


def test_the_round_trip_below_knows_every_kind() -> None:
    assert set(PAYLOADS) == KINDS


@given(
    st.sampled_from(sorted(PAYLOADS)).flatmap(lambda kind: st.tuples(st.just(kind), PAYLOADS[kind]))
)
def test_every_operation_survives_the_wire(kind_and_payload: tuple[str, dict[str, object]]) -> None:
    kind, payload = kind_and_payload
    operation: Operation = OPERATION.validate_python({**payload, "kind": kind})
    envelope = an_envelope(operation, a_shift().id, base_version=3)

    frozen = to_wire(envelope).model_dump_json()
    thawed = from_wire(WireEnvelope.model_validate_json(frozen), ANA, DEVICE)

    assert thawed == envelope


def test_an_operation_with_a_field_too_many_is_malformed() -> None:
    with pytest.raises(ValidationError):
        OPERATION.validate_python({"kind": "assignment.accept", "as_admin": True})


def test_the_tests_own_world_finds_what_it_was_given() -> None:
    world = DictWorld(shift := a_shift())

    assert world.find(type(shift), shift.id) == shift
    assert world.find(type(shift), uuid4()) is None
    assert world.where(type(shift), user_id=DEVICE) == []
