"""The stories planted in the demo, so that every screen has something true to show."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, TypeVar
from uuid import UUID

from field_app.domain.assignment import AssignmentStatus, CancelReason, StaffAssignment
from field_app.domain.event import EventInstance
from field_app.domain.flags import FlagCode
from field_app.domain.issue import (
    EventIssue,
    IssueAct,
    IssueEntry,
    IssuePhoto,
    IssueStatus,
    IssueType,
    Severity,
)
from field_app.domain.issues import photo_id
from field_app.domain.kit import (
    ActivityKit,
    CustodyAct,
    CustodyEntry,
    KitInstance,
    KitStatus,
)
from field_app.domain.records import Record, format_instant
from field_app.domain.review import ReviewItem
from server_stub.demo import kits, pictures
from server_stub.demo.people import (
    ANA,
    CHLOE,
    DANA,
    DEVIN,
    HANNAH,
    JALEN,
    LUIS,
    MARCUS,
    SOFIA,
    demo_id,
    person_id,
)
from server_stub.demo.roster import accepted, activity_id, arrived, left
from server_stub.demo.series import COLD_BREW, LATE_LOUNGE, Series

R = TypeVar("R", bound=Record)
Book = dict[UUID, Record]
"""All records of the demo by id; a story replaces some and adds others."""

MINUTE: Final = dt.timedelta(minutes=1)


def crowd_pop_up(book: Book, event: EventInstance) -> None:
    """Today's roster: one in, one in from afar, one out again, one missing; Ana is on her way."""
    for name in (ANA, SOFIA):
        _put(book, accepted(_fresh(book, event, name)))
    afar = arrived(_fresh(book, event, CHLOE), event, away_m=395)
    document = (afar.location_at_check_in or {}) | {"reason": "Parking or loading"}
    _put(book, afar.revise(location_at_check_in=document))
    _put(book, _flag(afar, FlagCode.OUTSIDE_FENCE, afar.status_at, document))
    ill = left(_shift(book, event, HANNAH), event, event.starts_at + 20 * MINUTE)
    _put(book, ill.revise(feedback="Felt unwell and went home. Dana knows."))
    missing = accepted(_fresh(book, event, MARCUS))
    marked_at = event.starts_at + 30 * MINUTE
    _put(book, missing.revise(status=AssignmentStatus.NO_SHOW, status_at=marked_at))


def tell_past(book: Book) -> None:
    """What happened at the events of the last two weeks."""
    first, second, *_, last = _events(book, COLD_BREW)
    _overturned_no_show(book, first)
    _forgotten_check_out(book, second)
    _pump_short(book, last)
    _blocked_exit(book, second)
    _disputed_kit(book, _events(book, LATE_LOUNGE)[-1], last)


def tell_withdrawn_offer(book: Book, event: EventInstance, now: dt.datetime) -> None:
    """Chloe said yes in a tunnel; by the time it arrived the offer was gone."""
    said_at, gone_at, heard_at = (now - minutes * MINUTE for minutes in (132, 120, 112))
    gone = _shift(book, event, CHLOE).revise(
        status=AssignmentStatus.CANCELLED,
        cancel_reason=CancelReason.OFFER_WITHDRAWN.value,
        status_at=gone_at,
    )
    evidence = {
        "answered_at": format_instant(said_at),
        "ended_at": format_instant(gone_at),
        "received_at": format_instant(heard_at),
    }
    _put(book, gone)
    _put(book, _flag(gone, FlagCode.ANSWERED_BEFORE_WITHDRAWAL, heard_at, evidence))


def photos(issue: EventIssue) -> list[IssuePhoto]:
    """Three photos that a phone has announced."""
    return [
        IssuePhoto(
            id=photo_id(issue.id, sha256),
            issue_id=issue.id,
            event_instance_id=issue.event_instance_id,
            position=number,
            sha256=sha256,
            created_at=issue.created_at,
        )
        for number, sha256 in enumerate(pictures.hashes())
    ]


