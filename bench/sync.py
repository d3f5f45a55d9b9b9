"""What syncing costs: a tap, the first sync, an idle one, a push, a change on its way.

`uv run python -m bench.sync` prints a JSON line for each figure, and then a table. A figure that a
disk limits stands beside that limit, measured in the same run.
"""

import asyncio
import json
import resource
import sqlite3
import statistics
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import psutil
import psycopg

from field_app.domain.attendance import AssignmentCheckIn
from field_app.domain.clock import ClockGrade
from field_app.domain.issue import IssueType, Severity
from field_app.domain.issues import IssueReport
from field_app.domain.offers import AssignmentAccept
from server_stub.scope import columns
from tests.server.test_cli import serving
from tests.support.central import PASSWORD, Central
from tests.support.postgres import fresh_database, make_template, quick_postgres
from tests.support.wire_client import WireClient
from tests.walk.phones import Phone, _now

ROWS, EVENTS = 50_000, 100
TAPS, CHANGES, IDLE = 200, 40, 40


@dataclass
class Figure:
    """One measured thing. `limit`: what the disk or the wire alone does, in the same unit."""

    what: str
    value: float
    unit: str
    limit: float | None = None
    more: str = ""


def main() -> None:
    figures: list[Figure] = []
    with quick_postgres() as server, tempfile.TemporaryDirectory() as folder:
        template = make_template(server)
        with (
            fresh_database(server, template) as url,
            psycopg.connect(url, autocommit=True) as db,
            serving(url) as (process, address),
        ):
            town = Town(db)
            figures += asyncio.run(measure(town, db, address, Path(folder), process.pid))
    for figure in figures:
        print(json.dumps(asdict(figure)))
    print()
    for each in figures:
        limit = "" if each.limit is None else f"limit {each.limit:,.1f}"
        print(f"{each.what:58} {each.value:>10,.1f} {each.unit:12} {limit:16} {each.more}")


