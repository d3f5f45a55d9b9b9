"""A small load: devices at work at once, no error, and everything acknowledged is there.

`uv run python -m bench.load` does it with ten thousand.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from bench.load.checks import missing
from bench.load.day import NotArrived, arrive
from bench.load.device import Device, Record
from bench.load.gauge import slope
from bench.load.run import Result, run
from bench.load.telling import figures, is_good
from bench.load.town import Worker
from bench.load.wire import Traffic, Wire
from tests.support.postgres import fresh_database, make_template, quick_postgres

DEVICES = 40


@pytest.fixture(scope="module")
def database() -> Iterator[tuple[str, int]]:
    with quick_postgres() as postgres, fresh_database(postgres, make_template(postgres)) as url:
        assert postgres.pid is not None
        yield url, postgres.pid


@pytest.fixture(scope="module")
def result(database: tuple[str, int], tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("load")
    return run(*database, folder, DEVICES, minutes=0.04, with_ramp=False)


def test_devices_work_at_once_without_an_error(result: Result) -> None:
    assert dict(result.record.errors) == {}
    assert is_good(result)
    assert result.streams == DEVICES + 1, "a manager's, too"
    assert len(result.record.acknowledged) == result.record.saved > DEVICES / 4
    assert set(result.record.acknowledged.values()) == {"applied"}


def test_every_figure_is_told(result: Result) -> None:
    told = {figure.what: figure.value for figure in figures(result, DEVICES)}

    assert told["errors"] == told["acknowledged and not in the database"] == 0
    assert told["a sync with an operation, p95"] > 0


def test_an_acknowledged_operation_that_is_lost_is_noticed(
    result: Result, database: tuple[str, int]
) -> None:
    lost, other, *_ = result.record.acknowledged
    with psycopg.connect(database[0]) as db:
        db.execute("DELETE FROM sync_operations WHERE operation_id = %s", [lost])
        db.execute("UPDATE sync_operations SET status = 'noop' WHERE operation_id = %s", [other])

        assert len(missing(db, result.record.acknowledged)) == 2
        assert missing(db, {uuid4(): "applied"}) != []
        db.rollback()
        assert missing(db, result.record.acknowledged) == []


def test_an_applied_operation_without_a_trace_in_the_audit_is_noticed(
    result: Result, database: tuple[str, int]
) -> None:
    with psycopg.connect(database[0]) as db:
        db.execute("ALTER TABLE audit_entries DISABLE TRIGGER append_only")
        db.execute("DELETE FROM audit_entries")

        assert len(missing(db, result.record.acknowledged)) == len(result.record.acknowledged)
        db.rollback()


@dataclass(frozen=True)
class HalfDead(Wire):
    """Answers those whose tokens are `alive`, and nobody else, ever."""

    alive: frozenset[str]

    async def sync(self, token: str, body: dict[str, Any], fault: str = "") -> tuple[int, Any]:
        if token not in self.alive:
            await asyncio.Event().wait()
        return 200, {"cursor": "c", "verdicts": [], "more": False}

    @contextlib.asynccontextmanager
    async def stream(self, token: str) -> AsyncIterator[AsyncIterator[str]]:
        await asyncio.Event().wait()
        yield self._events(asyncio.StreamReader())


async def test_who_waits_for_devices_that_never_arrive_is_told_how_many_did() -> None:
    workers = [Worker(uuid4()) for _ in range(5)]
    alive = frozenset(worker.token for worker in workers[:2])
    wire = HalfDead("nowhere", 0, Traffic(), alive)
    devices = [Device(worker, wire, Record(), is_on_bad_link=False) for worker in workers]

    with pytest.raises(NotArrived, match="2 of 5 devices had their first answer within 0 s"):
        await arrive(devices, at_once=3, within_s=0.2)


def test_memory_that_grows_shows_in_the_slope() -> None:
    assert slope([(0, 100), (1, 102), (2, 104)]) == pytest.approx(2)
    assert slope([(0, 100), (1, 100)]) == slope([(0, 100)]) == 0
