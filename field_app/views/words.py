"""What states, flags, refusals and places are called; times are in moments.py."""

from collections.abc import Mapping
from typing import Final

from field_app.domain.activity import ActivityStatus
from field_app.domain.assignment import AssignmentStatus, RejectReason
from field_app.domain.event import EventStatus
from field_app.domain.flags import FlagCode
from field_app.domain.geofence import FenceVerdict
from field_app.domain.issue import EventIssue, IssueStatus, IssueType, Severity
from field_app.domain.kit import Condition, KitInstanceStatus, KitStatus
from field_app.domain.person import Role
from field_app.domain.place import Location
from field_app.domain.refusals import SENTENCES, RefusalCode
from field_app.views.language import Said, mark, tr

ASSIGNMENT: Final = Said[AssignmentStatus](
    {
        AssignmentStatus.ASSIGNED: mark("Planned"),
        AssignmentStatus.OFFERED: mark("Offer"),
        AssignmentStatus.ACCEPTED: mark("Booked"),
        AssignmentStatus.REJECTED: mark("Declined"),
        AssignmentStatus.CHECKED_IN: mark("Checked in"),
        AssignmentStatus.CHECKED_OUT: mark("Checked out"),
        AssignmentStatus.NO_SHOW: mark("No-show"),
        AssignmentStatus.CANCELLED: mark("Cancelled"),
    }
)

EVENT: Final = Said[EventStatus](
    {
        EventStatus.SCHEDULED: mark("Scheduled"),
        EventStatus.PREPARATION: mark("In preparation"),
        EventStatus.IN_PROGRESS: mark("Running"),
        EventStatus.COMPLETED: mark("Completed"),
        EventStatus.CANCELLED: mark("Cancelled"),
        EventStatus.ISSUE_REPORTED: mark("Problem reported"),
        EventStatus.POST_PROCESSING: mark("Being wrapped up"),
    }
)

KIT: Final = Said[KitStatus](
    {
        KitStatus.NEEDED: mark("Needed"),
        KitStatus.ASSIGNED: mark("Reserved"),
        KitStatus.PREPARED: mark("Packed"),
        KitStatus.CHECKED_OUT: mark("Out"),
        KitStatus.RETURNED: mark("Back"),
        KitStatus.ISSUE_REPORTED: mark("Problem reported"),
    }
)

KIT_INSTANCE: Final = Said[KitInstanceStatus](
    {
        KitInstanceStatus.AVAILABLE: mark("Available"),
        KitInstanceStatus.RESERVED: mark("Reserved"),
        KitInstanceStatus.CHECKED_OUT: mark("Out"),
        KitInstanceStatus.MAINTENANCE: mark("In repair"),
        KitInstanceStatus.MISSING: mark("Missing"),
        KitInstanceStatus.RETIRED: mark("Retired"),
    }
)

KIT_PUT_RIGHT: Final = Said[str](
    {
        "returned": mark("Back in the store"),
        "prepared": mark("Ready to go"),
        "needed": mark("Replace it"),
    }
)

CONDITION: Final = Said[Condition](
    {
        Condition.GOOD: mark("Good"),
        Condition.WORN: mark("Worn"),
        Condition.DAMAGED: mark("Damaged"),
    }
)

ACTIVITY: Final = Said[ActivityStatus](
    {
        ActivityStatus.PLANNED: mark("Planned"),
        ActivityStatus.ASSIGNED: mark("Staffed"),
        ActivityStatus.IN_PROGRESS: mark("Running"),
        ActivityStatus.COMPLETED: mark("Completed"),
        ActivityStatus.ISSUE_REPORTED: mark("Problem reported"),
        ActivityStatus.CANCELLED: mark("Cancelled"),
    }
)

ISSUE: Final = Said[IssueStatus](
    {
        IssueStatus.OPEN: mark("Open"),
        IssueStatus.ACKNOWLEDGED: mark("Seen"),
        IssueStatus.IN_PROGRESS: mark("Being worked on"),
        IssueStatus.RESOLVED: mark("Resolved"),
        IssueStatus.CLOSED: mark("Closed"),
        IssueStatus.DUPLICATE: mark("Duplicate"),
    }
)

ISSUE_TYPE: Final = Said[IssueType](
    {
        IssueType.PRODUCT: mark("Product"),
        IssueType.EQUIPMENT: mark("Equipment"),
        IssueType.VENUE: mark("Venue"),
        IssueType.STAFFING: mark("Staff"),
        IssueType.SAFETY: mark("Safety"),
        IssueType.CLIENT_FEEDBACK: mark("Client feedback"),
        IssueType.OTHER: mark("Something else"),
    }
)

