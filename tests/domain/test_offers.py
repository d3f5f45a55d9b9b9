"""Offers: who can be offered what, and what an answer meets when it comes late."""

from uuid import uuid4

import pytest

from field_app.domain.activity import Activity, ActivityStatus
from field_app.domain.assignment import AssignmentStatus, CancelReason, StaffAssignment
from field_app.domain.decision import Accepted, Noop, Refused
from field_app.domain.event import EventInstance, EventStatus, EventTeamMember
from field_app.domain.offers import AssignmentAccept, AssignmentCancel, AssignmentOffer
from field_app.domain.operations import Operation, decide
from field_app.domain.person import Actor, Role
from field_app.domain.refusals import RefusalCode
from tests.domain.acting import HOUR
from tests.support.field import (
    AGENCY,
    ANA,
    BEN,
    BRAND,
    DANA,
    LUIS,
    NOON,
    NORA,
    PRIYA,
    a_shift,
    an_envelope,
)
from tests.support.world import ACTIVITY, DictWorld, a_user, the_event, the_world


def an_offer(user: Actor = ANA, **changes: object) -> AssignmentOffer:
    return AssignmentOffer(
        event_instance_id=the_event().id, user_id=user.id, role="brand_agent"
    ).model_copy(update=changes)


def code_of(operation: Operation, world: DictWorld, actor: Actor = DANA) -> RefusalCode | None:
    decision = decide(an_envelope(operation, uuid4(), actor=actor), world)
    return decision.code if isinstance(decision, Refused) else None


def only(decision: object, kind: type) -> object:
    assert isinstance(decision, Accepted)
    return next(record for record in decision.records if isinstance(record, kind))


def test_a_new_offer_takes_the_id_the_device_chose() -> None:
    target, until = uuid4(), NOON + HOUR

    decision = decide(
        an_envelope(an_offer(expires_at=until, activity_id=ACTIVITY.id), target, actor=DANA),
        the_world(),
    )

    made = only(decision, StaffAssignment)
    assert isinstance(made, StaffAssignment)
    assert (made.id, made.version, made.user_id) == (target, 0, ANA.id)
    assert (made.status, made.status_at) == (AssignmentStatus.OFFERED, NOON)
    assert (made.expires_at, made.activity_id) == (until, ACTIVITY.id)


@pytest.mark.parametrize(
    ("offer", "event", "code"),
    [
        (an_offer(event_instance_id=uuid4()), the_event(), RefusalCode.UNKNOWN_TARGET),
        (an_offer(user_id=uuid4()), the_event(), RefusalCode.UNKNOWN_TARGET),
        (an_offer(activity_id=uuid4()), the_event(), RefusalCode.UNKNOWN_TARGET),
        (an_offer(NORA), the_event(), RefusalCode.NOT_ALLOWED),
        (an_offer(), the_event(status=EventStatus.CANCELLED), RefusalCode.EVENT_CANCELLED),
        (an_offer(), the_event(status=EventStatus.COMPLETED), RefusalCode.EVENT_OVER),
    ],
)
def test_an_offer_that_cannot_be_is_refused(
    offer: AssignmentOffer, event: EventInstance, code: RefusalCode
) -> None:
    assert code_of(offer, the_world(event=event)) is code


def test_a_deactivated_person_is_offered_nothing() -> None:
    world = the_world(a_user(ANA, status="inactive"))

    assert code_of(an_offer(), world) is RefusalCode.NOT_ALLOWED


def test_an_activity_of_another_event_is_refused() -> None:
    elsewhere = ACTIVITY.revise(event_instance_id=uuid4())

    code = code_of(an_offer(activity_id=ACTIVITY.id), the_world(elsewhere))

    assert code is RefusalCode.UNKNOWN_TARGET


def test_a_person_who_holds_the_shift_is_not_offered_it_again() -> None:
    world = the_world(a_shift(status=AssignmentStatus.ACCEPTED))

    assert code_of(an_offer(), world) is RefusalCode.ALREADY_BOOKED


def test_a_person_who_lost_the_shift_can_be_offered_it_anew() -> None:
    world = the_world(a_shift(status=AssignmentStatus.CANCELLED))

    assert code_of(an_offer(), world) is None


def test_an_existing_shift_is_never_turned_into_somebody_elses() -> None:
    shift = a_shift(status=AssignmentStatus.REJECTED)

    decision = decide(an_envelope(an_offer(BEN), shift.id, actor=DANA), the_world(shift))

    assert decision == Refused(RefusalCode.WRONG_STATE)


