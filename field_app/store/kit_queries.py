"""What screens ask about kits: who has which, what is due, and every hand it went through."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy
from sqlmodel import Session, col, func, or_, select, union

from field_app.domain.activity import Activity
from field_app.domain.booking import Booking
from field_app.domain.event import EventInstance
from field_app.domain.kit import ActivityKit, CustodyEntry, KitInstance, KitStatus, KitTemplate
from field_app.domain.person import User
from field_app.domain.place import Location
from field_app.domain.serial import ending, find_serials, look_alike, normalize
from field_app.store.mirror import to_record
from field_app.store.queries import LIST_LIMIT, by_id, maybe
from field_app.store.tables import (
    ActivityKitRow,
    ActivityRow,
    BookingRow,
    CustodyEntryRow,
    EventInstanceRow,
    KitInstanceRow,
    KitTemplateRow,
    LocationRow,
    UserRow,
)

DUE_AFTER = dt.timedelta(hours=2)
"""How long after the end of its event a kit may still be out before it is overdue."""

BACK = dt.timedelta(hours=6)
AHEAD = dt.timedelta(days=8)
"""What is near in time."""

SEPARATORS = "- ./_"
"""What stands between the parts of serial numbers."""

OUT = (KitStatus.CHECKED_OUT, KitStatus.ISSUE_REPORTED)
GOING_OUT = (KitStatus.NEEDED, KitStatus.ASSIGNED, KitStatus.PREPARED)


@dataclass(frozen=True)
class Need:
    """An activity's need for a kit with all that a row about it shows."""

    kit: ActivityKit
    event: EventInstance
    template: KitTemplate | None = None
    instance: KitInstance | None = None
    activity: Activity | None = None
    place: Location | None = None
    booking: Booking | None = None
    holder: User | None = None

    @property
    def id(self) -> UUID:
        return self.kit.id

    @property
    def name(self) -> str:
        """The serial number, or what kind of kit is needed."""
        if self.instance:
            return self.instance.serial_number
        return self.template.name if self.template else "Kit"

    @property
    def is_out(self) -> bool:
        return self.kit.holder_id is not None and self.kit.status in OUT

    @property
    def is_disputed(self) -> bool:
        return self.instance is not None and self.instance.disputed and self.is_out

    def is_overdue(self, now: dt.datetime) -> bool:
        return self.is_out and now > self.event.ends_at + DUE_AFTER


@dataclass(frozen=True)
class Handling:
    """One entry of a kit's history with the names in it."""

    entry: CustodyEntry
    by: str | None
    holder: str | None
    giver: str | None


@dataclass(frozen=True)
class Shelves:
    """Kits by what there is to do about them, each need in the first that fits."""

    trouble: list[Need]
    mine: list[Need]
    out: list[Need]
    coming: list[Need]

    def __len__(self) -> int:
        return sum(map(len, (self.trouble, self.mine, self.out, self.coming)))


def shelves(session: Session, me: UUID, now: dt.datetime, most: int = LIST_LIMIT) -> Shelves:
    """What is near in time or out, as far as this device knows; so many needs at most, in all.

    What is out comes by when it is due, what goes out by when it is needed.
    """
    is_out = col(ActivityKitRow.holder_id).is_not(None) & col(ActivityKitRow.status).in_(OUT)
    is_late = col(EventInstanceRow.ends_at) < now - DUE_AFTER
    disputed = select(KitInstanceRow.id).where(col(KitInstanceRow.disputed))
    is_disputed = col(ActivityKitRow.kit_instance_id).in_(disputed)
    is_fine = ~is_late, func.coalesce(~is_disputed, True)
    is_mine = col(ActivityKitRow.holder_id) == me
    by_due = _needs().where(is_out)
    by_due = by_due.order_by(col(EventInstanceRow.ends_at), col(ActivityKitRow.id))
    first = [_ids(by_due.where(each), most) for each in (is_late, is_disputed)]
    trouble = _load(session, by_due.where(col(ActivityKitRow.id).in_(union(*first))), most)
    mine = _load(session, by_due.where(*is_fine, is_mine), most - len(trouble))
    room = most - len(trouble) - len(mine)
    out = _load(session, by_due.where(*is_fine, ~is_mine), room)
    near = _between(now - BACK, now + AHEAD).where(col(ActivityKitRow.status).in_(GOING_OUT))
    return Shelves(trouble, mine, out, _load(session, near, room - len(out)))


def going_out(session: Session, now: dt.datetime) -> list[Need]:
    """Needs near in time whose kit was not handed out yet, the soonest first."""
    query = _between(now - BACK, now + AHEAD).where(col(ActivityKitRow.status).in_(GOING_OUT))
    return _load(session, query)


def matching(session: Session, words: str) -> list[Need]:
    """Needs by a part of the kit's number, its kind, its holder or the event, the latest first."""

    def of(record_id: Any, text: Any) -> Any:
        """Looked through once each: SQLite's LIKE takes capitals for small letters by itself."""
        return select(record_id).where(col(text).contains(words.strip(), autoescape=True))

    fits = [
        col(ActivityKitRow.kit_instance_id).in_(
            of(KitInstanceRow.id, KitInstanceRow.serial_number)
        ),
        col(ActivityKitRow.kit_template_id).in_(of(KitTemplateRow.id, KitTemplateRow.name)),
        col(EventInstanceRow.booking_id).in_(of(BookingRow.id, BookingRow.title)),
        col(ActivityKitRow.holder_id).in_(of(UserRow.id, UserRow.name)),
    ]
    latest = col(EventInstanceRow.starts_at).desc()
    return _load(session, _needs().where(or_(*fits)).order_by(latest, col(ActivityKitRow.id)))


