"""What it costs to bring a booking system's database over: time a booking, and memory.

`uv run python -m bench.backfill [--bookings 100000]`
"""

import argparse
import datetime as dt
import resource
import time
import tomllib
from collections.abc import Callable
from typing import TypeVar

import psycopg
from sqlalchemy import Engine

from bench.figures import Figure, report
from server_stub import database
from server_stub.backfill.run import run
from server_stub.backfill.sources import Sources
from server_stub.verify import verify
from tests.support import legacy
from tests.support.postgres import fresh_database, quick_postgres

T = TypeVar("T")
SEED = 1
WARM = 2_000
"""Bookings after which memory has what it needs."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bookings", type=int, default=100_000)
    number = parser.parse_args().bookings
    now = dt.datetime.now(dt.UTC)
    with quick_postgres() as server, fresh_database(server) as url:
        with psycopg.connect(url, autocommit=True, options="-c timezone=UTC") as db:
            legacy.create(db)
            expected = legacy.fill(db, number, now.date(), SEED)
            database.migrate(url)
            legacy.set_zones(db)
            db.execute("ANALYZE")
        engine = database.create_engine(url, pool_size=1)
        report(measure(engine, number, now, expected["events"]))
        engine.dispose()


def measure(engine: Engine, number: int, now: dt.datetime, events: int) -> list[Figure]:
    sources = Sources.model_validate(tomllib.loads(legacy.SOURCES))
    notes = 0
    warm_kb, done = 0, 0

    def tell(*_said: object) -> None:
        nonlocal notes
        notes += 1

    def progress(more: int) -> None:
        nonlocal warm_kb, done
        done += more
        if done <= WARM:
            warm_kb = peak_kb()

    def backfill(*, dry_run: bool) -> int:
        made = run(engine, sources, now=now, dry_run=dry_run, tell=tell, progress=progress)
        return made.counts["events"]

    dry_s, _ = timed(lambda: backfill(dry_run=True))
    run_s, made = timed(lambda: backfill(dry_run=False))
    grown_mb = (peak_kb() - warm_kb) / 1024
    verify_s, checks = timed(lambda: verify(engine, now))
    missed = [check.name for check in checks if not check.is_met]
    if made != events or missed:
        raise SystemExit(f"made {made} events of {events}; missed: {missed}")
    return [
        Figure("dry run", number / dry_s, "/s", more=f"{number:,} bookings in {dry_s:,.0f} s"),
        Figure("backfill", number / run_s, "/s", more=f"{run_s:,.0f} s, {made:,} events"),
        Figure("memory that either needs beyond its first 2,000 bookings", grown_mb, "MB"),
        Figure("verify", number / verify_s, "/s", more=f"{verify_s:,.0f} s, {len(checks)} checks"),
    ]


def timed(do: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    result = do()
    return time.perf_counter() - began, result


def peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
