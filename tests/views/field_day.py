"""What managers' screens show in the tests: an event that Dana runs, its people and its kits."""

from field_app.domain.assignment import AssignmentStatus
from field_app.domain.booking import Booking
from field_app.domain.person import Role, User
from field_app.domain.wire import Person
from tests.support.field import ANA, BEN, DANA, an_event
from tests.support.kits import BEN_WORKS, KIT, OTHER_KIT, TEMPLATE
from tests.support.world import ACTIVITY, VENUE, the_event

DANA_HERSELF = Person(id=DANA.id, name="Dana", email="d@e", role=Role.FIELD_MANAGER)
NAMED = [
    User(id=ANA.id, version=1, name="Ana Castillo", role=Role.BRAND_AGENT),
    User(id=BEN.id, version=1, name="Ben Okafor", role=Role.BRAND_AGENT),
    User(id=DANA.id, version=1, name="Dana Whitfield", role=Role.FIELD_MANAGER),
]
SHELF = [
    the_event(),
    VENUE,
    ACTIVITY.revise(target_metrics={"samples": 400}),
    Booking(id=an_event().booking_id, version=1, title="Cold brew sampling"),
    TEMPLATE,
    KIT,
    OTHER_KIT,
    BEN_WORKS.revise(status=AssignmentStatus.ACCEPTED),
    *NAMED,
]
