"""Every state of every noun, and the verbs that lead from one to the next.

Not in the table means refused. `python -m field_app.domain.transitions` prints them all.
"""

from collections.abc import Mapping
from typing import Final

from field_app.domain.refusals import Refusal, RefusalCode

Table = Mapping[tuple[str, str], str]

BOOKING: Final[Table] = {
    ("draft", "submit"): "pending",
    ("draft", "cancel"): "cancelled",
    ("pending", "approve"): "approved",
    ("pending", "reject"): "rejected",
    ("pending", "request_changes"): "changes_requested",
    ("pending", "cancel"): "cancelled",
    ("changes_requested", "submit"): "pending",
    ("changes_requested", "cancel"): "cancelled",
    ("approved", "cancel"): "cancelled",
    ("approved", "complete"): "completed",
    ("completed", "reopen"): "approved",
}

EVENT: Final[Table] = {
    ("scheduled", "prepare"): "preparation",
    ("scheduled", "start"): "in_progress",
    ("scheduled", "cancel"): "cancelled",
    ("preparation", "start"): "in_progress",
    ("preparation", "cancel"): "cancelled",
    ("in_progress", "report_issue"): "issue_reported",
    ("in_progress", "complete"): "completed",
    ("in_progress", "cancel"): "cancelled",
    ("issue_reported", "settle_issue"): "in_progress",
    ("issue_reported", "complete"): "completed",
    ("completed", "post_process"): "post_processing",
    ("cancelled", "reinstate"): "scheduled",
}

ACTIVITY: Final[Table] = {
    ("planned", "staff"): "assigned",
    ("planned", "cancel"): "cancelled",
    ("assigned", "unstaff"): "planned",
    ("assigned", "start"): "in_progress",
    ("assigned", "cancel"): "cancelled",
    ("in_progress", "report_issue"): "issue_reported",
    ("in_progress", "complete"): "completed",
    ("in_progress", "cancel"): "cancelled",
    ("issue_reported", "settle_issue"): "in_progress",
    ("issue_reported", "complete"): "completed",
    ("issue_reported", "cancel"): "cancelled",
    ("completed", "reopen"): "in_progress",
}

ASSIGNMENT: Final[Table] = {
    ("assigned", "offer"): "offered",
    ("rejected", "offer"): "offered",
    ("offered", "withdraw"): "cancelled",
    ("offered", "accept"): "accepted",
    ("offered", "reject"): "rejected",
    ("assigned", "cancel"): "cancelled",
    ("offered", "cancel"): "cancelled",
    ("accepted", "cancel"): "cancelled",
    ("cancelled", "reinstate"): "accepted",
    ("accepted", "check_in"): "checked_in",
    ("no_show", "check_in"): "checked_in",
    ("checked_in", "check_out"): "checked_out",
    ("accepted", "check_out"): "checked_out",
    ("accepted", "no_show"): "no_show",
    ("no_show", "correct_in"): "checked_in",
    ("checked_in", "correct_in"): "checked_in",
    ("no_show", "correct_out"): "checked_out",
    ("checked_in", "correct_out"): "checked_out",
    ("checked_out", "correct_in"): "checked_out",
    ("checked_out", "correct_out"): "checked_out",
}

KIT: Final[Table] = {
    ("needed", "assign"): "assigned",
    ("assigned", "unassign"): "needed",
    ("assigned", "prepare"): "prepared",
    ("prepared", "check_out"): "checked_out",
    ("assigned", "check_out"): "checked_out",
    ("needed", "check_out"): "checked_out",
    ("checked_out", "hand_over"): "checked_out",
    ("checked_out", "return"): "returned",
    ("needed", "return"): "returned",
    ("assigned", "return"): "returned",
    ("prepared", "return"): "returned",
    ("assigned", "report_issue"): "issue_reported",
    ("prepared", "report_issue"): "issue_reported",
    ("checked_out", "report_issue"): "issue_reported",
    ("returned", "report_issue"): "issue_reported",
    ("issue_reported", "resolve_to_returned"): "returned",
    ("issue_reported", "resolve_to_prepared"): "prepared",
    ("issue_reported", "resolve_to_needed"): "needed",
}

KIT_INSTANCE: Final[Table] = {
    ("available", "reserve"): "reserved",
    ("available", "check_out"): "checked_out",
    ("reserved", "release"): "available",
    ("reserved", "check_out"): "checked_out",
    ("checked_out", "return"): "available",
    ("checked_out", "report_missing"): "missing",
    ("available", "send_to_maintenance"): "maintenance",
    ("checked_out", "send_to_maintenance"): "maintenance",
    ("maintenance", "release"): "available",
    ("missing", "return"): "available",
    ("available", "report_missing"): "missing",
    ("reserved", "report_missing"): "missing",
    ("reserved", "send_to_maintenance"): "maintenance",
    ("maintenance", "check_out"): "checked_out",
    ("missing", "check_out"): "checked_out",
    ("checked_out", "return_to_reserve"): "reserved",
    ("maintenance", "reserve"): "reserved",
    ("missing", "reserve"): "reserved",
    ("missing", "send_to_maintenance"): "maintenance",
    ("available", "retire"): "retired",
    ("maintenance", "retire"): "retired",
    ("missing", "retire"): "retired",
}

ISSUE: Final[Table] = {
    ("open", "acknowledge"): "acknowledged",
    ("open", "start"): "in_progress",
    ("acknowledged", "start"): "in_progress",
    ("open", "resolve"): "resolved",
    ("acknowledged", "resolve"): "resolved",
    ("in_progress", "resolve"): "resolved",
    ("open", "mark_duplicate"): "duplicate",
    ("resolved", "close"): "closed",
    ("resolved", "reopen"): "open",
    ("closed", "reopen"): "open",
}

TABLES: Final[Mapping[str, Table]] = {
    "booking": BOOKING,
    "event": EVENT,
    "activity": ACTIVITY,
    "assignment": ASSIGNMENT,
    "kit": KIT,
    "kit_instance": KIT_INSTANCE,
    "issue": ISSUE,
}


def can_step(table: Table, state: str, verb: str) -> bool:
    return (state, verb) in table


def verb_between(table: Table, state: str, to_state: str) -> str:
    """The step that leads from one state to another. Refuses with `wrong_state`."""
    for (start, verb), end in table.items():
        if start == state and end == to_state:
            return verb
    raise Refusal(RefusalCode.WRONG_STATE)


def step(table: Table, state: str, verb: str) -> str:
    """The next state; refuses with `wrong_state` where the table has none."""
    if not can_step(table, state, verb):
        raise Refusal(RefusalCode.WRONG_STATE)
    return table[state, verb]


def describe() -> str:
    """All tables as text, one transition a line."""
    lines = []
    for name, table in TABLES.items():
        lines.append(name)
        lines += [f"  {state:>18} --{verb}--> {to}" for (state, verb), to in table.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    print(describe())  # noqa: T201
