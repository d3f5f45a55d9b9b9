"""The world of the domain's tests: Dana runs an event at a venue; Ana holds a shift there."""

from typing import Any, TypeVar
from uuid import UUID, uuid5

from field_app.domain.activity import Activity
from field_app.domain.booking import Booking, BookingStatus
from field_app.domain.event import EventInstance
from field_app.domain.person import Actor, Organization, Role, User
from field_app.domain.place import Location
from field_app.domain.records import Record
from tests.support.field import AGENCY, ANA, BEN, BRAND, DANA, NAMES, NORA, an_event

R = TypeVar("R", bound=Record)

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


class DictWorld:
    """A world made of the records it is given."""

    def __init__(self, *records: Record) -> None:
        self._records = {(type(record), record.id): record for record in records}

    def after(self, *records: Record) -> "DictWorld":
        """This world once these records are written."""
        return DictWorld(*self._records.values(), *records)

    def find(self, kind: type[R], record_id: UUID) -> R | None:
        record = self._records.get((kind, record_id))
        return record if isinstance(record, kind) else None

    def where(self, kind: type[R], **equal: Any) -> list[R]:
        found = [r for r in self._records.values() if isinstance(r, kind)]
        matching = [r for r in found if all(getattr(r, k) == v for k, v in equal.items())]
        return sorted(matching, key=lambda record: record.id)


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
