"""Operations, shifts and moments for property tests, the odd ones included."""

import datetime as dt

from hypothesis import strategies as st

from field_app.domain.activity import ActivityStatus
from field_app.domain.assignment import AssignmentStatus, CancelReason, StaffAssignment
from field_app.domain.booking import BookingStatus
from field_app.domain.clock import ClockGrade
from field_app.domain.event import EventStatus
from field_app.domain.issue import IssueType, Severity
from field_app.domain.kit import ActivityKit, KitInstanceStatus, KitStatus
from field_app.domain.operations import OPERATION, Envelope, Operation, decide
from tests.support.field import (
    ANA,
    BEN,
    DANA,
    LUIS,
    NOON,
    NORA,
    PRIYA,
    a_shift,
    an_envelope,
    an_event,
)
from tests.support.kits import KIT, LUIS_NEED, NEED, OTHER_KIT, kit_world
from tests.support.world import ACTIVITY, DictWorld, the_event, the_world

KNOWN_PEOPLE = [str(actor.id) for actor in (ANA, BEN, DANA, LUIS)]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=50)
WORDS = TEXT.filter(lambda text: bool(text.strip()))
INSTANTS = st.integers(0, int(NOON.timestamp()) * 2).map(
    lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat()
)
FIXES = st.fixed_dictionaries(
    {
        "latitude": st.floats(-90, 90),
        "longitude": st.floats(-180, 180),
        "accuracy_m": st.floats(-1, 1e9) | st.none(),
        "captured_at": INSTANTS,
    },
    optional={"mocked": st.booleans(), "provider": st.just("gps")},
)
FENCES = st.fixed_dictionaries(
    {
        "latitude": st.floats(-90, 90),
        "longitude": st.floats(-180, 180),
        "radius_m": st.integers(1, 100_000),
    }
)
HASHES = st.sampled_from("abc").map(lambda each: each * 64)
PHOTOS = st.fixed_dictionaries(
    {
        "sha256": HASHES,
        "bytes": st.integers(1, 10**7),
    },
    optional={"taken_at": INSTANTS, "from_gallery": st.booleans()},
)
PUNCH = {
    "location": FIXES,
    "plan_seen": st.fixed_dictionaries(
        {"starts_at": INSTANTS, "ends_at": INSTANTS}, optional={"fence": FENCES}
    ),
    "fallback": st.sampled_from(["photo", "vouch", "pin", "none"]),
    "photo": PHOTOS,
    "reason": TEXT,
    "vouched": st.booleans(),
}
IDS = st.uuids().map(str)
PAYLOADS = {
    "assignment.offer": st.fixed_dictionaries(
        {
            "event_instance_id": st.just(str(an_event().id)) | IDS,
            "user_id": st.just(str(ANA.id)) | IDS,
            "role": WORDS,
        },
        optional={
            "activity_id": st.just(str(ACTIVITY.id)) | IDS,
            "expires_at": INSTANTS,
            "special_instructions": TEXT,
        },
    ),
    "assignment.withdraw": st.fixed_dictionaries({"reason": WORDS}),
    "assignment.accept": st.just({}),
    "assignment.reject": st.fixed_dictionaries({"reason": WORDS}),
    "assignment.cancel": st.fixed_dictionaries({"reason": WORDS | st.sampled_from(CancelReason)}),
    "assignment.check_in": st.fixed_dictionaries({}, optional=PUNCH),
    "assignment.check_out": st.fixed_dictionaries(
        {}, optional=PUNCH | {"feedback": TEXT, "claimed_start": INSTANTS}
    ),
    "assignment.no_show": st.fixed_dictionaries({}, optional={"note": TEXT}),
    "assignment.correct_time": st.fixed_dictionaries(
        {"reason": WORDS}, optional={"check_in_time": INSTANTS, "check_out_time": INSTANTS}
    ),
}