def test_a_managers_team_role_counts_like_being_the_manager() -> None:
    member = EventTeamMember(
        id=uuid4(),
        event_instance_id=the_event().id,
        user_id=LUIS.id,
        role=Role.FIELD_MANAGER.value,
    )

    assert code_of(an_offer(), the_world(), LUIS) is RefusalCode.UNKNOWN_TARGET
    assert code_of(an_offer(), the_world(member), LUIS) is None


@pytest.mark.parametrize(
    ("organization", "may"), [(AGENCY, True), (BRAND, True), (uuid4(), False), (None, False)]
)
def test_an_admin_runs_the_agencys_events_or_those_of_their_own_brand(
    organization: object, may: bool
) -> None:
    admin = PRIYA.model_copy(update={"organization_id": organization})

    colleague = a_user(ANA, organization_id=organization)

    assert (code_of(an_offer(), the_world(colleague), admin) is None) is may


def test_the_first_acceptance_prepares_the_event_and_staffs_the_activity() -> None:
    shift = a_shift(activity_id=ACTIVITY.id)

    decision = decide(an_envelope(AssignmentAccept(), shift.id), the_world(shift))

    event, activity = only(decision, EventInstance), only(decision, Activity)
    assert isinstance(event, EventInstance)
    assert isinstance(activity, Activity)
    assert event.status is EventStatus.PREPARATION
    assert activity.status is ActivityStatus.ASSIGNED


def test_an_activity_that_this_side_does_not_hold_is_left_alone() -> None:
    shift = a_shift(activity_id=uuid4())

    decision = decide(an_envelope(AssignmentAccept(), shift.id), the_world(shift))

    assert isinstance(decision, Accepted)
    assert not any(isinstance(record, Activity) for record in decision.records)


def test_the_last_cancellation_unstaffs_the_activity() -> None:
    staffed = ACTIVITY.revise(status=ActivityStatus.ASSIGNED)
    ana = a_shift("a", activity_id=ACTIVITY.id, status=AssignmentStatus.ACCEPTED)
    ben = ana.revise(id=uuid4(), user_id=BEN.id)
    cancel = AssignmentCancel(reason="ill")

    one_left = decide(an_envelope(cancel, ana.id), the_world(ana, ben, staffed))
    none_left = decide(an_envelope(cancel, ana.id), the_world(ana, staffed))

    activity = only(none_left, Activity)
    assert isinstance(one_left, Accepted)
    assert isinstance(activity, Activity)
    assert len(one_left.records) == 1
    assert activity.status is ActivityStatus.PLANNED


@pytest.mark.parametrize(
    ("actor", "reason", "stored"),
    [
        (ANA, "replaced", CancelReason.AGENT_DROPPED),
        (DANA, "replaced", CancelReason.REPLACED),
        (DANA, "agent_dropped", CancelReason.CANCELLED_BY_MANAGER),
        (DANA, "she moved away", CancelReason.CANCELLED_BY_MANAGER),
    ],
)
def test_a_cancellation_says_who_and_why(actor: Actor, reason: str, stored: CancelReason) -> None:
    shift = a_shift(status=AssignmentStatus.ACCEPTED)

    decision = decide(
        an_envelope(AssignmentCancel(reason=reason), shift.id, actor=actor), the_world(shift)
    )

    cancelled = only(decision, StaffAssignment)
    assert isinstance(cancelled, StaffAssignment)
    assert cancelled.cancel_reason == stored.value


def test_a_yes_to_an_event_that_was_called_off_is_refused() -> None:
    shift = a_shift()
    world = the_world(shift, event=the_event(status=EventStatus.CANCELLED))

    decision = decide(an_envelope(AssignmentAccept(), shift.id), world)

    assert decision == Refused(RefusalCode.EVENT_CANCELLED)


def test_an_unknown_shift_is_refused_as_such() -> None:
    decision = decide(an_envelope(AssignmentAccept(), uuid4()), the_world())

    assert decision == Refused(RefusalCode.UNKNOWN_TARGET)


def test_offering_the_same_again_changes_nothing_and_other_terms_are_not_slipped_in() -> None:
    shift = a_shift()

    same = decide(an_envelope(an_offer(), shift.id, actor=DANA), the_world(shift))
    other = decide(
        an_envelope(an_offer(expires_at=NOON + HOUR), shift.id, actor=DANA), the_world(shift)
    )

    assert same == Noop()
    assert other == Refused(RefusalCode.WRONG_STATE)


def test_saying_yes_twice_changes_nothing() -> None:
    shift = a_shift(status=AssignmentStatus.ACCEPTED)

    assert decide(an_envelope(AssignmentAccept(), shift.id), the_world(shift)) == Noop()
