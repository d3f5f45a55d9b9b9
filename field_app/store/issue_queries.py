"""What screens ask about issues: which are open, what belongs to one, and where one may report."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import sqlalchemy
from sqlmodel import Session, case, col, or_, select

from field_app.domain.activity import Activity
from field_app.domain.booking import Booking
from field_app.domain.event import EventInstance
from field_app.domain.issue import (
    SETTLED,
    EventIssue,
    IssueEntry,
    IssuePhoto,
    IssueType,
    PhotoState,
    Severity,
)
from field_app.domain.kit import KitInstance
from field_app.domain.person import User
from field_app.domain.place import Location
from field_app.store.mirror import to_record
from field_app.store.queries import LIST_LIMIT, by_id, maybe
from field_app.store.tables import (
    ActivityKitRow,
    ActivityRow,
    BookingRow,
    EventInstanceRow,
    EventIssueRow,
    IssueEntryRow,
    IssuePhotoRow,
    KitInstanceRow,
    LocationRow,
)

OPEN, MINE, ALL = "open", "mine", "all"
WORST_FIRST = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)
ALIKE_WITHIN = dt.timedelta(hours=2)
MOST_EVENTS = 6


@dataclass(frozen=True)
class Happening:
    """One line of an issue's timeline. `owner`: who was to take care of it from then on."""

    entry: IssueEntry
    by: User | None
    owner: User | None


@dataclass(frozen=True)
class Issue:
    """An issue with all that its row and its page show."""

    issue: EventIssue
    event: EventInstance
    booking: Booking | None = None
    place: Location | None = None
    activity: Activity | None = None
    kit: KitInstance | None = None
    reporter: User | None = None
    owner: User | None = None
    resolver: User | None = None
    photos: list[IssuePhoto] = field(default_factory=list)
    """Those that were not taken away again."""
    entries: list[Happening] = field(default_factory=list)

    @property
    def id(self) -> UUID:
        return self.issue.id

    @property
    def title(self) -> str:
        return self.booking.title if self.booking else "Event"


@dataclass(frozen=True)
class EventBrief:
    """An event as a choice."""

    event: EventInstance
    booking: Booking | None
    place: Location | None


def issues(
    session: Session, only: str, me: UUID, words: str = "", most: int = LIST_LIMIT
) -> list[Issue]:
    """The unsettled ones first, of those the worst, of those the newest.

    `words` are looked for in what was written, the event's title and the kit's number.
    """
    query = _issues()
    if wanted := words.strip():
        looked_in = (EventIssueRow.description, BookingRow.title, KitInstanceRow.serial_number)
        query = query.where(or_(*(col(c).contains(wanted, autoescape=True) for c in looked_in)))
    if only == OPEN:
        query = query.where(col(EventIssueRow.status).not_in(SETTLED))
    if only == MINE:
        query = query.where(col(EventIssueRow.reported_by) == me)
    rank = case({each.value: at for at, each in enumerate(WORST_FIRST)}, value=_severity())
    order = (col(EventIssueRow.status).in_(SETTLED), rank, col(EventIssueRow.created_at).desc())
    first = query.with_only_columns(col(EventIssueRow.id)).order_by(*order).limit(most).subquery()
    found = _issues().where(col(EventIssueRow.id).in_(sqlalchemy.select(first.c.id)))
    return _load(session, found.order_by(*order))


def issue(session: Session, issue_id: UUID) -> Issue | None:
    """With its timeline."""
    found = _load(session, _issues().where(col(EventIssueRow.id) == issue_id))
    return replace(found[0], entries=_timeline(session, issue_id)) if found else None


def alike(
    session: Session, event_id: UUID | None, issue_type: IssueType | None, now: dt.datetime
) -> EventIssue | None:
    """An open issue of this kind that was reported at this event lately."""
    query = (
        select(EventIssueRow)
        .where(col(EventIssueRow.event_instance_id) == event_id)
        .where(col(EventIssueRow.issue_type) == issue_type)
        .where(col(EventIssueRow.status).not_in(SETTLED))
        .where(col(EventIssueRow.created_at) > now - ALIKE_WITHIN)
        .order_by(col(EventIssueRow.created_at).desc())
    )
    return maybe(EventIssue, session.exec(query.limit(1)).first())


