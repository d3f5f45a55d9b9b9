"""What screens ask the mirror: each query is named for its answer, ordered and bounded."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy
from sqlmodel import Session, col, func, or_, select

from field_app.domain.activity import Activity
from field_app.domain.assignment import AssignmentStatus, StaffAssignment
from field_app.domain.booking import Booking
from field_app.domain.event import EventInstance
from field_app.domain.issue import EventIssue
from field_app.domain.kit import ActivityKit, KitTemplate
from field_app.domain.person import Organization, Role, User
from field_app.domain.place import Location
from field_app.domain.records import Record
from field_app.store.mirror import to_record
from field_app.store.tables import (
    GONE,
    ROWS,
    ActivityKitRow,
    ActivityRow,
    BookingRow,
    EventInstanceRow,
    EventIssueRow,
    EventTeamMemberRow,
    KitTemplateRow,
    LocationRow,
    MirrorRow,
    OrganizationRow,
    StaffAssignmentRow,
    UserRow,
)

R = TypeVar("R", bound=Record)

LIST_LIMIT = 150
ROSTER_LIMIT = 1000
"""People on all the events of a manager's week; their lists are only drawn where they are near."""

BOOKED = (
    AssignmentStatus.ACCEPTED,
    AssignmentStatus.CHECKED_IN,
    AssignmentStatus.CHECKED_OUT,
    AssignmentStatus.NO_SHOW,
)


@dataclass(frozen=True)
class Shift:
    """An assignment with all that a card about it shows. `is_gone`: no longer this person's."""

    assignment: StaffAssignment
    event: EventInstance
    place: Location | None = None
    booking: Booking | None = None
    brand: Organization | None = None
    activity: Activity | None = None
    manager: User | None = None
    person: User | None = None
    kits: int = 0
    is_gone: bool = False

    @property
    def id(self) -> UUID:
        return self.assignment.id

    @property
    def title(self) -> str:
        return self.booking.title if self.booking else "Event"


@dataclass(frozen=True)
class EventBoard:
    """An event with its roster, as a manager sees it. `tally`: how many shifts are in which state.

    Where a list asks for near rosters only, that of a later event is empty and its tally is not.
    """

    event: EventInstance
    place: Location | None
    booking: Booking | None
    roster: list[Shift] = field(default_factory=list)
    tally: Counter[AssignmentStatus] = field(default_factory=Counter)


def shifts_from(session: Session, me: UUID, since: dt.datetime) -> list[Shift]:
    """This person's booked shifts that end after `since`, the soonest first."""
    query = (
        _shifts()
        .where(col(StaffAssignmentRow.user_id) == me, col(StaffAssignmentRow.status).in_(BOOKED))
        .where(col(EventInstanceRow.ends_at) > since)
        .order_by(col(EventInstanceRow.starts_at), col(StaffAssignmentRow.id))
    )
    return _load(session, query.limit(LIST_LIMIT))


def offers_to(session: Session, me: UUID) -> list[Shift]:
    """Offers waiting for this person's answer, the soonest first."""
    query = (
        _shifts()
        .where(col(StaffAssignmentRow.user_id) == me)
        .where(col(StaffAssignmentRow.status) == AssignmentStatus.OFFERED)
        .order_by(col(EventInstanceRow.starts_at), col(StaffAssignmentRow.id))
    )
    return _load(session, query.limit(LIST_LIMIT))


def count_offers(session: Session, me: UUID) -> int:
    query = select(func.count()).select_from(StaffAssignmentRow)
    is_mine = col(StaffAssignmentRow.user_id) == me
    return session.exec(
        query.where(is_mine, col(StaffAssignmentRow.status) == AssignmentStatus.OFFERED)
    ).one()


def shift(session: Session, assignment_id: UUID) -> Shift | None:
    found = _load(session, _shifts().where(col(StaffAssignmentRow.id) == assignment_id))
    return found[0] if found else None


def boards_of(
    session: Session, me: UUID, since: dt.datetime, until: dt.datetime, near: dt.datetime
) -> list[EventBoard]:
    """Events this manager runs that overlap the period, with rosters where they begin by `near`."""
    team = select(EventTeamMemberRow.event_instance_id).where(
        col(EventTeamMemberRow.user_id) == me,
        col(EventTeamMemberRow.role) == Role.FIELD_MANAGER,
    )
    query = (
        _events()
        .where(
            or_(col(EventInstanceRow.field_manager_id) == me, col(EventInstanceRow.id).in_(team)),
            col(EventInstanceRow.ends_at) > since,
            col(EventInstanceRow.starts_at) < until,
        )
        .order_by(col(EventInstanceRow.starts_at), col(EventInstanceRow.id))
        .limit(LIST_LIMIT)
    )
    return _boards(session, query, near)


