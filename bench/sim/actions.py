"""What people do: something that their screen would offer, or that they would try anyway."""

import random
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from bench.sim.device import Device
from field_app.domain.attendance import (
    AssignmentCheckIn,
    AssignmentCheckOut,
    AssignmentCorrectTime,
    AssignmentNoShow,
)
from field_app.domain.handling import KitCheckOut, KitHandOver, KitReturn
from field_app.domain.issue import IssueType, Severity
from field_app.domain.issues import IssueReport
from field_app.domain.offers import (
    AssignmentAccept,
    AssignmentCancel,
    AssignmentOffer,
    AssignmentReject,
    AssignmentWithdraw,
)
from field_app.domain.operations import Operation
from field_app.domain.person import Role
from field_app.domain.triage import (
    IssueAcknowledge,
    IssueReopen,
    IssueResolve,
    IssueSetSeverity,
    IssueStart,
)
from field_app.store.tables import (
    ActivityKitRow,
    EventInstanceRow,
    EventIssueRow,
    StaffAssignmentRow,
    UserRow,
)

Act = tuple[UUID, Operation]


def something(device: Device, seeded: random.Random) -> Act | None:
    """An operation and its target, from what this device holds; None where it holds nothing."""
    is_manager = device.person.role is not Role.BRAND_AGENT
    makers: list[Callable[[Session, random.Random, UUID], Act | None]] = [_own_shift, _issue, _kit]
    makers += [_shift_of_others, _offer, _shift_of_others] if is_manager else [_own_shift]
    make = seeded.choice(makers)
    return device.store.read(lambda session: make(session, seeded, device.person.id))


def _own_shift(session: Session, seeded: random.Random, me: UUID) -> Act | None:
    rows = [row for row in _all(session, StaffAssignmentRow) if row.user_id == me]
    if not rows:
        return None
    operation = seeded.choice(
        [
            AssignmentAccept(),
            AssignmentAccept(),
            AssignmentCheckIn(),
            AssignmentCheckIn(),
            AssignmentCheckOut(),
            AssignmentReject(reason="Not free"),
            AssignmentCancel(reason="agent_dropped"),
        ]
    )
    return seeded.choice(rows).id, operation


def _shift_of_others(session: Session, seeded: random.Random, me: UUID) -> Act | None:
    rows = [row for row in _all(session, StaffAssignmentRow) if row.user_id != me]
    if not rows:
        return None
    row = seeded.choice(rows)
    event = session.get(EventInstanceRow, row.event_instance_id)
    start = event.starts_at if event else None
    operations: list[Operation] = [
        AssignmentWithdraw(reason="Enough people"),
        AssignmentCancel(reason="cancelled_by_manager"),
        AssignmentNoShow(),
        AssignmentCheckIn(vouched=True),
        AssignmentCheckOut(vouched=True),
    ]
    if start is not None:
        operations.append(AssignmentCorrectTime(check_in_time=start, reason="Saw them"))
    return row.id, seeded.choice(operations)


def _offer(session: Session, seeded: random.Random, _me: UUID) -> Act | None:
    events, people = _all(session, EventInstanceRow), _all(session, UserRow)
    agents = [row for row in people if row.role == Role.BRAND_AGENT]
    if not events or not agents:
        return None
    shift = UUID(int=seeded.getrandbits(128), version=4)
    agent, event = seeded.choice(agents), seeded.choice(events)
    return shift, AssignmentOffer(event_instance_id=event.id, user_id=agent.id, role="brand_agent")


def _issue(session: Session, seeded: random.Random, _me: UUID) -> Act | None:
    issues, events = _all(session, EventIssueRow), _all(session, EventInstanceRow)
    if not issues or seeded.random() < 0.4:
        if not events:
            return None
        new = UUID(int=seeded.getrandbits(128), version=4)
        report = IssueReport(
            event_instance_id=seeded.choice(events).id,
            issue_type=seeded.choice(list(IssueType)),
            description="Something",
            severity=seeded.choice(list(Severity)),
        )
        return new, report
    operation = seeded.choice(
        [
            IssueAcknowledge(),
            IssueStart(),
            IssueResolve(resolution="Done"),
            IssueReopen(reason="Again"),
            IssueSetSeverity(severity=seeded.choice(list(Severity))),
        ]
    )
    return seeded.choice(issues).id, operation


def _kit(session: Session, seeded: random.Random, me: UUID) -> Act | None:
    needs, people = _all(session, ActivityKitRow), _all(session, UserRow)
    if not needs or not people:
        return None
    operation = seeded.choice(
        [
            KitCheckOut(holder_id=me),
            KitHandOver(to_user_id=seeded.choice(people).id),
            KitReturn(),
        ]
    )
    return seeded.choice(needs).id, operation


def _all(session: Session, row: Any) -> list[Any]:
    return list(session.exec(select(row).order_by(row.id)))
