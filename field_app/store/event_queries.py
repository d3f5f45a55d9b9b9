"""What managers' screens ask: an event with all that belongs to it, flags to decide, hours."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel import Session, col, func, select

from field_app.domain.activity import Activity
from field_app.domain.assignment import AssignmentStatus
from field_app.domain.event import EventStateTransition
from field_app.domain.issue import EventIssue
from field_app.domain.kit import ActivityKit
from field_app.domain.person import Role, User
from field_app.domain.review import ReviewItem, ReviewStatus
from field_app.store import kit_queries, queries
from field_app.store.kit_queries import Handling, Need
from field_app.store.mirror import to_record
from field_app.store.queries import LIST_LIMIT, EventBoard, Shift, by_id
from field_app.store.tables import (
    EventStateTransitionRow,
    PresenceRow,
    ReviewItemRow,
    StaffAssignmentRow,
    UserRow,
)


@dataclass(frozen=True)
class EventSheet:
    """Everything on one event's screen. `heard_at` says when each person's phone was last heard."""

    board: EventBoard
    activities: list[Activity]
    needs: list[Need]
    issues: list[EventIssue]
    log: list[tuple[EventStateTransition, str | None]]
    heard_at: dict[UUID, dt.datetime | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A flag with what it is about."""

    item: ReviewItem
    shift: Shift | None = None
    need: Need | None = None
    handlings: list[Handling] = field(default_factory=list)

    @property
    def id(self) -> UUID:
        return self.item.id


def event_sheet(session: Session, event_id: UUID) -> EventSheet | None:
    board = queries.board(session, event_id)
    if board is None:
        return None
    return EventSheet(
        board=board,
        activities=queries.activities_of(session, event_id),
        needs=kit_queries.needs_of_event(session, event_id),
        issues=queries.issues_of(session, event_id),
        log=_log_of(session, event_id),
        heard_at=_heard_at(session, [shift.assignment.user_id for shift in board.roster]),
    )


def colleagues(session: Session, besides: set[UUID], name: str = "") -> list[User]:
    """Active people of a name who can be offered a shift, by name."""
    is_free = [
        col(UserRow.status) == "active",
        col(UserRow.role) == Role.BRAND_AGENT,
        col(UserRow.id).not_in(besides),
        col(UserRow.name).icontains(name.strip(), autoescape=True),
    ]
    query = select(UserRow).where(*is_free).order_by(col(UserRow.name)).limit(LIST_LIMIT)
    return [to_record(User, row) for row in session.exec(query)]


def open_cases(session: Session) -> list[Case]:
    """Flags that nobody has decided yet, the oldest first."""
    query = select(ReviewItemRow).where(col(ReviewItemRow.status) == ReviewStatus.OPEN)
    query = query.order_by(col(ReviewItemRow.created_at), col(ReviewItemRow.id)).limit(LIST_LIMIT)
    return _cases(session, [to_record(ReviewItem, row) for row in session.exec(query)])


def count_open_cases(session: Session) -> int:
    query = select(func.count()).select_from(ReviewItemRow)
    return session.exec(query.where(col(ReviewItemRow.status) == ReviewStatus.OPEN)).one()


def worked_shifts(session: Session, me: UUID) -> list[Shift]:
    """This person's shifts that were worked or begun, the latest first."""
    return queries.shifts_where(
        session,
        col(StaffAssignmentRow.user_id) == me,
        col(StaffAssignmentRow.status).in_(
            [AssignmentStatus.CHECKED_IN, AssignmentStatus.CHECKED_OUT, AssignmentStatus.NO_SHOW]
        ),
    )


def _cases(session: Session, items: Sequence[ReviewItem]) -> list[Case]:
    shifts = queries.shifts_by_id(session, {item.target_id for item in items})
    cases = []
    for item in items:
        need = None
        handlings: list[Handling] = []
        if item.target_table == ActivityKit.table:
            need = kit_queries.need(session, item.target_id)
        if need is not None:
            handlings = kit_queries.handlings_of(session, need.kit.kit_instance_id)
        cases.append(Case(item, shifts.get(item.target_id), need, handlings))
    return cases


def _log_of(session: Session, event_id: UUID) -> list[tuple[EventStateTransition, str | None]]:
    """The event's log, the latest first, with the name of whoever did it."""
    query = select(EventStateTransitionRow).where(
        col(EventStateTransitionRow.event_instance_id) == event_id
    )
    rows = session.exec(
        query.order_by(
            col(EventStateTransitionRow.created_at).desc(), col(EventStateTransitionRow.id)
        ).limit(LIST_LIMIT)
    )
    lines = [to_record(EventStateTransition, row) for row in rows]
    people = by_id(session, User, [line.changed_by_id for line in lines])
    names = {user_id: user.name for user_id, user in people.items()}
    return [(line, names.get(line.changed_by_id)) for line in lines]


def _heard_at(session: Session, people: Sequence[UUID]) -> dict[UUID, dt.datetime | None]:
    rows = session.exec(select(PresenceRow).where(col(PresenceRow.id).in_(people)))
    return {row.id: row.last_heard_at for row in rows}
