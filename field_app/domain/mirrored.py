"""Every record that travels to devices, parents first."""

from typing import Final

from field_app.domain.activity import Activity
from field_app.domain.assignment import StaffAssignment
from field_app.domain.booking import Booking
from field_app.domain.event import EventInstance, EventStateTransition, EventTeamMember
from field_app.domain.issue import EventIssue, IssueEntry, IssuePhoto
from field_app.domain.kit import ActivityKit, CustodyEntry, KitInstance, KitTemplate
from field_app.domain.person import Organization, Presence, User
from field_app.domain.place import Location
from field_app.domain.records import Record
from field_app.domain.review import ReviewItem

MIRRORED: Final[tuple[type[Record], ...]] = (
    Organization,
    User,
    Presence,
    Location,
    Booking,
    KitTemplate,
    KitInstance,
    EventInstance,
    Activity,
    EventTeamMember,
    StaffAssignment,
    ActivityKit,
    CustodyEntry,
    EventIssue,
    IssuePhoto,
    IssueEntry,
    EventStateTransition,
    ReviewItem,
)

BY_TABLE: Final = {record.table: record for record in MIRRORED}