def boards_between(
    session: Session, since: dt.datetime, until: dt.datetime, near: dt.datetime
) -> list[EventBoard]:
    """All events on this device that overlap the period: for an admin, who runs them all."""
    query = (
        _events()
        .where(col(EventInstanceRow.ends_at) > since, col(EventInstanceRow.starts_at) < until)
        .order_by(col(EventInstanceRow.starts_at), col(EventInstanceRow.id))
        .limit(LIST_LIMIT)
    )
    return _boards(session, query, near)


def board(session: Session, event_id: UUID) -> EventBoard | None:
    found = _boards(session, _events().where(col(EventInstanceRow.id) == event_id))
    return found[0] if found else None


def shifts_where(session: Session, *conditions: Any) -> list[Shift]:
    """Shifts that fit, the latest first."""
    query = _shifts().where(*conditions)
    latest = query.order_by(col(EventInstanceRow.starts_at).desc(), col(StaffAssignmentRow.id))
    return _load(session, latest.limit(LIST_LIMIT))


def team_of(session: Session, event_id: UUID) -> list[tuple[User, str]]:
    """The people of an event and their parts in it, managers first."""
    query = (
        select(EventTeamMemberRow, UserRow)
        .join(UserRow, col(UserRow.id) == col(EventTeamMemberRow.user_id))
        .where(col(EventTeamMemberRow.event_instance_id) == event_id)
        .order_by(col(EventTeamMemberRow.role).desc(), col(UserRow.name))
        .limit(LIST_LIMIT)
    )
    return [(to_record(User, user), member.role) for member, user in session.exec(query)]


def people_at(session: Session, event_id: UUID, first: UUID) -> list[User]:
    """Everybody on an event's team or roster by name, `first` before all others."""
    team = select(EventTeamMemberRow.user_id).where(
        col(EventTeamMemberRow.event_instance_id) == event_id
    )
    booked = select(StaffAssignmentRow.user_id).where(
        col(StaffAssignmentRow.event_instance_id) == event_id,
        col(StaffAssignmentRow.status).in_(BOOKED),
    )
    found = or_(col(UserRow.id).in_(team), col(UserRow.id).in_(booked), col(UserRow.id) == first)
    query = select(UserRow).where(found)
    ordered = query.order_by(col(UserRow.id) != first, col(UserRow.name)).limit(LIST_LIMIT)
    return [to_record(User, row) for row in session.exec(ordered)]


def activities_of(session: Session, event_id: UUID) -> list[Activity]:
    query = select(ActivityRow).where(col(ActivityRow.event_instance_id) == event_id)
    rows = session.exec(query.order_by(col(ActivityRow.title)).limit(LIST_LIMIT))
    return [to_record(Activity, row) for row in rows]


def kits_of(session: Session, event_id: UUID) -> list[tuple[ActivityKit, KitTemplate | None]]:
    query = (
        select(ActivityKitRow, KitTemplateRow)
        .outerjoin(KitTemplateRow, col(KitTemplateRow.id) == col(ActivityKitRow.kit_template_id))
        .where(col(ActivityKitRow.event_instance_id) == event_id)
        .order_by(col(KitTemplateRow.name), col(ActivityKitRow.id))
        .limit(LIST_LIMIT)
    )
    return [
        (to_record(ActivityKit, kit), to_record(KitTemplate, template) if template else None)
        for kit, template in session.exec(query)
    ]


def issues_of(session: Session, event_id: UUID) -> list[EventIssue]:
    query = select(EventIssueRow).where(col(EventIssueRow.event_instance_id) == event_id)
    rows = session.exec(query.order_by(col(EventIssueRow.created_at).desc()).limit(LIST_LIMIT))
    return [to_record(EventIssue, row) for row in rows]


def _shifts() -> Any:
    return (
        sqlalchemy.select(
            StaffAssignmentRow, EventInstanceRow, LocationRow, BookingRow, OrganizationRow
        )
        .join(
            EventInstanceRow, col(EventInstanceRow.id) == col(StaffAssignmentRow.event_instance_id)
        )
        .outerjoin(LocationRow, col(LocationRow.id) == col(EventInstanceRow.location_id))
        .outerjoin(BookingRow, col(BookingRow.id) == col(EventInstanceRow.booking_id))
        .outerjoin(OrganizationRow, col(OrganizationRow.id) == col(BookingRow.organization_id))
    )


