"""The server and the device say the same of every operation in every state."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from field_app.domain.decision import Accepted, Decision, Noop, Refused
from field_app.domain.mirrored import BY_TABLE
from field_app.domain.operations import KINDS, decide
from field_app.domain.records import Record
from field_app.domain.wire import Person, WireEnvelope, from_wire
from tests.security.ground import Ground
from tests.security.kinds import NAMES, PAYLOADS, states_of, table_of
from tests.support.central import UNDER_WAY
from tests.support.wire_client import WireClient

Situation = tuple[str, str]
AT = dt.timedelta(hours=1)
FOUR_EYES: dict[str, dict[str, Any]] = {
    "assignment.correct_time": {},
    "assignment.check_in": {"vouched": True},
    "assignment.check_out": {"vouched": True},
    "review.decide": {},
}
"""Kinds that are nobody's to do about themselves, and what makes them so."""


@pytest.mark.parametrize("who", ["ana", "dana", "olga", "luis"])
def test_the_server_says_what_the_device_says_of_every_kind_in_every_state(
    ground: Ground, who: str
) -> None:
    targets = dict(lay_out(ground))
    phone = ground.sign_in(who)
    phone.sync_all()
    world = Mirror(phone)
    actor = Person.model_validate(phone.person).actor
    envelopes = {it: aimed(phone, it[0], rows) for it, rows in targets.items()}

    heard = dict(zip(envelopes, tell(phone, list(envelopes.values())), strict=True))

    decided = {}
    for it, raw in envelopes.items():
        wire = WireEnvelope.model_validate(raw)
        envelope = from_wire(wire, actor, UUID(phone.device_id), wire.occurred_at)
        decided[it] = summary(decide(envelope, world))
    assert {it: (heard[it], decided[it]) for it in heard if heard[it] != decided[it]} == {}
    assert len({status for status, _, _ in heard.values()}) > (1 if who != "luis" else 0)


class Mirror:
    """A world of the rows that a device was sent."""

    def __init__(self, phone: WireClient) -> None:
        self._by_kind: dict[type[Record], dict[UUID, Record]] = defaultdict(dict)
        for table, rows in phone.mirror.items():
            kind = BY_TABLE[table]
            for row in rows.values():
                record = kind.model_validate(row)
                self._by_kind[kind][record.id] = record

    def find(self, kind: Any, record_id: UUID) -> Any:
        return self._by_kind[kind].get(record_id)

    def where(self, kind: Any, **equal: Any) -> list[Any]:
        rows = self._by_kind[kind].values()
        found = [row for row in rows if all(getattr(row, n) == v for n, v in equal.items())]
        return sorted(found, key=lambda record: record.id)


def lay_out(ground: Ground) -> Iterator[tuple[Situation, dict[str, UUID]]]:
    """For every kind and state an event of Dana's and Olga's where Ana works, or Dana herself."""
    with ground.db.pipeline():
        for kind in sorted(KINDS):
            for state in states_of(kind):
                yield (kind, state.value), an_event_with(ground, kind, state.value, "ana")
        for kind in FOUR_EYES:
            for state in states_of(kind):
                own = an_event_with(ground, kind, state.value, "dana")
                yield (f"{kind} own", state.value), own


def an_event_with(ground: Ground, kind: str, state: str, worker: str) -> dict[str, UUID]:
    now = dt.datetime.now(dt.UTC)
    home, people = ground.rows["hers"], ground.people
    ids = {table: uuid4() for table in ("bookings", "event_instances", "activities")}
    ids |= {table: uuid4() for table in ("kit_instances", "activity_kits", "staff_assignments")}
    ids |= {table: uuid4() for table in ("event_issues", "review_items")}
    status = {"bookings": "approved"} | UNDER_WAY | {table_of(kind): state}
    event = {"event_instance_id": ids["event_instances"]}
    came = now - AT / 2 if status["staff_assignments"] in {"checked_in", "checked_out"} else None
    rows: dict[str, dict[str, Any]] = {
        "bookings": {"title": "x", "organization_id": ground.central.brand},
        "event_instances": {
            "booking_id": ids["bookings"],
            "date": now.date(),
            "start_time": "11:00",
            "end_time": "15:00",
            "starts_at": now - AT,
            "ends_at": now + 3 * AT,
            "field_manager_id": people["dana"],
        },
        "activities": event | {"type": "sampling", "title": "x"},
        "kit_instances": {
            "template_id": ground.central.value("SELECT template_id FROM kit_instances LIMIT 1"),
            "serial_number": f"K-{ids['kit_instances']}",
        },
        "staff_assignments": event
        | {"user_id": people[worker], "role": "agent", "check_in_time": came},
        "activity_kits": {
            "activity_id": ids["activities"],
            "kit_instance_id": ids["kit_instances"],
            "kit_template_id": ground.central.value(
                "SELECT template_id FROM kit_instances LIMIT 1"
            ),
        },
        "event_issues": event
        | {"reported_by": people["ana"], "issue_type": "venue", "description": "x"}
        | {"severity": "low"},
        "review_items": event
        | {"target_table": "staff_assignments", "target_id": ids["staff_assignments"]}
        | {"flag": "no_location"},
    }
    assert home
    for table, row in rows.items():
        extra = {"status": status[table]} if table in status else {}
        put(ground.db, table, row | extra | {"id": ids[table]})
    return ids | {"users": people["ana"]}


def put(db: psycopg.Connection, table: str, row: dict[str, Any]) -> None:
    names, marks = ", ".join(row), ", ".join(f"%({name})s" for name in row)
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", row)


def aimed(phone: WireClient, case: str, rows: dict[str, UUID]) -> dict[str, Any]:
    kind, _, own = case.partition(" ")
    named = {name: str(rows[table]) for name, table in NAMES.get(kind, {}).items()}
    target = uuid4() if kind == "issue.report" else rows[table_of(kind)]
    more = FOUR_EYES[kind] if own else {}
    return phone.envelope(kind, target, PAYLOADS[kind] | named | more)


def tell(phone: WireClient, envelopes: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    verdicts = []
    for first in range(0, len(envelopes), 100):
        verdicts += phone.sync(*envelopes[first : first + 100])["verdicts"]
    return [(v["status"], v["code"], sorted(v["flags"])) for v in verdicts]


def summary(decision: Decision) -> tuple[Any, ...]:
    match decision:
        case Refused(code=code):
            return "refused", code.value, []
        case Noop():
            return "noop", None, []
        case Accepted(flags=flags):
            return "applied", None, sorted(flag.code.value for flag in flags)
