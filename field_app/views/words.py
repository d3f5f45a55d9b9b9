"""Every sentence and name that a person is shown, and how times and distances are said."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from field_app.domain.activity import ActivityStatus
from field_app.domain.assignment import AssignmentStatus, RejectReason
from field_app.domain.event import EventInstance, EventStatus
from field_app.domain.flags import FlagCode
from field_app.domain.geofence import FenceVerdict
from field_app.domain.issue import EventIssue, IssueStatus, IssueType, Severity
from field_app.domain.kit import Condition, KitInstanceStatus, KitStatus
from field_app.domain.person import Role
from field_app.domain.place import Location
from field_app.domain.refusals import SENTENCES, RefusalCode

CLOCK: Final = re.compile(r"([0-9]{1,2})[:.]?([0-9]{2})?\s*(?:([ap])\.?m\.?)?")

ASSIGNMENT: Final[Mapping[AssignmentStatus, str]] = {
    AssignmentStatus.ASSIGNED: "Planned",
    AssignmentStatus.OFFERED: "Offer",
    AssignmentStatus.ACCEPTED: "Booked",
    AssignmentStatus.REJECTED: "Declined",
    AssignmentStatus.CHECKED_IN: "Checked in",
    AssignmentStatus.CHECKED_OUT: "Checked out",
    AssignmentStatus.NO_SHOW: "No-show",
    AssignmentStatus.CANCELLED: "Cancelled",
}

EVENT: Final[Mapping[EventStatus, str]] = {
    EventStatus.SCHEDULED: "Scheduled",
    EventStatus.PREPARATION: "In preparation",
    EventStatus.IN_PROGRESS: "Running",
    EventStatus.COMPLETED: "Completed",
    EventStatus.CANCELLED: "Cancelled",
    EventStatus.ISSUE_REPORTED: "Problem reported",
    EventStatus.POST_PROCESSING: "Being wrapped up",
}

KIT: Final[Mapping[KitStatus, str]] = {
    KitStatus.NEEDED: "Needed",
    KitStatus.ASSIGNED: "Reserved",
    KitStatus.PREPARED: "Packed",
    KitStatus.CHECKED_OUT: "Out",
    KitStatus.RETURNED: "Back",
    KitStatus.ISSUE_REPORTED: "Problem reported",
}

KIT_INSTANCE: Final[Mapping[KitInstanceStatus, str]] = {
    KitInstanceStatus.AVAILABLE: "Available",
    KitInstanceStatus.RESERVED: "Reserved",
    KitInstanceStatus.CHECKED_OUT: "Out",
    KitInstanceStatus.MAINTENANCE: "In repair",
    KitInstanceStatus.MISSING: "Missing",
    KitInstanceStatus.RETIRED: "Retired",
}

KIT_PUT_RIGHT: Final[Mapping[str, str]] = {
    "returned": "Back in the store",
    "prepared": "Ready to go",
    "needed": "Replace it",
}

CONDITION: Final[Mapping[Condition, str]] = {
    Condition.GOOD: "Good",
    Condition.WORN: "Worn",
    Condition.DAMAGED: "Damaged",
}

ACTIVITY: Final[Mapping[ActivityStatus, str]] = {
    ActivityStatus.PLANNED: "Planned",
    ActivityStatus.ASSIGNED: "Staffed",
    ActivityStatus.IN_PROGRESS: "Running",
    ActivityStatus.COMPLETED: "Completed",
    ActivityStatus.ISSUE_REPORTED: "Problem reported",
    ActivityStatus.CANCELLED: "Cancelled",
}

ISSUE: Final[Mapping[IssueStatus, str]] = {
    IssueStatus.OPEN: "Open",
    IssueStatus.ACKNOWLEDGED: "Seen",
    IssueStatus.IN_PROGRESS: "Being worked on",
    IssueStatus.RESOLVED: "Resolved",
    IssueStatus.CLOSED: "Closed",
    IssueStatus.DUPLICATE: "Duplicate",
}

ISSUE_TYPE: Final[Mapping[IssueType, str]] = {
    IssueType.PRODUCT: "Product",
    IssueType.EQUIPMENT: "Equipment",
    IssueType.VENUE: "Venue",
    IssueType.STAFFING: "Staff",
    IssueType.SAFETY: "Safety",
    IssueType.CLIENT_FEEDBACK: "Client feedback",
    IssueType.OTHER: "Something else",
}

SEVERITY: Final[Mapping[Severity, str]] = {
    Severity.LOW: "Low",
    Severity.MEDIUM: "Medium",
    Severity.HIGH: "High",
    Severity.CRITICAL: "Critical",
}

DECISION: Final[Mapping[str, str]] = {
    "noted": "Leave it as it is",
    "reinstate": "Book them after all",
    "believe": "Believe them",
    "use_punch": "Use their time",
    "settle": "Say who has it",
    "settled_by_scan": "Settled by a scan",
}

ROLE: Final[Mapping[str, str]] = {
    Role.BRAND_AGENT.value: "Brand agent",
    Role.FIELD_MANAGER.value: "Field manager",
    Role.INTERNAL_ADMIN.value: "Administrator",
    Role.CLIENT.value: "Client",
    "lead": "Team lead",
    "kit_desk": "Kit desk",
    "kit_handler": "Kit handler",
}

KIND: Final[Mapping[str, str]] = {
    "assignment.offer": "Shift offered",
    "assignment.withdraw": "Offer withdrawn",
    "assignment.accept": "Offer accepted",
    "assignment.reject": "Offer declined",
    "assignment.cancel": "Shift cancelled",
    "assignment.check_in": "Check-in",
    "assignment.check_out": "Check-out",
    "assignment.no_show": "Marked as no-show",
    "assignment.correct_time": "Times corrected",
    "assignment.close": "Closed without a check-out",
    "kit.assign": "Kit reserved",
    "kit.unassign": "Reservation lifted",
    "kit.prepare": "Kit packed",
    "kit.check_out": "Kit handed out",
    "kit.hand_over": "Kit handed on",
    "kit.return": "Kit returned",
    "kit.report_issue": "Problem with a kit reported",
    "kit.resolve_issue": "Kit put right",
    "issue.report": "Problem reported",
    "issue.add_photo": "Photo added",
    "issue.remove_photo": "Photo removed",
    "issue.acknowledge": "Problem seen",
    "issue.start": "Work on it began",
    "issue.resolve": "Problem resolved",
    "issue.reopen": "Problem opened again",
    "issue.set_severity": "Severity changed",
    "event.transition": "Event moved on",
    "event.advance": "Moved on by itself",
    "activity.transition": "Activity updated",
    "review.decide": "Decided",
    "booking.transition": "Booking moved on",
}

ISSUE_ACT: Final[Mapping[str, str]] = {
    "report": "Reported",
    "add_photo": "Photo added",
    "remove_photo": "Photo removed",
    "acknowledge": "Taken on",
    "start": "Work on it began",
    "resolve": "Resolved",
    "reopen": "Opened again",
    "set_severity": "Severity set",
}

FLAG: Final[Mapping[FlagCode, str]] = {
    FlagCode.ANSWERED_BEFORE_WITHDRAWAL: "Answered before the offer ended",
    FlagCode.WORKED_WHILE_CANCELLED: "Worked although cancelled",
    FlagCode.NO_SHOW_OVERTURNED: "Was marked as no-show, but was there",
    FlagCode.NO_SHOW_CONTESTED: "Says they were there",
    FlagCode.MISSING_CHECK_IN: "Checked out without a check-in",
    FlagCode.MISSING_CHECK_OUT: "Never checked out",
    FlagCode.CORRECTED_BEFORE_PUNCH_ARRIVED: "Times were corrected before this arrived",
    FlagCode.NOT_ACCEPTED: "Had not accepted the shift",
    FlagCode.OUTSIDE_FENCE: "Away from the venue",
    FlagCode.OUTSIDE_WINDOW: "Far from the shift's hours",
    FlagCode.NO_LOCATION: "No proof of place",
    FlagCode.MOCK_LOCATION: "The phone reports a simulated position",
    FlagCode.CLOCK_UNCERTAIN: "The phone's clock could not be checked",
    FlagCode.IMPLAUSIBLE_HOURS: "Unusual hours",
    FlagCode.CUSTODY_DISPUTED: "Two people say they have this kit",
    FlagCode.HAND_OVER_INFERRED: "Taken over without a hand-over",
    FlagCode.INFERRED_CHECK_OUT: "Was never handed out, as far as we know",
    FlagCode.KIT_INCOMPLETE: "Went out incomplete",
    FlagCode.KIT_NOT_PREPARED: "Went out uncounted",
    FlagCode.KIT_SWAPPED: "Another kit than the one planned",
    FlagCode.KIT_UNEXPECTED: "The kit was not expected to move",
    FlagCode.UNKNOWN_SERIAL: "A serial number nobody knows",
}

REJECT_REASON: Final[Mapping[RejectReason, str]] = {
    RejectReason.NOT_AVAILABLE: "Not available",
    RejectReason.TOO_FAR: "Too far",
    RejectReason.PAY: "Pay",
    RejectReason.OTHER: "Other",
}

OUTSIDE_REASONS: Final = ("Other entrance", "Parking or loading", "Fetching material", "Wrong pin")

FIX_PROBLEM: Final[Mapping[str, str]] = {
    "denied": "The app may not use your position. You can allow it in the settings.",
    "off": "Location is switched off on this device.",
    "timeout": "No position found here. That is common indoors.",
    "unsupported": "This device cannot tell its position.",
}


def refusal(code: str | None, message: str | None = None) -> str:
    """Why something was refused; the server's own words for a code this app does not know."""
    try:
        return SENTENCES[RefusalCode(str(code))]
    except ValueError:
        return message or "The server refused this."