def events_near(session: Session, now: dt.datetime) -> list[EventBrief]:
    """The events on this device, the nearest in time first."""
    starts_at = col(EventInstanceRow.starts_at)
    query = (
        select(EventInstanceRow, BookingRow, LocationRow)
        .outerjoin(BookingRow, col(BookingRow.id) == col(EventInstanceRow.booking_id))
        .outerjoin(LocationRow, col(LocationRow.id) == col(EventInstanceRow.location_id))
        .limit(MOST_EVENTS)
    )
    before = session.exec(query.where(starts_at <= now).order_by(starts_at.desc())).all()
    after = session.exec(query.where(starts_at > now).order_by(starts_at)).all()
    found = [
        EventBrief(to_record(EventInstance, event), maybe(Booking, b), maybe(Location, place))
        for event, b, place in [*before, *after]
    ]
    return sorted(found, key=lambda brief: _away(brief.event, now))[:MOST_EVENTS]


def _away(event: EventInstance, now: dt.datetime) -> tuple[dt.timedelta, dt.datetime]:
    """How far an event is from now; nothing while it is on."""
    before, after = event.starts_at - now, now - event.ends_at
    return max(before, after, dt.timedelta(0)), event.starts_at


def _severity() -> Any:
    return col(EventIssueRow.severity)


def _issues() -> Any:
    return (
        sqlalchemy.select(
            EventIssueRow, EventInstanceRow, BookingRow, LocationRow, ActivityRow, KitInstanceRow
        )
        .join(EventInstanceRow, col(EventInstanceRow.id) == col(EventIssueRow.event_instance_id))
        .outerjoin(BookingRow, col(BookingRow.id) == col(EventInstanceRow.booking_id))
        .outerjoin(LocationRow, col(LocationRow.id) == col(EventInstanceRow.location_id))
        .outerjoin(ActivityRow, col(ActivityRow.id) == col(EventIssueRow.activity_id))
        .outerjoin(ActivityKitRow, col(ActivityKitRow.id) == col(EventIssueRow.activity_kit_id))
        .outerjoin(KitInstanceRow, col(KitInstanceRow.id) == col(ActivityKitRow.kit_instance_id))
    )


def _load(session: Session, query: Any) -> list[Issue]:
    found: Iterable[Any] = session.exec(query).all()
    involved = [i for row, *_ in found for i in (row.reported_by, row.owner_id, row.resolved_by)]
    people = by_id(session, User, involved)
    photos = _photos(session, [row.id for row, *_ in found])
    return [
        Issue(
            issue=to_record(EventIssue, row),
            event=to_record(EventInstance, event),
            booking=maybe(Booking, booking),
            place=maybe(Location, place),
            activity=maybe(Activity, activity),
            kit=maybe(KitInstance, kit),
            reporter=people.get(row.reported_by),
            owner=people.get(row.owner_id),
            resolver=people.get(row.resolved_by),
            photos=photos.get(row.id, []),
        )
        for row, event, booking, place, activity, kit in found
    ]


def _timeline(session: Session, issue_id: UUID) -> list[Happening]:
    query = select(IssueEntryRow).where(col(IssueEntryRow.issue_id) == issue_id)
    order = (col(IssueEntryRow.occurred_at), col(IssueEntryRow.id))
    entries = [to_record(IssueEntry, row) for row in session.exec(query.order_by(*order))]
    people = by_id(session, User, [i for each in entries for i in (each.by_id, each.owner_id)])
    return [Happening(each, people.get(each.by_id), people.get(each.owner_id)) for each in entries]


def _photos(session: Session, ids: list[UUID]) -> dict[UUID, list[IssuePhoto]]:
    is_there = col(IssuePhotoRow.state) != PhotoState.REMOVED
    query = select(IssuePhotoRow).where(col(IssuePhotoRow.issue_id).in_(ids), is_there)
    photos: dict[UUID, list[IssuePhoto]] = {}
    for row in session.exec(query.order_by(col(IssuePhotoRow.position), col(IssuePhotoRow.id))):
        photos.setdefault(row.issue_id, []).append(to_record(IssuePhoto, row))
    return photos