def _events() -> Any:
    return (
        select(EventInstanceRow, LocationRow, BookingRow)
        .outerjoin(LocationRow, col(LocationRow.id) == col(EventInstanceRow.location_id))
        .outerjoin(BookingRow, col(BookingRow.id) == col(EventInstanceRow.booking_id))
    )


def _load(session: Session, query: Any) -> list[Shift]:
    """Run a shift query and look up, in one go each, the people, activities and kits."""
    found = session.exec(query).all()
    people = by_id(
        session,
        User,
        [id_ for a, e, *_ in found for id_ in (a.user_id, e.field_manager_id)],
    )
    activities = by_id(session, Activity, [a.activity_id for a, *_ in found])
    kits = _kits_by_activity(session, activities)
    return [
        Shift(
            assignment=to_record(StaffAssignment, assignment),
            event=to_record(EventInstance, event),
            place=maybe(Location, place),
            booking=maybe(Booking, booking),
            brand=maybe(Organization, brand),
            activity=activities.get(assignment.activity_id),
            manager=people.get(event.field_manager_id),
            person=people.get(assignment.user_id),
            kits=kits[assignment.activity_id],
            is_gone=assignment.generation == GONE,
        )
        for assignment, event, place, booking, brand in found
    ]


def _boards(session: Session, query: Any, near: dt.datetime | None = None) -> list[EventBoard]:
    found = session.exec(query).all()
    shown = [e.id for e, *_ in found if near is None or e.starts_at < near]
    rosters = _rosters(session, shown)
    tallies = _tallies(session, [e.id for e, *_ in found])
    return [
        EventBoard(
            event=to_record(EventInstance, event),
            place=maybe(Location, place),
            booking=maybe(Booking, booking),
            roster=rosters[event.id],
            tally=tallies[event.id],
        )
        for event, place, booking in found
    ]


def _rosters(session: Session, event_ids: list[UUID]) -> dict[UUID, list[Shift]]:
    query = (
        _shifts()
        .outerjoin(UserRow, col(UserRow.id) == col(StaffAssignmentRow.user_id))
        .where(col(StaffAssignmentRow.event_instance_id).in_(event_ids))
        .order_by(col(EventInstanceRow.starts_at), col(UserRow.name), col(StaffAssignmentRow.id))
        .limit(ROSTER_LIMIT)
    )
    rosters: dict[UUID, list[Shift]] = defaultdict(list)
    for each in _load(session, query) if event_ids else []:
        rosters[each.event.id].append(each)
    return rosters


def _tallies(session: Session, event_ids: list[UUID]) -> dict[UUID, Counter[AssignmentStatus]]:
    at, status = col(StaffAssignmentRow.event_instance_id), col(StaffAssignmentRow.status)
    query = select(at, status, func.count()).where(at.in_(event_ids)).group_by(at, status)
    tallies: dict[UUID, Counter[AssignmentStatus]] = defaultdict(Counter)
    for event_id, state, number in session.exec(query):
        tallies[event_id][AssignmentStatus(state)] = number
    return tallies


def shifts_by_id(session: Session, ids: set[UUID]) -> dict[UUID, Shift]:
    """These shifts, as far as this device holds them."""
    if not ids:
        return {}
    return {s.id: s for s in _load(session, _shifts().where(col(StaffAssignmentRow.id).in_(ids)))}


def by_id(session: Session, kind: type[R], ids: Sequence[UUID | None]) -> dict[UUID | None, R]:
    wanted = {record_id for record_id in ids if record_id is not None}
    if not wanted:
        return {}
    row_class = ROWS[kind]
    rows = session.exec(select(row_class).where(col(getattr(row_class, "id")).in_(wanted)))  # noqa: B009
    return {record.id: record for record in (to_record(kind, row) for row in rows)}


def _kits_by_activity(
    session: Session, activities: dict[UUID | None, Activity]
) -> Counter[UUID | None]:
    if not activities:
        return Counter()
    query = select(ActivityKitRow.activity_id).where(
        col(ActivityKitRow.activity_id).in_(list(activities))
    )
    return Counter(activity_id for activity_id in session.exec(query))


def maybe(kind: type[R], row: MirrorRow | None) -> R | None:
    return None if row is None else to_record(kind, row)