COUNTS = st.dictionaries(st.sampled_from(["Pump", "Cup", "Lid"]), st.integers(0, 500), max_size=3)
HOLDERS = st.sampled_from([ANA, BEN, DANA, LUIS]).map(lambda actor: str(actor.id)) | IDS
KITS = st.sampled_from([KIT, OTHER_KIT]).map(lambda kit: str(kit.id)) | IDS
ENTRIES = st.sampled_from(["scan", "typed"])
CONDITIONS = st.sampled_from(["good", "worn", "damaged"])
PAYLOADS |= {
    "assignment.close": st.just({}),
    "kit.assign": st.fixed_dictionaries({"kit_instance_id": KITS}),
    "kit.unassign": st.just({}),
    "kit.prepare": st.fixed_dictionaries({}, optional={"counts": COUNTS}),
    "kit.check_out": st.fixed_dictionaries(
        {},
        optional={
            "kit_instance_id": st.just(str(KIT.id)) | st.just(str(OTHER_KIT.id)),
            "serial_number": TEXT | st.just("lcb-samp-0002"),
            "holder_id": HOLDERS.filter(lambda person: person in KNOWN_PEOPLE),
            "entry": ENTRIES,
            "counts": COUNTS,
            "condition": CONDITIONS,
            "location": FIXES,
        },
    ),
    "kit.hand_over": st.fixed_dictionaries(
        {"to_user_id": st.sampled_from(KNOWN_PEOPLE)}, optional={"entry": ENTRIES, "counts": COUNTS}
    ),
    "kit.return": st.fixed_dictionaries(
        {},
        optional={
            "entry": ENTRIES,
            "counts": COUNTS,
            "condition": CONDITIONS,
            "notes": TEXT,
            "photos": st.lists(PHOTOS, max_size=2),
        },
    ),
    "kit.report_issue": st.fixed_dictionaries(
        {"description": WORDS},
        optional={"severity": st.sampled_from(Severity), "photos": st.lists(PHOTOS, max_size=2)},
    ),
    "kit.resolve_issue": st.fixed_dictionaries(
        {"resolution": WORDS, "to_state": st.sampled_from(["returned", "prepared", "needed"])}
    ),
    "issue.report": st.fixed_dictionaries(
        {
            "event_instance_id": st.just(str(an_event().id)) | IDS,
            "issue_type": st.sampled_from(IssueType),
            "description": WORDS,
            "severity": st.sampled_from(Severity),
        },
        optional={
            "activity_id": st.just(str(ACTIVITY.id)),
            "activity_kit_id": st.just(str(NEED.id)),
            "photos": st.lists(PHOTOS, max_size=3),
        },
    ),
    "issue.add_photo": st.fixed_dictionaries({"photo": PHOTOS}),
    "issue.remove_photo": st.fixed_dictionaries({"sha256": HASHES}),
    "issue.acknowledge": st.fixed_dictionaries({}, optional={"owner_id": HOLDERS}),
    "issue.start": st.just({}),
    "issue.resolve": st.fixed_dictionaries(
        {"resolution": WORDS}, optional={"photos": st.lists(PHOTOS, max_size=2)}
    ),
    "issue.reopen": st.fixed_dictionaries({"reason": WORDS}),
    "issue.set_severity": st.fixed_dictionaries({"severity": st.sampled_from(Severity)}),
    "event.transition": st.fixed_dictionaries(
        {"to_state": st.sampled_from(EventStatus)}, optional={"reason": WORDS}
    ),
    "event.advance": st.just({}),
    "activity.transition": st.fixed_dictionaries(
        {"to_state": st.sampled_from(ActivityStatus)},
        optional={
            "completion_notes": TEXT,
            "reason": WORDS,
            "metrics": st.dictionaries(WORDS, st.integers(-5, 5), min_size=1, max_size=3),
        },
    ),
    "booking.transition": st.fixed_dictionaries(
        {"to_state": st.sampled_from(BookingStatus)}, optional={"reason": WORDS}
    ),
    "review.decide": st.fixed_dictionaries(
        {"decision": st.sampled_from(["noted", "settle", "believe"]), "reason": WORDS},
        optional={"holder_id": HOLDERS},
    ),
}


