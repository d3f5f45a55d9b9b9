"""What it costs to get rows: all of them, none of them, the few that live."""

import resource
import sqlite3
import time
from pathlib import Path

import httpx
import psutil
import psycopg

from bench.figures import Figure
from bench.sync.town import ROWS, Town
from server_stub.scope import columns
from tests.support.central import PASSWORD
from tests.support.wire_client import WireClient
from tests.walk.phones import Phone

IDLE = 100


async def first_sync(desk: Phone, db: psycopg.Connection, town: Town, folder: Path) -> Figure:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    await desk.sign_in(town.emails[town.dana])
    took = time.perf_counter() - began
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    limit = copy_into_sqlite(db, folder / "limit.db")
    rate = ROWS / took
    size = (folder / "desk" / "field.db").stat().st_size / 2**20
    more = f"{rate / limit:.0%} of COPY into SQLite, {grown:.0f} MB more memory, {size:.0f} MB"
    return Figure("first sync of 50,000 shifts", rate, "rows/s", limit, more, ">= 25,000")


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
        number = target.execute("SELECT count(*) FROM t").fetchone()[0]
        target.commit()
    return float(number) / (time.perf_counter() - began)


def wire_bytes(town: Town, url: str) -> Figure:
    with httpx.Client(base_url=url, timeout=60) as http:
        size = download(WireClient(http, town.emails[town.dana], PASSWORD))
    what = "bytes on the wire for each of them, gzip"
    return Figure(what, size / ROWS, "bytes", target="< 139")


def download(client: WireClient) -> int:
    """Everything a new device needs, in bytes as they came."""
    size, more = 0, True
    while more:
        response = client.post(page_rows=5000)
        size += response.num_bytes_downloaded
        more = response.json()["more"]
        client.take_in(response.json())
    return size


def idle(town: Town, url: str, server_pid: int) -> list[Figure]:
    """Syncs when nothing has changed, for a manager with 2,000 shifts and one with 50,000."""
    figures = []
    server = psutil.Process(server_pid)
    for person, rows, target in ((town.luis, "2,000", "< 3"), (town.dana, "50,000", "")):
        with httpx.Client(base_url=url, timeout=60) as http:
            client = WireClient(http, town.emails[person], PASSWORD)
            download(client)
            before = cpu(server)
            size = sum(client.post(page_rows=5000).num_bytes_downloaded for _ in range(IDLE))
            spent = (cpu(server) - before) / IDLE * 1000
        what = f"server CPU of a sync when nothing changed, {rows} rows"
        figures.append(
            Figure(what, spent, "ms", more=f"{size / IDLE:.0f} bytes down", target=target)
        )
    return figures


def worn_rows(town: Town, url: str) -> Figure:
    """A new device after 200 rows were changed again and again: it pays for 200 rows."""
    person = town.luis
    town.db.execute(
        """DELETE FROM staff_assignments WHERE event_instance_id = ANY(%s) AND id NOT IN
        (SELECT id FROM staff_assignments WHERE event_instance_id = ANY(%s) LIMIT 200)""",
        [town.quiet, town.quiet],
    )
    with httpx.Client(base_url=url, timeout=60) as http:
        before = download(WireClient(http, town.emails[person], PASSWORD))
    for number in range(55):
        town.db.execute(
            "UPDATE staff_assignments SET special_instructions = %s "
            "WHERE event_instance_id = ANY(%s)",
            [f"{number:010}", town.quiet],
        )
    with httpx.Client(base_url=url, timeout=60) as http:
        after = download(WireClient(http, town.emails[person], PASSWORD))
    what = "200 live rows after 11,000 changes, a new device downloads"
    return Figure(what, after / before, "times", more=f"{after:,} bytes", target="< 1.1")


def beside(town: Town, url: str, rows: int) -> Figure:
    """The same pulls with a much larger database around them."""
    before = _pull_times(town, url)
    town.grow(rows)
    after = _pull_times(town, url)
    what = f"pull time with {rows:,} rows of others beside, to that without"
    more = f"full {after[0] * 1000:.0f} ms, nothing new {after[1] * 1000:.1f} ms"
    ratio = max(after[0] / before[0], after[1] / before[1])
    return Figure(what, ratio, "times", more=more, target="< 1.2")


def cpu(process: psutil.Process) -> float:
    """Seconds of CPU, of the server and its children."""
    every = [process, *process.children(recursive=True)]
    return sum(sum(each.cpu_times()[:2]) for each in every)


def _pull_times(town: Town, url: str) -> tuple[float, float]:
    """The best of some: of a full pull of 2,000 rows, and of one with nothing new."""
    full, unchanged = [], []
    with httpx.Client(base_url=url, timeout=60) as http:
        client = WireClient(http, town.emails[town.luis], PASSWORD)
        for _ in range(10):
            client.cursor = None
            began = time.perf_counter()
            download(client)
            full.append(time.perf_counter() - began)
            began = time.perf_counter()
            client.post(page_rows=5000)
            unchanged.append(time.perf_counter() - began)
    return min(full), min(unchanged)
