"""How long a tap takes until it is saved, and a change until it is on another device."""

import asyncio
import sqlite3
import statistics
import time
from pathlib import Path
from uuid import uuid4

import psycopg

from bench.figures import Figure
from bench.sync.pushing import a_report
from bench.sync.town import EVENTS, Town
from field_app.domain.clock import ClockGrade
from tests.walk.phones import Phone, _now

TAPS, CHANGES = 200, 40


def taps(phone: Phone, desk: Phone, town: Town, folder: Path) -> Figure:
    """On a device with 50,000 rows, beside one with a few hundred."""
    large, small = _timed(desk, town), _timed(phone, town)
    middle, worst = statistics.median(large), sorted(large)[int(TAPS * 0.99)]
    more = f"p99 {worst:.1f} ms; {middle / statistics.median(small):.2f} times that of a few rows"
    limit = statistics.median(_commits(folder / "commits.db"))
    return Figure("a tap, until it is saved, 50,000 rows", middle, "ms", limit, more, "< 10")


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
    middle, worst = statistics.median(took), sorted(took)[int(CHANGES * 0.95)]
    what = "a change, until durable on another device"
    return Figure(what, middle, "ms", more=f"p95 {worst:.0f} ms", target="< 50")


def _timed(phone: Phone, town: Town) -> list[float]:
    took = []
    for number in range(TAPS):
        began = time.perf_counter()
        refused = phone.perform(
            uuid4(), a_report(town.events[number % EVENTS]), _now(), ClockGrade.HIGH
        )
        took.append((time.perf_counter() - began) * 1000)
        assert refused is None
    return took


def _commits(path: Path) -> list[float]:
    """What the disk takes for one commit."""
    took = []
    with sqlite3.connect(path, isolation_level=None) as plain:
        plain.execute("PRAGMA journal_mode = WAL")
        plain.execute("PRAGMA synchronous = FULL")
        plain.execute("CREATE TABLE t (a)")
        for number in range(TAPS):
            began = time.perf_counter()
            plain.execute("INSERT INTO t VALUES (?)", [number])
            took.append((time.perf_counter() - began) * 1000)
    return took