@st.composite
def operations(draw: st.DrawFn, noun: str = "") -> Operation:
    """An operation of any kind, or of one noun."""
    kind = draw(st.sampled_from(sorted(kind for kind in PAYLOADS if kind.startswith(noun))))
    return OPERATION.validate_python({**draw(PAYLOADS[kind]), "kind": kind})


MOMENTS = st.integers(-600, 600).map(lambda minutes: NOON + dt.timedelta(minutes=minutes))
DOCUMENTS = st.sampled_from(
    [
        {"verdict": "inside"},
        {"verdict": "inside", "clock": {"grade": "low"}},
        {"vouched_by": "dana"},
        {"provisional": True},
    ]
)


@st.composite
def shifts(draw: st.DrawFn) -> StaffAssignment:
    """A shift as any history, or the booking system, may have left it."""
    came = draw(st.none() | MOMENTS)
    left = draw(st.none() | MOMENTS)
    return a_shift(
        status=draw(st.sampled_from(AssignmentStatus)),
        status_at=draw(st.none() | MOMENTS),
        activity_id=draw(st.none() | st.just(ACTIVITY.id)),
        expires_at=draw(st.none() | MOMENTS),
        cancel_reason=draw(st.none() | st.sampled_from(CancelReason) | TEXT),
        check_in_time=came,
        location_at_check_in=draw(DOCUMENTS) if came else None,
        check_out_time=left,
        location_at_check_out=draw(DOCUMENTS) if left else None,
        times_corrected_at=draw(st.none() | MOMENTS),
    )


@st.composite
def situations(draw: st.DrawFn) -> tuple[Envelope, StaffAssignment, DictWorld]:
    """Anybody does anything to a shift in any state, whatever their clock says."""
    shift = draw(shifts())
    event = the_event(status=draw(st.sampled_from(EventStatus)))
    envelope = an_envelope(
        draw(operations("assignment.")),
        draw(st.just(shift.id) | st.uuids()) if draw(st.booleans()) else shift.id,
        actor=draw(st.sampled_from([ANA, BEN, DANA, LUIS, NORA, PRIYA])),
        at=draw(MOMENTS),
        received_at=draw(st.none() | MOMENTS),
        grade=draw(st.sampled_from(ClockGrade)),
        base_version=draw(st.none() | st.integers(0, 20)),
    )
    return envelope, shift, the_world(shift, event=event)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Envelope, ActivityKit, DictWorld]:
    """Anybody does anything to a kit that some others have handled before, in some state."""
    need = NEED.revise(
        status=draw(st.sampled_from(KitStatus)),
        kit_instance_id=draw(st.sampled_from([None, KIT.id])),
        holder_id=draw(st.sampled_from([None, ANA.id])),
        returned_at=draw(st.none() | MOMENTS),
    )
    kit = KIT.revise(status=draw(st.sampled_from(KitInstanceStatus)))
    world = kit_world(need, kit, the_event(status=draw(st.sampled_from(EventStatus))))
    for _ in range(draw(st.integers(0, 3))):
        decision = decide(draw(handlings(draw(st.sampled_from([need, LUIS_NEED])))), world)
        world = world.after(*getattr(decision, "records", ()))
    return draw(handlings(need)), need, world


@st.composite
def handlings(draw: st.DrawFn, need: ActivityKit) -> Envelope:
    return an_envelope(
        draw(operations("kit.")),
        need.id,
        actor=draw(st.sampled_from([ANA, BEN, DANA, LUIS, NORA, PRIYA])),
        at=draw(MOMENTS),
        grade=draw(st.sampled_from(ClockGrade)),
    )
