"""How fast operations are decided: of one device, and of eight with a poisoned one among them."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import httpx

from bench.figures import Figure
from bench.sync.town import EVENTS, Town
from field_app.domain.attendance import AssignmentCheckIn
from field_app.domain.clock import ClockGrade
from field_app.domain.issue import IssueType, Severity
from field_app.domain.issues import IssueReport
from field_app.domain.offers import AssignmentAccept
from tests.support.central import PASSWORD
from tests.support.wire_client import WireClient
from tests.walk.phones import Phone, _now

BATCH = 100
POISONED = "Poisoned"
POISON = f"""ALTER TABLE event_issues ADD CONSTRAINT poisoned CHECK (description <> '{POISONED}')"""


def a_report(event: UUID, description: str = "Measured") -> IssueReport:
    return IssueReport(
        event_instance_id=event,
        issue_type=IssueType.OTHER,
        description=description,
        severity=Severity.LOW,
    )


async def one_device(phone: Phone, town: Town) -> Figure:
    """A thousand operations on the phone, until all of them are decided and taken in."""
    for shift in town.shifts:
        phone.perform(shift, AssignmentAccept(), _now(), ClockGrade.HIGH)
        phone.perform(shift, AssignmentCheckIn(), _now(), ClockGrade.HIGH)
    for number in range(1000 - 2 * EVENTS):
        phone.perform(uuid4(), a_report(town.events[number % EVENTS]), _now(), ClockGrade.HIGH)
    queued = sum(status == "pending" for status in phone.outbox().values())
    began = time.perf_counter()
    await phone.sync()
    rate = queued / (time.perf_counter() - began)
    assert set(phone.outbox().values()) == {"applied"}
    what = f"{queued:,} queued operations of one device, until taken in"
    return Figure(what, rate, "ops/s", target=">= 800")


def eight_devices(town: Town, url: str) -> Figure:
    """Five hundred each, at events of their own, by plain HTTP; one fails whenever it is tried."""
    town.db.execute(POISON)
    with ThreadPoolExecutor(8) as threads:
        clients = list(threads.map(lambda member: _client(town, url, member), town.crew))
        work = [_batches(each, town.events[at::8], not at) for at, each in enumerate(clients)]
        began = time.perf_counter()
        decided = list(threads.map(_send, clients, work))
        took = time.perf_counter() - began
    others = sum(len(each) for each in decided[1:])
    assert others == 7 * 500, others
    assert len(decided[0]) == 499, "all but the poisoned one"
    town.db.execute("ALTER TABLE event_issues DROP CONSTRAINT poisoned")
    what = "4,000 operations of eight devices, one of them poisoned"
    return Figure(what, (others + 499) / took, "ops/s", target=">= 2,000")


def _client(town: Town, url: str, member: Any) -> WireClient:
    client = WireClient(httpx.Client(base_url=url, timeout=60), town.emails[member], PASSWORD)
    client.take_in(client.post(page_rows=5000).json())
    return client


def _batches(
    client: WireClient, events: list[UUID], is_poisoned: bool
) -> list[list[dict[str, Any]]]:
    operations = []
    for number in range(500):
        said = POISONED if is_poisoned and number == 250 else "Measured"
        report = a_report(events[number % len(events)], said)
        payload = report.model_dump(mode="json", exclude_none=True)
        del payload["kind"]
        operations.append(client.envelope("issue.report", uuid4(), payload))
    return [operations[at : at + BATCH] for at in range(0, len(operations), BATCH)]


def _send(client: WireClient, batches: list[list[dict[str, Any]]]) -> list[str]:
    """What a device does: the next batch once the last one has its verdicts."""
    decided = []
    for batch in batches:
        response = client.post(*batch)
        response.raise_for_status()
        decided += [verdict["operation_id"] for verdict in response.json()["verdicts"]]
    return decided
