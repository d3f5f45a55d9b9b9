"""What a person may know of, and that everything else looks as if it did not exist."""

from typing import Any
from uuid import uuid4

import pytest

from field_app.domain.activity import Activity
from field_app.domain.booking import Booking
from field_app.domain.decision import Decision, Refused
from field_app.domain.event import EventInstance, EventTeamMember
from field_app.domain.issues import IssueReport
from field_app.domain.kit import ActivityKit
from field_app.domain.offers import AssignmentOffer
from field_app.domain.operations import Operation, decide
from field_app.domain.person import Actor, Role, User
from field_app.domain.records import Record
from field_app.domain.refusals import RefusalCode as R
from field_app.domain.sight import Without, sees
from field_app.domain.triage import IssueAcknowledge
from tests.support.field import ANA, BEN, DANA, LUIS, NORA, PRIYA, a_shift, an_envelope, an_event
from tests.support.kits import KIT, LUIS_EVENT, LUIS_NEED, NEED, a_need, kit_world
from tests.support.world import ACTIVITY, DictWorld, a_user, the_event, the_world

SHIFT = a_shift()
SYSTEM = Actor(id=uuid4(), role=Role.SYSTEM)
ELSEWHERE = uuid4()


def world(*records: Record) -> DictWorld:
    return kit_world().after(SHIFT, *records)


BOOKING = the_world().find(Booking, the_event().booking_id)


@pytest.mark.parametrize(
    ("record", "who"),
    [
        (SHIFT, [ANA, DANA, PRIYA]),
        (the_event(), [ANA, BEN, DANA, PRIYA]),
        (ACTIVITY, [ANA, BEN, DANA, PRIYA]),
        (NEED, [ANA, BEN, DANA, PRIYA]),
        (LUIS_NEED, [LUIS, PRIYA]),
        (NEED.revise(holder_id=NORA.id), [ANA, BEN, DANA, NORA, PRIYA]),
        (KIT, []),
        (BOOKING, [ANA, BEN, DANA, LUIS, PRIYA]),
    ],
    ids=lambda each: getattr(each, "table", None),
)
def test_each_sees_what_their_work_is_about(record: Record, who: list[Actor]) -> None:
    everybody = [ANA, BEN, DANA, LUIS, NORA, PRIYA]

    seeing = [actor for actor in everybody if sees(actor, record, world())]

    assert seeing == who
    assert sees(SYSTEM, record, world())


def of(user: Actor, organization: Any) -> User:
    return a_user(user, organization_id=organization)


def test_people_know_their_colleagues_and_whom_they_work_with() -> None:
    stranger = a_user(Actor(id=uuid4(), role=Role.BRAND_AGENT), organization_id=ELSEWHERE)
    in_team = EventTeamMember(
        id=uuid4(), event_instance_id=the_event().id, user_id=stranger.id, role="lead"
    )
    lost = EventTeamMember(id=uuid4(), event_instance_id=uuid4(), user_id=stranger.id, role="x")
    luis = of(LUIS, ELSEWHERE)

    assert sees(ANA, of(ANA, ELSEWHERE), world())
    assert sees(ANA, of(BEN, None), world())
    assert sees(DANA, of(BEN, ELSEWHERE), world())
    assert not sees(DANA, stranger, world())
    assert not sees(DANA, stranger, world(lost))
    assert sees(DANA, stranger, world(in_team))
    assert not sees(ANA, luis, world())
    assert sees(ANA, luis, world(a_shift("with Luis", event_instance_id=LUIS_EVENT.id)))


def test_a_kit_need_without_its_event_is_found_by_its_activity() -> None:
    alone = a_need(event_instance_id=None)
    nowhere = a_need(event_instance_id=None, activity_id=uuid4())
    missing = ACTIVITY.revise(event_instance_id=uuid4())

    assert sees(ANA, alone, world(alone))
    assert not sees(ANA, nowhere, world(nowhere))
    assert not sees(DANA, missing, world(missing))


def test_what_is_hidden_is_neither_found_nor_listed() -> None:
    hiding = Without(world(), {NEED.id})

    assert hiding.find(ActivityKit, NEED.id) is None
    assert hiding.find(ActivityKit, LUIS_NEED.id) == LUIS_NEED
    assert NEED not in hiding.where(ActivityKit, kit_template_id=NEED.kit_template_id)
    assert hiding.where(Activity, id=ACTIVITY.id) == [ACTIVITY]


def judged(operation: Operation, target: Any, actor: Actor, *records: Record) -> Decision:
    return decide(an_envelope(operation, target, actor=actor), world(*records))


def test_nothing_new_takes_the_id_of_what_somebody_may_not_see() -> None:
    theirs = a_shift("theirs", event_instance_id=LUIS_EVENT.id, user_id=BEN.id)
    offer = AssignmentOffer(event_instance_id=the_event().id, user_id=ANA.id, role="agent")

    decision = judged(offer, theirs.id, DANA, theirs, SHIFT.revise(status="cancelled"))

    assert decision == Refused(R.UNKNOWN_TARGET)


def test_a_report_under_the_id_of_another_events_report_is_no_repeat() -> None:
    report = IssueReport(
        event_instance_id=an_event().id, issue_type="venue", description="x", severity="low"
    )
    made = decide(an_envelope(report, target := uuid4(), actor=ANA), world())
    (issue, *_) = getattr(made, "records", ())
    moved = issue.revise(event_instance_id=LUIS_EVENT.id)

    assert judged(report, target, ANA, issue) != Refused(R.UNKNOWN_TARGET)
    assert judged(report, target, ANA, moved) == Refused(R.UNKNOWN_TARGET)


def test_somebody_of_another_organization_is_nobody_to_offer_or_to_name() -> None:
    stranger = User(id=uuid4(), name="S", role=Role.BRAND_AGENT, organization_id=ELSEWHERE)
    offers = {
        who: AssignmentOffer(event_instance_id=the_event().id, user_id=who, role="agent")
        for who in (stranger.id, uuid4())
    }
    report = IssueReport(
        event_instance_id=an_event().id, issue_type="venue", description="x", severity="low"
    )
    (issue, *_) = getattr(judged(report, uuid4(), ANA), "records", ())

    for who, offer in offers.items():
        assert judged(offer, uuid4(), DANA, stranger) == Refused(R.UNKNOWN_TARGET)
        take = IssueAcknowledge(owner_id=who)
        assert judged(take, issue.id, DANA, stranger, issue) == Refused(R.UNKNOWN_TARGET)


def test_the_event_of_another_is_not_there() -> None:
    there = AssignmentOffer(event_instance_id=LUIS_EVENT.id, user_id=ANA.id, role="agent")
    nowhere = AssignmentOffer(event_instance_id=uuid4(), user_id=ANA.id, role="agent")

    answers = [judged(each, uuid4(), DANA) for each in (there, nowhere)]

    assert answers == [Refused(R.UNKNOWN_TARGET)] * 2
    assert world().find(EventInstance, LUIS_EVENT.id) is not None
