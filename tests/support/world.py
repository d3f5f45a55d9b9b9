"""The world of the domain's tests: Dana runs an event at a venue; Ana holds a shift there."""

from typing import Any
from uuid import uuid5

from field_app.domain.activity import Activity
from field_app.domain.booking import Booking, BookingStatus
from field_app.domain.event import EventInstance
from field_app.domain.person import Actor, Organization, Role, User
from field_app.domain.place import Location
from field_app.domain.records import Record
from field_app.domain.world import DictWorld
from tests.support.field import AGENCY, ANA, BEN, BRAND, DANA, NAMES, NORA, an_event

VENUE = Location(
    id=uuid5(NAMES, "venue"),
    version=1,
    name="Chelsea Market",
    latitude=40.7424,
    longitude=-74.0060,
    time_zone="America/New_York",
)
ACTIVITY = Activity(
    id=uuid5(NAMES, "activity"),
    version=1,
    type="sampling",
    title="Cold brew",
    event_instance_id=an_event().id,
)


def the_event(**changes: Any) -> EventInstance:
    """The event as Dana runs it, with a venue that has a pin."""
    return an_event(field_manager_id=DANA.id, location_id=VENUE.id).revise(**changes)


def a_user(actor: Actor, **changes: Any) -> User:
    return User(id=actor.id, version=1, name="Somebody", role=actor.role).revise(**changes)


def the_world(*records: Record, event: EventInstance | None = None) -> DictWorld:
    """Everything that decisions look at, plus these records."""
    return DictWorld(
        event or the_event(),
        VENUE,
        ACTIVITY,
        Organization(id=AGENCY, name="Agency", tier="internal"),
        Organization(id=BRAND, name="Brand", tier="client"),
        Booking(
            id=an_event().booking_id,
            title="Sampling",
            organization_id=BRAND,
            status=BookingStatus.APPROVED,
        ),
        a_user(ANA),
        a_user(BEN),
        a_user(NORA, role=Role.CLIENT),
        *records,
    )
