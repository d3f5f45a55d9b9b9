"""Every state of every noun, and where it leads: told here a second time, on purpose."""

import itertools

import pytest

from field_app.domain.refusals import Refusal, RefusalCode
from field_app.domain.transitions import TABLES, can_step, step

MOVES: dict[str, dict[str, set[str]]] = {
    "booking": {
        "draft": {"pending", "cancelled"},
        "pending": {"approved", "rejected", "changes_requested", "cancelled"},
        "changes_requested": {"pending", "cancelled"},
        "approved": {"cancelled", "completed"},
        "completed": {"approved"},
    },
    "event": {
        "scheduled": {"preparation", "in_progress", "cancelled"},
        "preparation": {"in_progress", "cancelled"},
        "in_progress": {"issue_reported", "completed", "cancelled"},
        "issue_reported": {"in_progress", "completed"},
        "completed": {"post_processing"},
        "cancelled": {"scheduled"},
    },
    "activity": {
        "planned": {"assigned", "cancelled"},
        "assigned": {"planned", "in_progress", "cancelled"},
        "in_progress": {"completed", "issue_reported", "cancelled"},
        "issue_reported": {"in_progress", "completed", "cancelled"},
        "completed": {"in_progress"},
    },
    "assignment": {
        "assigned": {"offered", "cancelled"},
        "offered": {"accepted", "rejected", "cancelled"},
        "rejected": {"offered"},
        "accepted": {"checked_in", "checked_out", "no_show", "cancelled"},
        "checked_in": {"checked_in", "checked_out"},
        "checked_out": {"checked_out"},
        "no_show": {"checked_in", "checked_out"},
        "cancelled": {"accepted"},
    },
    "kit": {
        "needed": {"assigned", "checked_out", "returned"},
        "assigned": {"needed", "prepared", "checked_out", "returned", "issue_reported"},
        "prepared": {"checked_out", "returned", "issue_reported"},
        "checked_out": {"checked_out", "returned", "issue_reported"},
        "returned": {"issue_reported"},
        "issue_reported": {"returned", "prepared", "needed"},
    },
    "kit_instance": {
        "available": {"reserved", "checked_out", "maintenance", "missing", "retired"},
        "reserved": {"available", "checked_out", "maintenance", "missing"},
        "checked_out": {"available", "reserved", "missing", "maintenance"},
        "maintenance": {"available", "reserved", "checked_out", "retired"},
        "missing": {"available", "reserved", "checked_out", "maintenance", "retired"},
    },
    "issue": {
        "open": {"acknowledged", "in_progress", "resolved", "duplicate"},
        "acknowledged": {"in_progress", "resolved"},
        "in_progress": {"resolved"},
        "resolved": {"closed", "open"},
        "closed": {"open"},
    },
}


def test_every_noun_is_told_here() -> None:
    assert set(MOVES) == set(TABLES)


@pytest.mark.parametrize("noun", MOVES)
def test_every_state_leads_where_it_should_and_nowhere_else(noun: str) -> None:
    leads: dict[str, set[str]] = {}
    for (state, verb), to in TABLES[noun].items():
        assert step(TABLES[noun], state, verb) == to
        leads.setdefault(state, set()).add(to)

    assert leads == MOVES[noun]


@pytest.mark.parametrize("noun", MOVES)
def test_whatever_is_not_in_the_table_is_refused(noun: str) -> None:
    table = TABLES[noun]
    states = {state for state, _ in table} | set(table.values())
    verbs = {verb for each in TABLES.values() for _, verb in each}

    for state, verb in set(itertools.product(states, verbs)) - set(table):
        assert not can_step(table, state, verb)
        with pytest.raises(Refusal) as refusal:
            step(table, state, verb)
        assert refusal.value.code is RefusalCode.WRONG_STATE
