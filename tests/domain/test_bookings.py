"""Moving a booking on: who may, from where, and what follows for its events."""

from uuid import uuid4

import pytest

from field_app.domain.assignment import AssignmentStatus, StaffAssignment
from field_app.domain.booking import Booking
from field_app.domain.booking import BookingStatus as B
from field_app.domain.bookings import BookingTransition
from field_app.domain.clock import OFFICE
from field_app.domain.decision import Accepted, Decision, Noop, Refused
from field_app.domain.event import EventInstance
from field_app.domain.event import EventStatus as E
from field_app.domain.person import Actor, Organization, Role
from field_app.domain.refusals import RefusalCode as R
from tests.support.field import AGENCY, ANA, BRAND, DANA, NOON, NORA, PRIYA, a_shift
from tests.support.kits import HOUR, act
from tests.support.world import DictWorld, the_event, the_world

BOOKING = the_world().find(Booking, the_event().booking_id)
BRANDS_ADMIN = Actor(id=uuid4(), role=Role.INTERNAL_ADMIN, organization_id=BRAND)
OTHERS_ADMIN = Actor(id=uuid4(), role=Role.INTERNAL_ADMIN, organization_id=uuid4())


def move(
    state: B,
    to: B,
    reason: str | None = None,
    *,
    actor: Actor = PRIYA,
    device_id: object = OFFICE,
    world: DictWorld | None = None,
) -> tuple[DictWorld, Decision]:
    before = (world or the_world()).after(BOOKING.revise(status=state))
    operation = BookingTransition(to_state=to, reason=reason)
    return act(before, operation, BOOKING, actor=actor, device_id=device_id)


@pytest.mark.parametrize(
    ("state", "to"),
    [
        (B.DRAFT, B.PENDING),
        (B.PENDING, B.APPROVED),
        (B.PENDING, B.REJECTED),
        (B.PENDING, B.CHANGES_REQUESTED),
        (B.CHANGES_REQUESTED, B.PENDING),
        (B.COMPLETED, B.APPROVED),
    ],
)
def test_the_office_moves_a_booking_on(state: B, to: B) -> None:
    world, decision = move(state, to, "Because")

    assert isinstance(decision, Accepted)
    assert world.find(Booking, BOOKING.id).status is to
    assert move(to, to)[1] == Noop()


def test_who_approved_it_and_when_is_kept() -> None:
    world, _ = move(B.PENDING, B.APPROVED)

    approved = world.find(Booking, BOOKING.id)
    assert (approved.approved_by, approved.approved_at) == (PRIYA.id, NOON)


@pytest.mark.parametrize(
    ("actor", "code"),
    [
        (ANA, R.UNKNOWN_TARGET),
        (DANA, R.NOT_ALLOWED),
        (NORA, R.UNKNOWN_TARGET),
        (OTHERS_ADMIN, R.UNKNOWN_TARGET),
    ],
)
def test_only_admins_of_its_organization_or_the_agency_move_it(actor: Actor, code: R) -> None:
    world = the_world(Organization(id=OTHERS_ADMIN.organization_id, name="Other", tier="client"))

    assert move(B.PENDING, B.APPROVED, actor=actor, world=world)[1] == Refused(code)
    assert isinstance(move(B.PENDING, B.APPROVED, actor=BRANDS_ADMIN, world=world)[1], Accepted)
    assert PRIYA.organization_id == AGENCY


def test_a_device_cannot_approve_because_events_are_made_at_the_office() -> None:
    assert move(B.PENDING, B.APPROVED, device_id=uuid4())[1] == Refused(R.NOT_ALLOWED)


@pytest.mark.parametrize(
    ("state", "to"),
    [
        (B.PENDING, B.REJECTED),
        (B.PENDING, B.CHANGES_REQUESTED),
        (B.APPROVED, B.CANCELLED),
        (B.COMPLETED, B.APPROVED),
    ],
)
def test_bad_news_needs_a_reason(state: B, to: B) -> None:
    assert move(state, to)[1] == Refused(R.REASON_NEEDED)


@pytest.mark.parametrize(
    ("state", "to"), [(B.DRAFT, B.APPROVED), (B.REJECTED, B.PENDING), (B.CANCELLED, B.APPROVED)]
)
def test_a_step_that_is_not_in_the_table_is_refused(state: B, to: B) -> None:
    assert move(state, to, "Because")[1] == Refused(R.WRONG_STATE)


def test_cancelling_calls_off_what_has_not_begun_and_keeps_what_was_worked() -> None:
    later = the_event(id=uuid4(), starts_at=NOON + 24 * HOUR, ends_at=NOON + 28 * HOUR)
    prepared = later.revise(id=uuid4(), status=E.PREPARATION)
    worked = later.revise(id=uuid4(), status=E.COMPLETED)
    running = the_event(status=E.IN_PROGRESS, starts_at=NOON - HOUR)
    missed = later.revise(id=uuid4(), starts_at=NOON - 30 * HOUR)
    offered = a_shift("offered", event_instance_id=later.id)
    at_work = a_shift("in", status=AssignmentStatus.CHECKED_IN)
    world = the_world(later, prepared, worked, missed, offered, at_work, event=running)

    after, _ = move(B.APPROVED, B.CANCELLED, "The brand withdrew", world=world)

    states = {e.id: e.status for e in after.where(EventInstance)}
    assert {states[later.id], states[prepared.id]} == {E.CANCELLED}
    assert states[worked.id] is E.COMPLETED
    assert (states[running.id], states[missed.id]) == (E.IN_PROGRESS, E.SCHEDULED)
    freed = after.find(StaffAssignment, offered.id)
    assert (freed.status, freed.cancel_reason) == ("cancelled", "event_cancelled")
    assert after.find(StaffAssignment, at_work.id).status is AssignmentStatus.CHECKED_IN


def test_a_booking_is_completed_once_all_its_events_are_over() -> None:
    over = the_world(event=the_event(status=E.POST_PROCESSING))

    assert move(B.APPROVED, B.COMPLETED)[1] == Refused(R.EVENTS_OPEN)
    assert isinstance(move(B.APPROVED, B.COMPLETED, world=over)[1], Accepted)
