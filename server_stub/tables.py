"""The central tables as SQLAlchemy knows them: one short class per record.

The migrations are the truth about the schema; these are for reading and writing records.
They have a registry of their own, apart from the device's tables of the same names.
"""

from sqlalchemy import Table
from sqlalchemy.orm import registry
from sqlmodel import SQLModel
from sqlmodel._compat import SQLModelConfig

from field_app.domain.activity import Activity
from field_app.domain.assignment import StaffAssignment
from field_app.domain.booking import Booking, RecurrencePattern
from field_app.domain.event import EventInstance, EventStateTransition, EventTeamMember
from field_app.domain.issue import EventIssue, IssueEntry, IssuePhoto
from field_app.domain.kit import ActivityKit, CustodyEntry, KitInstance, KitTemplate
from field_app.domain.person import Organization, Presence, User
from field_app.domain.place import Location
from field_app.domain.records import Record
from field_app.domain.review import ReviewItem


class CentralRow(SQLModel, registry=registry()):
    """Keeps the central tables apart from the device's, which have the same names."""

    model_config = SQLModelConfig(frozen=False)


class OrganizationRow(Organization, CentralRow, table=True):
    __tablename__ = Organization.table


class UserRow(User, CentralRow, table=True):
    __tablename__ = User.table


class PresenceRow(Presence, CentralRow, table=True):
    __tablename__ = Presence.table


class LocationRow(Location, CentralRow, table=True):
    __tablename__ = Location.table


class BookingRow(Booking, CentralRow, table=True):
    __tablename__ = Booking.table


class RecurrencePatternRow(RecurrencePattern, CentralRow, table=True):
    __tablename__ = RecurrencePattern.table


class KitTemplateRow(KitTemplate, CentralRow, table=True):
    __tablename__ = KitTemplate.table


class KitInstanceRow(KitInstance, CentralRow, table=True):
    __tablename__ = KitInstance.table


class EventInstanceRow(EventInstance, CentralRow, table=True):
    __tablename__ = EventInstance.table


class ActivityRow(Activity, CentralRow, table=True):
    __tablename__ = Activity.table


class EventTeamMemberRow(EventTeamMember, CentralRow, table=True):
    __tablename__ = EventTeamMember.table


class StaffAssignmentRow(StaffAssignment, CentralRow, table=True):
    __tablename__ = StaffAssignment.table


class ActivityKitRow(ActivityKit, CentralRow, table=True):
    __tablename__ = ActivityKit.table


class CustodyEntryRow(CustodyEntry, CentralRow, table=True):
    __tablename__ = CustodyEntry.table


class EventIssueRow(EventIssue, CentralRow, table=True):
    __tablename__ = EventIssue.table


class IssuePhotoRow(IssuePhoto, CentralRow, table=True):
    __tablename__ = IssuePhoto.table


class IssueEntryRow(IssueEntry, CentralRow, table=True):
    __tablename__ = IssueEntry.table


class EventStateTransitionRow(EventStateTransition, CentralRow, table=True):
    __tablename__ = EventStateTransition.table


class ReviewItemRow(ReviewItem, CentralRow, table=True):
    __tablename__ = ReviewItem.table


def table_of(kind: type[Record]) -> Table:
    """The central table of a record."""
    return _TABLES[kind.table]


_TABLES = {table.name: table for table in CentralRow.metadata.tables.values()}
