"""A manager's device on which every sheet and every dialog can be opened, and the taps to each."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from field_app.domain.activity import ActivityStatus
from field_app.domain.assignment import AssignmentStatus, StaffAssignment
from field_app.domain.booking import Booking
from field_app.domain.event import EventStatus
from field_app.domain.issue import (
    EventIssue,
    IssuePhoto,
    IssueStatus,
    IssueType,
    PhotoState,
    Severity,
)
from field_app.domain.kit import CustodyAct, CustodyEntry, KitStatus
from field_app.domain.person import Role, User
from field_app.domain.records import Record
from field_app.domain.review import ReviewItem
from field_app.domain.wire import Person
from field_app.store.settings import Setting
from tests.support.field import ANA, BEN, DANA, LUIS, NAMES, a_shift, a_store
from tests.support.kits import KIT, OTHER_KIT, TEMPLATE, a_need
from tests.support.world import ACTIVITY, VENUE, the_event

HOUR = dt.timedelta(hours=1)
MANAGER = Person(id=DANA.id, name="Dana Whitfield", email="d@example.org", role=Role.FIELD_MANAGER)
PEOPLE = {ANA: "Ana Castillo", BEN: "Ben Okafor", LUIS: "Luis Ortega", DANA: "Dana Whitfield"}
SHA256 = "0" * 64
IN, BOOKED = AssignmentStatus.CHECKED_IN, AssignmentStatus.ACCEPTED


def _named(name: str) -> UUID:
    return uuid5(NAMES, name)


def an_issue(name: str, status: IssueStatus) -> EventIssue:
    return EventIssue(
        id=_named(name),
        version=1,
        event_instance_id=the_event().id,
        reported_by=ANA.id,
        issue_type=IssueType.VENUE,
        description="The power is out.",
        severity=Severity.HIGH,
        status=status,
    )


def a_flag(name: str, flag: str, on: Record) -> ReviewItem:
    return ReviewItem(
        id=_named(name),
        version=1,
        event_instance_id=the_event().id,
        target_table=on.table,
        target_id=on.id,
        flag=flag,
    )


def taken_by(who: UUID, at: dt.datetime) -> CustodyEntry:
    return CustodyEntry(
        id=uuid5(NAMES, f"taken by {who}"),
        version=1,
        kit_instance_id=OTHER_KIT.id,
        activity_kit_id=OUT.id,
        event_instance_id=OUT.event_instance_id,
        act=CustodyAct.CHECK_OUT,
        holder_id=who,
        recorded_by=who,
        occurred_at=at,
    )


OWN = a_shift("own", user_id=DANA.id, status=BOOKED)
OFFER = a_shift("offer", user_id=DANA.id)
BENS = a_shift("Ben's", user_id=BEN.id, status=BOOKED)
LUIS_OFFER = a_shift("Luis's", user_id=LUIS.id)
GOING = a_need("going")
OUT = a_need("out", kit_instance_id=OTHER_KIT.id, status=KitStatus.CHECKED_OUT, holder_id=DANA.id)
BROKEN = a_need("broken", status=KitStatus.ISSUE_REPORTED)
OPEN = an_issue("open", IssueStatus.OPEN)
SETTLED = an_issue("settled", IssueStatus.RESOLVED)
PHOTO = IssuePhoto(
    id=_named("photo"), version=1, issue_id=OPEN.id, event_instance_id=the_event().id,
    position=0, sha256=SHA256, state=PhotoState.STORED,
)  # fmt: skip


def anas_shift(now: dt.datetime) -> StaffAssignment:
    """At work since an hour, with a photo for a proof."""
    proof = {"fix": None, "photo": SHA256}
    return a_shift("Ana's", status=IN, check_in_time=now - HOUR, location_at_check_in=proof)


ANAS = a_shift("Ana's").id
ABSENT = a_flag("absent", "no_show_contested", BENS)
DISPUTED = a_flag("disputed", "custody_disputed", OUT)


def the_device(folder: Path, now: dt.datetime) -> None:
    """Her store and her token, as an app that starts in this folder finds them."""
    event = the_event(status=EventStatus.IN_PROGRESS, starts_at=now - HOUR, ends_at=now + 4 * HOUR)
    counted: dict[str, Any] = {"status": ActivityStatus.IN_PROGRESS, "target_metrics": {"cups": 9}}
    people = [User(id=a.id, version=1, name=name, role=a.role) for a, name in PEOPLE.items()]
    booking = Booking(id=event.booking_id, version=1, title="Cold brew sampling")
    store = a_store(
        folder,
        *(event, VENUE, ACTIVITY.revise(**counted), booking, TEMPLATE, KIT, OTHER_KIT, *people),
        *(OWN, OFFER, BENS, LUIS_OFFER, anas_shift(now), GOING, OUT, BROKEN),
        *(OPEN, SETTLED, PHOTO, ABSENT, DISPUTED),
        *(taken_by(who.id, now - HOUR) for who in (ANA, BEN)),
    )
    store.put_setting(Setting.PERSON, MANAGER.model_dump_json())
    store.put_setting(Setting.LAST_SYNCED_AT, now.isoformat())
    store.close()


@dataclass(frozen=True)
class Opening:
    """Where a sheet or dialog is made, the way to it, and what it says."""

    made_in: str
    path: str
    taps: tuple[str, ...]
    says: str


def _way(made_in: str, path: str, *taps: str, says: str) -> Opening:
    return Opening(made_in, path, taps, says)


EVENT = f"/event/{the_event().id}"
OPENINGS = [
    _way("offers.OfferList", "/offers", "^Accept$", says="Accept this shift"),
    _way("offers.OfferList", "/offers", "^Decline$", says="Decline this shift"),
    _way("report_sheet.use_report_sheet", "/issues", "^Report a problem", says="What is it about"),
    _way("punch_sheet._sheet", f"/shift/{OWN.id}", "^Check in", says="Stored: "),
    _way("punch_sheet._sheet", f"/shift/{OWN.id}", "^I forgot", says="When did you start"),
    _way("shift_acts.own_acts", f"/shift/{OWN.id}", "^I cannot come", says="Give this shift back"),
    _way("punch_sheet._sheet", f"/shift/{BENS.id}", "^Vouch", says="Check in: Ben"),
    _way("shift_acts.manager_acts", f"/shift/{BENS.id}", "^No-show", says="Mark as no-show"),
    _way("shift_acts.manager_acts", f"/shift/{BENS.id}", "^Cancel shift", says="Cancel this shift"),
    _way("shift_acts.manager_acts", f"/shift/{LUIS_OFFER.id}", "^Withdraw", says="Withdraw this"),
    _way("correct_sheet._sheet", f"/shift/{ANAS}", "^Correct", says="Left at"),
    _way("photos.PhotoProof", f"/shift/{ANAS}", "^Photo at the venue", says="Close"),
    _way("event._steps.to", EVENT, "^Complete the event", says="Complete it all the same"),
    _way("event._steps.to", EVENT, "^Call it off", says="Everybody booked is told"),
    _way("offer_sheet._sheet", EVENT, "^Offer a shift", says="Part of a name"),
    _way("count_sheet._sheet", EVENT, "^Count$", says="how many more"),
    _way("metrics._steps.to", EVENT, "^Complete$", says="Complete: Cold brew"),
    _way("kit_sheets._check_out", f"/kits/{GOING.id}", "^Hand out", says="Hand out LCB"),
    _way("kit_sheets._report", f"/kits/{GOING.id}", "^Report a problem", says="What is wrong"),
    _way("kit_sheets._hand_over", f"/kits/{OUT.id}", "^Hand on", says="Who has it now"),
    _way("kit_sheets._return", f"/kits/{OUT.id}", "^Return", says="Return LCB"),
    _way("kit_sheets._return", f"/kits/{OUT.id}", "^Return", "^One less: Pump", says="Add photos"),
    _way("kit_sheets._resolve", f"/kits/{BROKEN.id}", "^Put it right", says="Where is the kit now"),
    _way("triage_sheets._resolve", f"/issues/{OPEN.id}", "^Resolve", says="How was it resolved"),
    _way("triage_sheets._hand_on", f"/issues/{OPEN.id}", "^Give to", says="Who takes care of it"),
    _way("issue.IssueDetail", f"/issues/{OPEN.id}", "^Photo 1", says="Close"),
    _way("issue._acts", f"/issues/{SETTLED.id}", "^Open again", says="Open it again"),
    _way("camera.Viewfinder.__init__", f"/issues/{OPEN.id}", "^Camera", says="Hold it steady"),
    _way("decision_sheet.decision_sheet", f"/exceptions/{ABSENT.id}", "^Believe", says="^Why"),
    _way("decision_sheet.decision_sheet", f"/exceptions/{DISPUTED.id}", "^Say who", says="Who has"),
]  # fmt: skip