def issue_entries(book: Book) -> Iterator[IssueEntry]:
    """What happened to each issue, as far as it tells itself."""
    for issue in book.values():
        if not isinstance(issue, EventIssue) or issue.created_at is None:
            continue
        yield _entry(issue, IssueAct.REPORT, issue.reported_by, issue.created_at)
        if issue.owner_id:
            yield _entry(issue, IssueAct.ACKNOWLEDGE, issue.owner_id, issue.created_at + 6 * MINUTE)
        if issue.resolved_at:
            by, said = issue.resolved_by, issue.resolution
            yield _entry(issue, IssueAct.RESOLVE, by, issue.resolved_at, note=said)


def _entry(
    issue: EventIssue, act: IssueAct, by: UUID | None, at: dt.datetime, note: str | None = None
) -> IssueEntry:
    return IssueEntry(
        id=demo_id("issue entry", issue.id, act),
        issue_id=issue.id,
        event_instance_id=issue.event_instance_id,
        act=act,
        by_id=by,
        owner_id=by if act is IssueAct.ACKNOWLEDGE else None,
        note=note,
        occurred_at=at,
    )


def critical_issues(book: Book) -> Iterator[EventIssue]:
    for record in book.values():
        if isinstance(record, EventIssue) and record.severity is Severity.CRITICAL:
            yield record


def _overturned_no_show(book: Book, event: EventInstance) -> None:
    shift = _shift(book, event, JALEN)
    heard_at = event.starts_at + 95 * MINUTE
    document = (shift.location_at_check_in or {}) | {"received_at": format_instant(heard_at)}
    at = format_instant(shift.check_in_time or event.starts_at)
    _put(book, shift.revise(location_at_check_in=document))
    evidence = document | {"punch": "check_in", "at": at}
    _put(book, _flag(shift, FlagCode.NO_SHOW_OVERTURNED, heard_at, evidence))


def _forgotten_check_out(book: Book, event: EventInstance) -> None:
    """Nobody checked Sofia out: four hours after the end the shift is closed at its planned end."""
    shift = _shift(book, event, SOFIA)
    worked_for = event.ends_at - (shift.check_in_time or event.starts_at)
    closed_at = event.ends_at + dt.timedelta(hours=4)
    _put(
        book,
        shift.revise(
            check_out_time=event.ends_at,
            location_at_check_out={"provisional": True, "received_at": format_instant(closed_at)},
            hours_worked=Decimal(round(worked_for.total_seconds() / 36)) / 100,
            status_at=closed_at,
        ),
    )
    _put(book, _flag(shift, FlagCode.MISSING_CHECK_OUT, closed_at, {}))


def _pump_short(book: Book, event: EventInstance) -> None:
    kit = _find(book, ActivityKit, demo_id("kit of", event.id))
    short = (kit.counts_back or {}) | {"Pump dispenser": 1}
    note = "The second pump may still be at the market's loading dock."
    _put(book, kit.revise(counts_back=short, notes=note))
    instance = _find(book, KitInstance, kit.kit_instance_id or kit.id)
    report = _issue(
        event,
        CHLOE,
        IssueType.EQUIPMENT,
        Severity.MEDIUM,
        f"{instance.serial_number} came back without 1 \u00d7 Pump dispenser. {note}",
        kit.returned_at or event.ends_at,
    )
    _put(book, report.revise(activity_kit_id=kit.id))


def _blocked_exit(book: Book, event: EventInstance) -> None:
    report = _issue(
        event,
        MARCUS,
        IssueType.SAFETY,
        Severity.CRITICAL,
        "A delivery blocks the emergency exit behind our counter. The market office is called.",
        event.starts_at + 50 * MINUTE,
    )
    _put(book, report.revise(status=IssueStatus.ACKNOWLEDGED, owner_id=person_id(DANA)))