SEVERITY: Final = Said[Severity](
    {
        Severity.LOW: mark("Low"),
        Severity.MEDIUM: mark("Medium"),
        Severity.HIGH: mark("High"),
        Severity.CRITICAL: mark("Critical"),
    }
)

DECISION: Final = Said[str](
    {
        "noted": mark("Leave it as it is"),
        "reinstate": mark("Book them after all"),
        "believe": mark("Believe them"),
        "use_punch": mark("Use their time"),
        "settle": mark("Say who has it"),
        "settled_by_scan": mark("Settled by a scan"),
    }
)

ROLE: Final = Said[str](
    {
        Role.BRAND_AGENT.value: mark("Brand agent"),
        Role.FIELD_MANAGER.value: mark("Field manager"),
        Role.INTERNAL_ADMIN.value: mark("Administrator"),
        Role.CLIENT.value: mark("Client"),
        "lead": mark("Team lead"),
        "kit_desk": mark("Kit desk"),
        "kit_handler": mark("Kit handler"),
    }
)

KIND: Final = Said[str](
    {
        "assignment.offer": mark("Shift offered"),
        "assignment.withdraw": mark("Offer withdrawn"),
        "assignment.accept": mark("Offer accepted"),
        "assignment.reject": mark("Offer declined"),
        "assignment.cancel": mark("Shift cancelled"),
        "assignment.check_in": mark("Check-in"),
        "assignment.check_out": mark("Check-out"),
        "assignment.no_show": mark("Marked as no-show"),
        "assignment.correct_time": mark("Times corrected"),
        "assignment.close": mark("Closed without a check-out"),
        "kit.assign": mark("Kit reserved"),
        "kit.unassign": mark("Reservation lifted"),
        "kit.prepare": mark("Kit packed"),
        "kit.check_out": mark("Kit handed out"),
        "kit.hand_over": mark("Kit handed on"),
        "kit.return": mark("Kit returned"),
        "kit.report_issue": mark("Problem with a kit reported"),
        "kit.resolve_issue": mark("Kit put right"),
        "issue.report": mark("Problem reported"),
        "issue.add_photo": mark("Photo added"),
        "issue.remove_photo": mark("Photo removed"),
        "issue.acknowledge": mark("Problem seen"),
        "issue.start": mark("Work on it began"),
        "issue.resolve": mark("Problem resolved"),
        "issue.reopen": mark("Problem opened again"),
        "issue.set_severity": mark("Severity changed"),
        "event.transition": mark("Event moved on"),
        "event.advance": mark("Moved on by itself"),
        "activity.transition": mark("Activity updated"),
        "review.decide": mark("Decided"),
        "booking.transition": mark("Booking moved on"),
    }
)

ISSUE_ACT: Final = Said[str](
    {
        "report": mark("Reported"),
        "add_photo": mark("Photo added"),
        "remove_photo": mark("Photo removed"),
        "acknowledge": mark("Taken on"),
        "start": mark("Work on it began"),
        "resolve": mark("Resolved"),
        "reopen": mark("Opened again"),
        "set_severity": mark("Severity set"),
    }
)

FLAG: Final = Said[FlagCode](
    {
        FlagCode.ANSWERED_BEFORE_WITHDRAWAL: mark("Answered before the offer ended"),
        FlagCode.WORKED_WHILE_CANCELLED: mark("Worked although cancelled"),
        FlagCode.NO_SHOW_OVERTURNED: mark("Was marked as no-show, but was there"),
        FlagCode.NO_SHOW_CONTESTED: mark("Says they were there"),
        FlagCode.MISSING_CHECK_IN: mark("Checked out without a check-in"),
        FlagCode.MISSING_CHECK_OUT: mark("Never checked out"),
        FlagCode.CORRECTED_BEFORE_PUNCH_ARRIVED: mark("Times were corrected before this arrived"),
        FlagCode.NOT_ACCEPTED: mark("Had not accepted the shift"),
        FlagCode.OUTSIDE_FENCE: mark("Away from the venue"),
        FlagCode.OUTSIDE_WINDOW: mark("Far from the shift's hours"),
        FlagCode.NO_LOCATION: mark("No proof of place"),
        FlagCode.MOCK_LOCATION: mark("The phone reports a simulated position"),
        FlagCode.CLOCK_UNCERTAIN: mark("The phone's clock could not be checked"),
        FlagCode.IMPLAUSIBLE_HOURS: mark("Unusual hours"),
        FlagCode.CUSTODY_DISPUTED: mark("Two people say they have this kit"),
        FlagCode.HAND_OVER_INFERRED: mark("Taken over without a hand-over"),
        FlagCode.INFERRED_CHECK_OUT: mark("Was never handed out, as far as we know"),
        FlagCode.KIT_INCOMPLETE: mark("Went out incomplete"),
        FlagCode.KIT_NOT_PREPARED: mark("Went out uncounted"),
        FlagCode.KIT_SWAPPED: mark("Another kit than the one planned"),
        FlagCode.KIT_UNEXPECTED: mark("The kit was not expected to move"),
        FlagCode.UNKNOWN_SERIAL: mark("A serial number nobody knows"),
    }
)