def event_state(name: str) -> str:
    try:
        return EVENT[EventStatus(name)]
    except ValueError:
        return "Planned" if name == "none" else name.replace("_", " ").capitalize()


def flag(code: str) -> str:
    try:
        return FLAG[FlagCode(code)]
    except ValueError:
        return "Something to look at"


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


def zone_of(place: Location | None) -> dt.tzinfo:
    """The venue's zone; UTC where it has none that is known here."""
    try:
        return ZoneInfo(place.time_zone) if place and place.time_zone else dt.UTC
    except (ZoneInfoNotFoundError, ValueError):
        return dt.UTC


def clock(instant: dt.datetime, zone: dt.tzinfo) -> str:
    return f"{instant.astimezone(zone):%H:%M}"


def day(instant: dt.datetime, zone: dt.tzinfo, now: dt.datetime) -> str:
    """Today, Tomorrow, or like "Fri 27 Nov", in the venue's zone."""
    there, today = instant.astimezone(zone).date(), now.astimezone(zone).date()
    named = {-1: "Yesterday", 0: "Today", 1: "Tomorrow"}
    return named.get((there - today).days, f"{there:%a} {there.day} {there:%b}")


def day_and_clock(instant: dt.datetime, zone: dt.tzinfo, now: dt.datetime) -> str:
    """Like "Today 14:05"."""
    return f"{day(instant, zone, now)} {clock(instant, zone)}"