def _disputed_kit(book: Book, lounge: EventInstance, sampling: EventInstance) -> None:
    """Two people say that they have the same speakers; both are believed until somebody scans."""
    serial = kits.serial_numbers(kits.SPEAKER)[0]
    holders = {lounge.id: (LUIS, LUIS, DEVIN), sampling.id: (DANA, JALEN, ANA)}
    first, second = sorted((lounge, sampling), key=lambda event: event.starts_at)
    for event in (first, second):
        _, holder, _ = holders[event.id]
        need = ActivityKit(
            id=demo_id("disputed kit", event.id),
            activity_id=activity_id(event),
            event_instance_id=event.id,
            kit_template_id=kits.template_id(kits.SPEAKER),
            kit_instance_id=kits.instance_id(serial),
            status=KitStatus.CHECKED_OUT,
            checked_out_by=person_id(holder),
            checked_out_at=event.starts_at,
            holder_id=person_id(holder if event is second else holders[event.id][2]),
            counts_out=kits.whole(kits.SPEAKER),
        )
        _put(book, need)
        _put(book, _disputed(need, serial, second))
    need = _find(book, ActivityKit, demo_id("disputed kit", first.id))
    _, giver, taker = holders[first.id]
    _put(
        book,
        CustodyEntry(
            id=demo_id("custody", need.id, "hand_over"),
            kit_instance_id=kits.instance_id(serial),
            activity_kit_id=need.id,
            event_instance_id=first.id,
            act=CustodyAct.HAND_OVER,
            from_id=person_id(giver),
            holder_id=person_id(taker),
            recorded_by=person_id(giver),
            occurred_at=second.starts_at + 60 * MINUTE,
        ),
    )


def _disputed(need: ActivityKit, serial: str, second: EventInstance) -> ReviewItem:
    evidence = {
        "serial_number": serial,
        "kit_instance_id": str(need.kit_instance_id),
        "holder_id": None,
        "since": format_instant(second.starts_at),
    }
    return ReviewItem(
        id=demo_id("review", need.id, FlagCode.CUSTODY_DISPUTED),
        event_instance_id=need.event_instance_id,
        target_table=ActivityKit.table,
        target_id=need.id,
        operation_id=demo_id("operation", need.id, FlagCode.CUSTODY_DISPUTED),
        flag=FlagCode.CUSTODY_DISPUTED.value,
        evidence=evidence,
        created_at=second.starts_at + 90 * MINUTE,
    )


def _issue(
    event: EventInstance,
    reporter: str,
    issue_type: IssueType,
    severity: Severity,
    description: str,
    at: dt.datetime,
) -> EventIssue:
    return EventIssue(
        id=demo_id("issue", event.id, issue_type),
        event_instance_id=event.id,
        activity_id=activity_id(event),
        reported_by=person_id(reporter),
        issue_type=issue_type,
        description=description,
        severity=severity,
        created_at=at,
    )


def _flag(
    shift: StaffAssignment, code: FlagCode, at: dt.datetime | None, evidence: dict[str, Any]
) -> ReviewItem:
    return ReviewItem(
        id=demo_id("review", shift.id, code),
        event_instance_id=shift.event_instance_id,
        target_table=StaffAssignment.table,
        target_id=shift.id,
        operation_id=demo_id("operation", shift.id, code),
        flag=code.value,
        evidence=evidence,
        created_at=at,
    )


def _events(book: Book, series: Series) -> list[EventInstance]:
    """The events of a series that are over, in order."""
    held = [record for record in book.values() if isinstance(record, EventInstance)]
    over = [e for e in held if e.booking_id == series.booking_id and e.status == "completed"]
    return sorted(over, key=lambda event: event.starts_at)


def _shift(book: Book, event: EventInstance, name: str) -> StaffAssignment:
    return _find(book, StaffAssignment, demo_id("shift", event.id, name))


def _fresh(book: Book, event: EventInstance, name: str) -> StaffAssignment:
    """The same shift before anybody came."""
    return _shift(book, event, name).revise(check_in_time=None, location_at_check_in=None)


def _find(book: Book, kind: type[R], record_id: UUID) -> R:
    record = book[record_id]
    assert isinstance(record, kind)
    return record


def _put(book: Book, record: Record) -> None:
    book[record.id] = record
