"""What must not be forgotten when something is added."""

import re
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import get_args
from uuid import uuid4

import pytest
from hypothesis import given
from pydantic import ValidationError

from field_app.domain.activity import ActivityStatus
from field_app.domain.assignment import AssignmentStatus, CancelReason
from field_app.domain.booking import BookingStatus
from field_app.domain.event import EventStatus
from field_app.domain.issue import IssueStatus
from field_app.domain.kit import KitInstanceStatus, KitStatus
from field_app.domain.mirrored import BY_TABLE
from field_app.domain.operations import FACTS, KINDS, OPERATION, RULES, Operation, target_table
from field_app.domain.refusals import SENTENCES, RefusalCode
from field_app.domain.transitions import TABLES, describe
from field_app.domain.wire import WireEnvelope, from_wire, to_wire
from tests.domain.strategies import PAYLOADS, operations
from tests.support.field import ANA, DEVICE, a_shift, an_envelope
from tests.support.world import DictWorld

STATES: dict[str, type[StrEnum]] = {
    "booking": BookingStatus,
    "event": EventStatus,
    "activity": ActivityStatus,
    "assignment": AssignmentStatus,
    "kit": KitStatus,
    "kit_instance": KitInstanceStatus,
    "issue": IssueStatus,
}
SEED = Path(__file__).parents[1] / "server" / "seed" / "database-schema.md"
SEEDS_NAMES = {
    "Booking": "booking",
    "Event Instance": "event",
    "Activity": "activity",
    "Staff Assignment": "assignment",
    "Activity Kit": "kit",
}
FINAL = {
    ("booking", "rejected"),
    ("booking", "cancelled"),
    ("event", "post_processing"),
    ("activity", "cancelled"),
    ("kit_instance", "retired"),
    ("issue", "duplicate"),
}


@pytest.mark.parametrize("title", SEEDS_NAMES)
def test_the_seeds_states_are_kept_to_the_letter(title: str) -> None:
    section = SEED.read_text().partition(f"### {title} States")[2].partition("###")[0]

    states = re.findall(r"^\| ([a-z_]+) ", section, re.MULTILINE)

    assert sorted(states) == sorted(state.value for state in STATES[SEEDS_NAMES[title]])


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


def test_every_operation_has_its_rule() -> None:
    assert set(RULES) == set(get_args(get_args(Operation)[0]))


def test_the_round_trip_knows_every_kind() -> None:
    assert set(PAYLOADS) == KINDS


@given(operations())
def test_every_operation_survives_the_wire(operation: Operation) -> None:
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