REJECT_REASON: Final = Said[RejectReason](
    {
        RejectReason.NOT_AVAILABLE: mark("Not available"),
        RejectReason.TOO_FAR: mark("Too far"),
        RejectReason.PAY: mark("Pay"),
        RejectReason.OTHER: mark("Other"),
    }
)

OUTSIDE_REASONS: Final = (
    mark("Other entrance"),
    mark("Parking or loading"),
    mark("Fetching material"),
    mark("Wrong pin"),
)

FIX_PROBLEM: Final = Said[str](
    {
        "denied": mark("The app may not use your position. You can allow it in the settings."),
        "off": mark("Location is switched off on this device."),
        "timeout": mark("No position found here. That is common indoors."),
        "unsupported": mark("This device cannot tell its position."),
    }
)


def refusal(code: str | None, message: str | None = None) -> str:
    """Why something was refused; the server's own words for a code this app does not know."""
    try:
        return tr(SENTENCES[RefusalCode(str(code))])
    except ValueError:
        return tr(message) if message else tr("The server refused this.")


def event_state(name: str) -> str:
    try:
        return EVENT[EventStatus(name)]
    except ValueError:
        return tr("Planned") if name == "none" else name.replace("_", " ").capitalize()


def flag(code: str) -> str:
    try:
        return FLAG[FlagCode(code)]
    except ValueError:
        return tr("Something to look at")


def issue_state(issue: EventIssue) -> str:
    """Like "High · Open"."""
    return f"{SEVERITY[issue.severity]} \u00b7 {ISSUE[issue.status]}"


def shorten(text: str, most: int = 120) -> str:
    """The beginning of a text, for a list."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "\u2026"


def role(name: str) -> str:
    return ROLE.get(name, name.replace("_", " ").capitalize())


def kind(name: str) -> str:
    return KIND.get(name, name)


def distance(metres: float) -> str:
    return f"{round(metres)} m" if metres < 1000 else f"{metres / 1000:.1f} km"


def fence(verdict: FenceVerdict, metres: float | None, venue: str) -> str:
    """What a fix says about being at the venue."""
    match verdict:
        case FenceVerdict.INSIDE:
            return tr("You are at {venue}.", venue=venue)
        case FenceVerdict.NEAR:
            return tr("You are near {venue}, as far as the position is exact.", venue=venue)
        case FenceVerdict.OUTSIDE:
            return tr("{distance} from {venue}.", distance=distance(metres or 0), venue=venue)
        case FenceVerdict.UNKNOWN:
            return tr("The position is not exact enough to prove where you are.")


def stored_place(document: Mapping[str, object] | None) -> str | None:
    """Where a check-in or check-out was, as it is stored."""
    if not document:
        return None
    if "provisional" in document:
        return tr("closed without a check-out")
    if "vouched_by" in document:
        return tr("vouched by a manager")
    metres = document.get("distance_m")
    if isinstance(metres, int | float):
        return tr("{metres} from the pin", metres=distance(metres))
    return tr("with a photo") if "photo" in document else tr("without a position")


def megabytes(count: int) -> str:
    """Like "1.2 MB"; never less than 0.1."""
    return f"{max(0.1, count / 1_000_000):.1f} MB"


def message(said: str | None) -> str:
    """A sentence of the machinery below, such as why there is no connection."""
    return tr(said) if said else ""


def place_name(place: Location | None) -> str:
    return place.name if place else tr("place to be announced")


def address(place: Location | None) -> str:
    if place is None:
        return tr("Place to be announced")
    parts = [place.address, place.city, place.state]
    return ", ".join(part for part in parts if part) or place.name