class Town:
    """A manager with 50,000 shifts at a hundred events, and an agent with a shift at each."""

    def __init__(self, db: psycopg.Connection) -> None:
        central = Central(db)
        self.emails = central.emails
        self.dana = central.a_person("Dana", "field_manager")
        self.ana = central.a_person("Ana")
        self.events = [central.an_event(self.dana, in_h=hour / 10) for hour in range(EVENTS)]
        self.shifts = [central.a_shift(event, self.ana) for event in self.events]
        db.execute(
            """INSERT INTO staff_assignments (event_instance_id, user_id, role, status)
            SELECT e.id, %s, 'brand_agent', 'cancelled'
            FROM event_instances e, generate_series(1, %s)""",
            [self.dana, ROWS // EVENTS],
        )
        db.execute("ANALYZE")


async def measure(
    town: Town, db: psycopg.Connection, url: str, folder: Path, server_pid: int
) -> list[Figure]:
    async with Phone(folder / "desk", url) as desk, Phone(folder / "phone", url) as phone:
        figures = [await first_sync(desk, db, town, folder)]
        await phone.sign_in(town.emails[town.ana])
        figures.append(wire_bytes(town, url))
        figures.append(await idle(desk, server_pid))
        figures += taps(phone, desk, town, folder)
        figures.append(await push(phone, town))
        figures.append(await on_its_way(phone, db, town))
    return figures


async def first_sync(desk: Phone, db: psycopg.Connection, town: Town, folder: Path) -> Figure:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    await desk.sign_in(town.emails[town.dana])
    took = time.perf_counter() - began
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    limit = copy_into_sqlite(db, folder / "limit.db")
    rate = ROWS / took
    more = f"{rate / limit:.0%} of COPY into SQLite, {grown:.0f} MB more memory"
    return Figure("first sync of 50,000 shifts", rate, "rows/s", limit, more)


def copy_into_sqlite(db: psycopg.Connection, path: Path) -> float:
    """The same rows without us: COPY out, executemany in, one synced commit."""
    began = time.perf_counter()
    query = f"COPY (SELECT {columns('staff_assignments')} FROM staff_assignments t) TO STDOUT"
    with sqlite3.connect(path) as target, db.cursor().copy(query) as copy:
        target.execute("PRAGMA journal_mode = WAL")
        target.execute("PRAGMA synchronous = FULL")
        rows = copy.rows()
        first = next(rows)
        target.execute(f"CREATE TABLE t ({', '.join(f'c{n}' for n in range(len(first)))})")
        marks = ", ".join("?" * len(first))
        target.execute(f"INSERT INTO t VALUES ({marks})", first)
        target.executemany(f"INSERT INTO t VALUES ({marks})", rows)
        target.commit()
    return ROWS / (time.perf_counter() - began)


def wire_bytes(town: Town, url: str) -> Figure:
    with httpx.Client(base_url=url, timeout=60) as http:
        client = WireClient(http, town.emails[town.dana], PASSWORD)
        size = 0
        more = True
        while more:
            response = client.post(page_rows=5000)
            size += response.num_bytes_downloaded
            more = response.json()["more"]
            client.take_in(response.json())
    return Figure("bytes on the wire for each of them, gzip", size / ROWS, "bytes")


async def idle(desk: Phone, server_pid: int) -> Figure:
    server = psutil.Process(server_pid)
    await desk.sync()
    before = _cpu(server)
    for _ in range(IDLE):
        await desk.sync()
    spent = (_cpu(server) - before) / IDLE * 1000
    return Figure("server CPU of a sync when nothing changed, 50,000 rows", spent, "ms")


def taps(phone: Phone, desk: Phone, town: Town, folder: Path) -> list[Figure]:
    """On a device with 50,000 rows, and on one with a hundred."""
    large = _timed_taps(desk, [uuid4() for _ in range(TAPS)], town)
    small = _timed_taps(phone, [uuid4() for _ in range(TAPS)], town)
    with sqlite3.connect(folder / "commits.db", isolation_level=None) as plain:
        plain.execute("PRAGMA journal_mode = WAL")
        plain.execute("PRAGMA synchronous = FULL")
        plain.execute("CREATE TABLE t (a)")
        commits = []
        for number in range(TAPS):
            began = time.perf_counter()
            plain.execute("INSERT INTO t VALUES (?)", [number])
            commits.append((time.perf_counter() - began) * 1000)
    middle, worst = statistics.median(large), sorted(large)[int(TAPS * 0.99)]
    more = f"p99 {worst:.1f} ms; {middle / statistics.median(small):.2f} times that of 100 rows"
    limit = statistics.median(commits)
    return [Figure("a tap, until it is saved, 50,000 rows", middle, "ms", limit, more)]


def _timed_taps(phone: Phone, issues: list[UUID], town: Town) -> list[float]:
    took = []
    for at, issue in enumerate(issues):
        operation = IssueReport(
            event_instance_id=town.events[at % EVENTS],
            issue_type=IssueType.OTHER,
            description="Measured",
            severity=Severity.LOW,
        )
        began = time.perf_counter()
        assert phone.perform(issue, operation, _now(), ClockGrade.HIGH) is None
        took.append((time.perf_counter() - began) * 1000)
    return took


async def push(phone: Phone, town: Town) -> Figure:
    """What the taps have queued, and more, until the office has decided all of it."""
    for shift in town.shifts:
        phone.perform(shift, AssignmentAccept(), _now(), ClockGrade.HIGH)
        phone.perform(shift, AssignmentCheckIn(), _now(), ClockGrade.HIGH)
    queued = sum(status == "pending" for status in phone.outbox().values())
    began = time.perf_counter()
    await phone.sync()
    took = time.perf_counter() - began
    return Figure(f"{queued} queued operations, until decided and taken in", queued / took, "ops/s")


async def on_its_way(phone: Phone, db: psycopg.Connection, town: Town) -> Figure:
    """A change in the database until it is durable on a device with an open stream."""
    took = []
    async with phone.client.stream(phone.signed.token) as events:
        for number in range(CHANGES):
            began = time.perf_counter()
            change = "UPDATE event_instances SET notes = %s WHERE id = %s"
            db.execute(change, [f"note {number}", town.events[0]])
            async for name in events:
                if name == "changed":
                    break
            await phone.sync()
            took.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.05)
    worst = sorted(took)[int(CHANGES * 0.95)]
    middle = statistics.median(took)
    return Figure(
        "a change, until durable on another device", middle, "ms", None, f"p95 {worst:.0f} ms"
    )


def _cpu(process: psutil.Process) -> float:
    """Seconds of CPU, of the server and its children."""
    every = [process, *process.children(recursive=True)]
    return sum(sum(each.cpu_times()[:2]) for each in every)


if __name__ == "__main__":
    main()
