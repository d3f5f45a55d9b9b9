"""The mirror that the figures are taken on: a manager's device that holds very much."""

import datetime as dt
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from field_app.domain.assignment import AssignmentStatus
from field_app.domain.issue import EventIssue, IssueType, Severity
from field_app.domain.kit import ActivityKit, KitInstance, KitStatus, KitTemplate
from field_app.domain.person import Role, User
from field_app.domain.wire import Person
from field_app.store import mirror
from field_app.store.engine import Store
from field_app.store.settings import Setting
from tests.support.field import DANA, NAMES, a_shift, an_event, on_wire

SHIFTS, KITS, ISSUES, EVENTS = 50_000, 10_000, 5_000, 1_000
CREW = 500
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
OFFER = a_shift().model_dump(mode="json")
ME = Person(id=DANA.id, name="Dana Whitfield", email="dana@example.org", role=Role.FIELD_MANAGER)


def id_of(kind: str, number: int) -> UUID:
    return uuid5(NAMES, f"{kind} {number}")


def fill(folder: Path) -> Store:
    """A device folder with 50,000 shifts, 10,000 kits and 5,000 issues at 1,000 events."""
    store = Store(folder)
    rows = on_wire(*_people(), *_events(), *_kits(), *_issues())
    store.write(lambda session: mirror.apply_rows(session, rows, generation=0))
    shifts = {"staff_assignments": [shift_row(n) for n in range(SHIFTS)]}
    store.write(lambda session: mirror.apply_rows(session, shifts, generation=0))
    store.put_setting(Setting.PERSON, ME.model_dump_json())
    return store


def shift_row(number: int, version: int = 1) -> dict[str, Any]:
    """Every event has fifty; ten offers and ten booked shifts are the manager's own."""
    user = id_of("person", number % CREW)
    status = AssignmentStatus.ACCEPTED
    if number < 20:
        user, status = ME.id, [AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED][number % 2]
    return {
        **OFFER,
        "id": str(id_of("shift", number)),
        "version": version,
        "user_id": str(user),
        "event_instance_id": str(id_of("event", number % EVENTS)),
        "status": status.value,
    }


def _people() -> list[User]:
    crew = [
        User(id=id_of("person", n), version=1, name=f"Person {n:03}", role=Role.BRAND_AGENT)
        for n in range(CREW)
    ]
    return [*crew, User(id=ME.id, version=1, name=ME.name, role=Role.FIELD_MANAGER)]


def _events() -> list[Any]:
    """One every three hours, half of them over; every tenth is the manager's."""
    events = []
    for number in range(EVENTS):
        starts_at = NOW + dt.timedelta(hours=3 * (number - EVENTS // 2))
        events.append(
            an_event(
                id=id_of("event", number),
                starts_at=starts_at,
                ends_at=starts_at + dt.timedelta(hours=4),
                date=starts_at.date(),
                field_manager_id=ME.id if number % 10 == 0 else None,
            )
        )
    return events


def _kits() -> list[Any]:
    template = KitTemplate(id=id_of("template", 0), version=1, name="Sampling kit")
    kits: list[Any] = [template]
    for number in range(KITS):
        kit = KitInstance(
            id=id_of("kit", number),
            version=1,
            template_id=template.id,
            serial_number=f"LCB-SAMP-{number:05}",
        )
        need = ActivityKit(
            id=id_of("need", number),
            version=1,
            activity_id=id_of("activity", number % EVENTS),
            event_instance_id=id_of("event", number % EVENTS),
            kit_template_id=template.id,
            kit_instance_id=kit.id,
            status=KitStatus.CHECKED_OUT if number < KITS // 2 else KitStatus.NEEDED,
            holder_id=id_of("person", number % CREW) if number < KITS // 2 else None,
            checked_out_at=NOW if number < KITS // 2 else None,
        )
        kits += [kit, need]
    return kits


def _issues() -> list[EventIssue]:
    severities, kinds = list(Severity), list(IssueType)
    return [
        EventIssue(
            id=id_of("issue", number),
            version=1,
            event_instance_id=id_of("event", number % EVENTS),
            reported_by=id_of("person", number % CREW) if number % 50 else ME.id,
            issue_type=kinds[number % len(kinds)],
            severity=severities[number % len(severities)],
            description=f"What went wrong, number {number}",
            created_at=NOW - dt.timedelta(minutes=number),
        )
        for number in range(ISSUES)
    ]
