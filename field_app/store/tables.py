"""The device's SQLite tables: the mirror, one short class per record, and the outbox.

Mirror tables may be dropped and filled again at any time; `outbox` and `settings` hold
what exists nowhere else.
"""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel
from sqlmodel._compat import SQLModelConfig

from field_app.domain.activity import Activity
from field_app.domain.assignment import StaffAssignment
from field_app.domain.booking import Booking
from field_app.domain.event import EventInstance, EventStateTransition, EventTeamMember
from field_app.domain.issue import EventIssue, IssueEntry, IssuePhoto
from field_app.domain.kit import ActivityKit, CustodyEntry, KitInstance, KitTemplate
from field_app.domain.person import Organization, Presence, User
from field_app.domain.place import Location
from field_app.domain.records import (
    Id,
    Instant,
    JsonType,
    MaybeInstant,
    Record,
    UuidType,
)
from field_app.domain.review import ReviewItem

GONE = -1
"""The generation of a row that has left the person's scope while an operation on it waits."""


class MirrorRow(SQLModel):
    """What every mirror table adds to its record.

    `generation` counts snapshots: rows of an older one are swept when a new one is complete.
    """

    model_config = SQLModelConfig(frozen=False)
    version: int = 0
    generation: int = 0


class OrganizationRow(Organization, MirrorRow, table=True):
    __tablename__ = Organization.table


class UserRow(User, MirrorRow, table=True):
    __tablename__ = User.table


class PresenceRow(Presence, MirrorRow, table=True):
    __tablename__ = Presence.table


class LocationRow(Location, MirrorRow, table=True):
    __tablename__ = Location.table


class BookingRow(Booking, MirrorRow, table=True):
    __tablename__ = Booking.table


class KitTemplateRow(KitTemplate, MirrorRow, table=True):
    __tablename__ = KitTemplate.table


class KitInstanceRow(KitInstance, MirrorRow, table=True):
    __tablename__ = KitInstance.table


class EventInstanceRow(EventInstance, MirrorRow, table=True):
    __tablename__ = EventInstance.table


class ActivityRow(Activity, MirrorRow, table=True):
    __tablename__ = Activity.table


class EventTeamMemberRow(EventTeamMember, MirrorRow, table=True):
    __tablename__ = EventTeamMember.table


class StaffAssignmentRow(StaffAssignment, MirrorRow, table=True):
    __tablename__ = StaffAssignment.table


class ActivityKitRow(ActivityKit, MirrorRow, table=True):
    __tablename__ = ActivityKit.table


class CustodyEntryRow(CustodyEntry, MirrorRow, table=True):
    __tablename__ = CustodyEntry.table


class EventIssueRow(EventIssue, MirrorRow, table=True):
    __tablename__ = EventIssue.table


class IssuePhotoRow(IssuePhoto, MirrorRow, table=True):
    __tablename__ = IssuePhoto.table


class IssueEntryRow(IssueEntry, MirrorRow, table=True):
    __tablename__ = IssueEntry.table


class EventStateTransitionRow(EventStateTransition, MirrorRow, table=True):
    __tablename__ = EventStateTransition.table


class ReviewItemRow(ReviewItem, MirrorRow, table=True):
    __tablename__ = ReviewItem.table


ROWS: dict[type[Record], type[MirrorRow]] = {
    Organization: OrganizationRow,
    User: UserRow,
    Presence: PresenceRow,
    Location: LocationRow,
    Booking: BookingRow,
    KitTemplate: KitTemplateRow,
    KitInstance: KitInstanceRow,
    EventInstance: EventInstanceRow,
    Activity: ActivityRow,
    EventTeamMember: EventTeamMemberRow,
    StaffAssignment: StaffAssignmentRow,
    ActivityKit: ActivityKitRow,
    CustodyEntry: CustodyEntryRow,
    EventIssue: EventIssueRow,
    IssuePhoto: IssuePhotoRow,
    IssueEntry: IssueEntryRow,
    EventStateTransition: EventStateTransitionRow,
    ReviewItem: ReviewItemRow,
}


LOOKED_UP: dict[type[MirrorRow], tuple[str, ...]] = {
    EventInstanceRow: ("starts_at", "ends_at"),
    ActivityRow: ("event_instance_id",),
    EventTeamMemberRow: ("event_instance_id", "user_id"),
    StaffAssignmentRow: ("user_id", "event_instance_id"),
    ActivityKitRow: ("event_instance_id", "activity_id", "kit_instance_id", "holder_id"),
    CustodyEntryRow: ("kit_instance_id",),
    EventIssueRow: ("event_instance_id",),
    IssuePhotoRow: ("issue_id",),
    IssueEntryRow: ("issue_id",),
    ReviewItemRow: ("status",),
}
"""The columns that screens look rows up by."""

for _row, _columns in LOOKED_UP.items():
    for _column in _columns:
        _found = SQLModel.metadata.tables[str(_row.__tablename__)].c[_column]
        Index(f"ix_{_found.table.name}_{_column}", _found)


class ConfirmedRow(SQLModel, table=True):
    """The server's copy of a row that an optimistic one covers; no `body` where it had none."""

    __tablename__ = "confirmed"

    table_name: str = Field(primary_key=True)
    id: Id = Field(primary_key=True, sa_type=UuidType)
    body: str | None = None
    generation: int = 0


class OutboxRow(SQLModel, table=True):
    """One operation of one person: as it was made, and what became of it."""

    __tablename__ = "outbox"

    seq: int = Field(primary_key=True)
    operation_id: Id = Field(unique=True, sa_type=UuidType)
    author_id: Id = Field(index=True, sa_type=UuidType)
    target_id: Id = Field(index=True, sa_type=UuidType)
    kind: str
    occurred_at: Instant
    envelope: str
    """The wire's JSON, frozen at the tap."""
    status: str = Field(default="pending", index=True)
    """`pending` until the server's verdict: applied, noop, refused or parked."""
    code: str | None = None
    message: str | None = None
    flags: list[str] = Field(default_factory=list, sa_type=JsonType)
    decided_at: MaybeInstant = None
    settled_at: MaybeInstant = None
    dismissed_at: MaybeInstant = None
    sent_at: MaybeInstant = None
    attempts: int = 0
    may_be_refused: bool = False


class SettingRow(SQLModel, table=True):
    """One setting of this device."""

    __tablename__ = "settings"

    name: str = Field(primary_key=True)
    value: str


class PhotoRow(SQLModel, table=True):
    """One photo of one person on its way to the office; its bytes are a file."""

    __tablename__ = "photos"

    author_id: Id = Field(primary_key=True, sa_type=UuidType)
    sha256: str = Field(primary_key=True)
    record_id: Id = Field(index=True, sa_type=UuidType)
    """The issue or the shift that it is a photo of."""
    operation_id: Id = Field(sa_type=UuidType)
    """The operation that names it; it is not sent before the office has decided that."""
    bytes: int
    sent_bytes: int = 0
    status: str = Field(default="waiting", index=True)
    """`waiting`, `sent`, `failed` when the office did not take it, or `removed` by the person."""
    settled_at: MaybeInstant = None


PRECIOUS = ("outbox", "photos", "settings")
"""Tables that are never dropped; every other one can be filled again from the server."""