def at_clock(text: str, on: dt.datetime, zone: dt.tzinfo) -> dt.datetime | None:
    """The instant that "14:05", "1405", "9" or "2:05 pm" names on a day; None if it names none."""
    match = CLOCK.fullmatch(text.strip().lower())
    if match is None:
        return None
    hour, minute, half = int(match[1]), int(match[2] or 0), match[3]
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    elif half:
        return None
    try:
        at = dt.time(hour, minute)
    except ValueError:
        return None
    return dt.datetime.combine(on.astimezone(zone).date(), at, tzinfo=zone).astimezone(dt.UTC)


def hours_of(event: EventInstance, zone: dt.tzinfo) -> str:
    return f"{clock(event.starts_at, zone)}\u2013{clock(event.ends_at, zone)}"


def when(event: EventInstance, place: Location | None, now: dt.datetime) -> str:
    """Like "Today 11:00-15:00", by the venue's clock."""
    zone = zone_of(place)
    return f"{day(event.starts_at, zone, now)} {hours_of(event, zone)}"


def zone_note(place: Location | None, at: dt.datetime, here_min: int) -> str | None:
    """ "New York time" where the venue's clock differs from this device's."""
    offset = at.astimezone(zone_of(place)).utcoffset()
    if offset is None or offset == dt.timedelta(minutes=here_min):
        return None
    if place is None or not place.time_zone:
        return "UTC"
    return place.time_zone.rpartition("/")[2].replace("_", " ") + " time"


def span(length: dt.timedelta) -> str:
    """Like "2 h 05 min", "40 min", "3 days"."""
    minutes = max(0, round(length.total_seconds() / 60))
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{minutes // (24 * 60)} days"


def countdown(event: EventInstance, now: dt.datetime) -> str:
    if now < event.starts_at:
        return f"Starts in {span(event.starts_at - now)}"
    if now < event.ends_at:
        return f"Runs for another {span(event.ends_at - now)}"
    return f"Ended {span(now - event.ends_at)} ago"


def distance(metres: float) -> str:
    return f"{round(metres)} m" if metres < 1000 else f"{metres / 1000:.1f} km"


def fence(verdict: FenceVerdict, metres: float | None, venue: str) -> str:
    """What a fix says about being at the venue."""
    match verdict:
        case FenceVerdict.INSIDE:
            return f"You are at {venue}."
        case FenceVerdict.NEAR:
            return f"You are near {venue}, as far as the position is exact."
        case FenceVerdict.OUTSIDE:
            return f"{distance(metres or 0)} from {venue}. Check in anyway?"
        case FenceVerdict.UNKNOWN:
            return "The position is not exact enough to prove where you are."


def stored_place(document: Mapping[str, object] | None) -> str | None:
    """Where a check-in or check-out was, as it is stored."""
    if not document:
        return None
    if "provisional" in document:
        return "closed without a check-out"
    if "vouched_by" in document:
        return "vouched by a manager"
    metres = document.get("distance_m")
    if isinstance(metres, int | float):
        return f"{distance(metres)} from the pin"
    return "with a photo" if "photo" in document else "without a position"


def megabytes(count: int) -> str:
    """Like "1.2 MB"; never less than 0.1."""
    return f"{max(0.1, count / 1_000_000):.1f} MB"


def address(place: Location | None) -> str:
    if place is None:
        return "Place to be announced"
    parts = [place.address, place.city, place.state]
    return ", ".join(part for part in parts if part) or place.name


def plural(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def device_zone(offset_min: int) -> dt.tzinfo:
    """This device's own zone, from its distance to UTC."""
    return dt.timezone(dt.timedelta(minutes=offset_min))