def needs_of_event(session: Session, event_id: UUID) -> list[Need]:
    query = _needs().where(col(EventInstanceRow.id) == event_id)
    return _load(session, query.order_by(col(KitTemplateRow.name), col(ActivityKitRow.id)))


def need(session: Session, need_id: UUID) -> Need | None:
    found = _load(session, _needs().where(col(ActivityKitRow.id) == need_id))
    return found[0] if found else None


def needs_for_kit(session: Session, kit: KitInstance) -> list[Need]:
    """Needs that this kit answers, or could answer where none was chosen yet; soonest first.

    Of a kit with a long history those that come last.
    """
    is_open = col(ActivityKitRow.kit_instance_id).is_(None) & (
        col(ActivityKitRow.kit_template_id) == kit.template_id
    )
    query = _needs().where(or_(col(ActivityKitRow.kit_instance_id) == kit.id, is_open))
    latest = col(EventInstanceRow.starts_at).desc()
    return _load(session, query.order_by(latest, col(ActivityKitRow.id).desc()))[::-1]


def find_kits(session: Session, typed: str) -> list[KitInstance]:
    """The kits that somebody may have meant, by serial number; see `serial.find_serials`."""
    if not (wanted := normalize(typed)):
        return []
    number = col(KitInstanceRow.serial_number)
    like = look_alike(wanted)
    alike = [number.like(_spread(each)) for each in (like, like[:-1]) if each]
    ends = func.rtrim(number, SEPARATORS).like(_spread(ending(wanted)))
    query = select(KitInstanceRow).where(or_(*alike, ends))
    rows = {row.serial_number: row for row in session.exec(query)}
    return [to_record(KitInstance, rows[serial]) for serial in find_serials(typed, rows)]


def _spread(text: str) -> str:
    """A pattern for what ends in these characters, whatever stands between them.

    It finds more than is meant, quickly; `serial.find_serials` then chooses.
    """
    return "%" + "%".join("_" if character in "0O1I" else character for character in text)


def kits_of_template(session: Session, template_id: UUID | None) -> list[KitInstance]:
    query = select(KitInstanceRow).where(col(KitInstanceRow.template_id) == template_id)
    rows = session.exec(query.order_by(col(KitInstanceRow.serial_number)).limit(LIST_LIMIT))
    return [to_record(KitInstance, row) for row in rows]


def handlings_of(session: Session, kit_id: UUID | None) -> list[Handling]:
    """Everything that was said about who has a kit, the latest first."""
    query = select(CustodyEntryRow).where(col(CustodyEntryRow.kit_instance_id) == kit_id)
    query = query.order_by(col(CustodyEntryRow.occurred_at).desc()).limit(LIST_LIMIT)
    entries = [to_record(CustodyEntry, row) for row in session.exec(query)]
    ids = {i for e in entries for i in (e.recorded_by, e.holder_id, e.from_id)}
    names = {user_id: user.name for user_id, user in by_id(session, User, list(ids)).items()}
    return [
        Handling(
            entry,
            names.get(entry.recorded_by),
            names.get(entry.holder_id),
            names.get(entry.from_id),
        )
        for entry in entries
    ]


def _needs() -> Any:
    return (
        sqlalchemy.select(
            ActivityKitRow,
            EventInstanceRow,
            KitTemplateRow,
            KitInstanceRow,
            ActivityRow,
            LocationRow,
            BookingRow,
        )
        .join(EventInstanceRow, col(EventInstanceRow.id) == col(ActivityKitRow.event_instance_id))
        .outerjoin(KitTemplateRow, col(KitTemplateRow.id) == col(ActivityKitRow.kit_template_id))
        .outerjoin(KitInstanceRow, col(KitInstanceRow.id) == col(ActivityKitRow.kit_instance_id))
        .outerjoin(ActivityRow, col(ActivityRow.id) == col(ActivityKitRow.activity_id))
        .outerjoin(LocationRow, col(LocationRow.id) == col(EventInstanceRow.location_id))
        .outerjoin(BookingRow, col(BookingRow.id) == col(EventInstanceRow.booking_id))
    )


def _between(since: dt.datetime, until: dt.datetime) -> Any:
    """What the events of a period need, the soonest first."""
    is_near = [col(EventInstanceRow.ends_at) > since, col(EventInstanceRow.starts_at) < until]
    return (
        _needs().where(*is_near).order_by(col(EventInstanceRow.starts_at), col(ActivityKitRow.id))
    )


def _ids(query: Any, most: int) -> Any:
    """Which needs come first, without all that hangs on them."""
    first = query.with_only_columns(col(ActivityKitRow.id)).limit(most).subquery()
    return sqlalchemy.select(first.c.id)


def _load(session: Session, query: Any, most: int = LIST_LIMIT) -> list[Need]:
    if most <= 0:
        return []
    found: Iterable[Any] = session.exec(query.limit(most)).all()
    holders = by_id(session, User, [kit.holder_id for kit, *_ in found])
    return [
        Need(
            kit=to_record(ActivityKit, kit),
            event=to_record(EventInstance, event),
            template=maybe(KitTemplate, template),
            instance=maybe(KitInstance, instance),
            activity=maybe(Activity, activity),
            place=maybe(Location, place),
            booking=maybe(Booking, booking),
            holder=holders.get(kit.holder_id),
        )
        for kit, event, template, instance, activity, place, booking in found
    ]
