"""Answers read from a streaming replica: as good as the primary's, whatever becomes of it."""

import os
import random
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest

from field_app.domain.wire import Person
from server_stub.demo.postgres import PostgresServer
from tests.server.test_hammer import SEED, WRITERS, Hammer, oracle, work
from tests.support.central import PASSWORD, Central
from tests.support.sync_server import serving
from tests.support.wire_client import WireClient

FALLEN_BACK = "answers come from the primary for now"
PATIENT = {"replica_wait_s": 60.0}


@contextmanager
def paused(replica_url: str) -> Iterator[psycopg.Connection]:
    """The replica takes everything in and shows nothing of it."""
    with psycopg.connect(replica_url, autocommit=True) as db:
        db.execute("SELECT pg_wal_replay_pause()")
        while db.execute("SELECT pg_get_wal_replay_pause_state()").fetchone() != ("paused",):
            pass
        try:
            yield db
        finally:
            db.execute("SELECT pg_wal_replay_resume()")


@contextmanager
def signed_in(
    central: Central, person: UUID, url: str, replica_url: str, **settings: Any
) -> Iterator[WireClient]:
    """A device of this person at a server that reads from the replica."""
    with (
        serving(url, database_url_replica=replica_url, **settings) as server,
        httpx.Client(base_url=server, timeout=60) as http,
    ):
        yield WireClient(http, central.emails[person], PASSWORD)


def sessions_on(replica_url: str) -> int:
    with psycopg.connect(replica_url) as db:
        query = """SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()"""
        (count,) = db.execute(query).fetchone() or (0,)
        return int(count)


def test_answers_come_from_the_replica_with_what_the_request_itself_did(
    central: Central,
    database_url: str,
    replica_url: str,
    ana: UUID,
    event: UUID,
    caplog: pytest.LogCaptureFixture,
) -> None:
    shift = str(central.a_shift(event, ana))
    with signed_in(central, ana, database_url, replica_url, **PATIENT) as device:
        first = device.sync()
        device.perform(device.envelope("assignment.accept", shift))

        assert first["full"]
        assert device.mirror["staff_assignments"][shift]["status"] == "accepted"
        assert sessions_on(replica_url) == 1
    assert FALLEN_BACK not in caplog.text


def test_what_a_replica_does_not_have_yet_is_waited_for(
    central: Central,
    database_url: str,
    replica_url: str,
    ana: UUID,
    event: UUID,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with signed_in(central, ana, database_url, replica_url, **PATIENT) as device:
        device.sync()
        with paused(replica_url) as replica, ThreadPoolExecutor(1) as threads:
            shift = str(central.a_shift(event, ana))
            answer = threads.submit(device.sync)
            looking = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%replay_lsn%'"
            while replica.execute(f"{looking} AND pid <> pg_backend_pid()").fetchone() == (0,):
                assert not answer.done()
            replica.execute("SELECT pg_wal_replay_resume()")

            assert shift in answer.result()["changes"]["staff_assignments"][0]["id"]
    assert FALLEN_BACK not in caplog.text


def test_a_replica_that_stays_behind_is_passed_over(
    central: Central,
    database_url: str,
    replica_url: str,
    ana: UUID,
    event: UUID,
    caplog: pytest.LogCaptureFixture,
) -> None:
    impatient = {"replica_wait_s": 0.05, "replica_rest_s": 0.0}
    with signed_in(central, ana, database_url, replica_url, **impatient) as device:
        device.sync()
        with paused(replica_url):
            shift = str(central.a_shift(event, ana))
            news = device.sync()
            device.perform(device.envelope("assignment.accept", shift))
            again = device.sync()

        assert [row["id"] for row in news["changes"]["staff_assignments"]] == [shift]
        assert device.mirror["staff_assignments"][shift]["status"] == "accepted"
        assert (again["changes"], again["removed"], again["full"]) == ({}, {}, False)
    assert FALLEN_BACK in caplog.text


def test_a_server_that_is_no_replica_is_passed_over(
    central: Central,
    database_url: str,
    ana: UUID,
    event: UUID,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One that was promoted and goes its own way would tell of another history."""
    central.a_shift(event, ana)
    with signed_in(central, ana, database_url, database_url, replica_wait_s=0.05) as device:
        assert len(device.sync()["changes"]["staff_assignments"]) == 1
    assert FALLEN_BACK in caplog.text


def test_a_replica_that_dies_is_passed_over_and_one_that_comes_back_is_used(
    central: Central,
    database_url: str,
    replica: PostgresServer,
    replica_url: str,
    ana: UUID,
    event: UUID,
) -> None:
    with signed_in(central, ana, database_url, replica_url, replica_rest_s=0.0) as device:
        device.sync()
        assert replica.pid is not None
        os.kill(replica.pid, signal.SIGKILL)
        shift = str(central.a_shift(event, ana))
        news = device.sync()
        replica.restart()
        while sessions_on(replica_url) == 0:
            device.sync()

    assert [row["id"] for row in news["changes"]["staff_assignments"]] == [shift]


def limp(replica_url: str, enough: Event) -> int:
    """Pause and resume the replica's replay over and over; returns how often."""
    seeded = random.Random(f"{SEED} replica")
    for number in range(10_000):
        with paused(replica_url):
            time.sleep(seeded.uniform(0, 0.15))
        time.sleep(seeded.uniform(0, 0.1))
        if enough.is_set():
            return number
    return 0


def test_devices_that_pull_from_a_limping_replica_end_with_exactly_their_scope(
    central: Central, database_url: str, replica_url: str
) -> None:
    """The hammer of tests/server/test_hammer.py, against a replica that stops all the time."""
    managers = [central.a_person(name, "field_manager") for name in ("Dana", "Luis")]
    agents = [central.a_person(f"Agent{number}") for number in range(3)]
    events = [central.an_event(managers[n % 2], in_h=n / 4) for n in range(8)]
    for event in events:
        for agent in agents:
            central.a_shift(event, agent, "accepted")
    limping = {"replica_wait_s": 0.05, "replica_rest_s": 0.0, "database_url_replica": replica_url}
    enough = Event()
    with (
        serving(database_url, **limping) as server_url,
        httpx.Client(base_url=server_url, timeout=60) as http,
        ThreadPoolExecutor(WRITERS + 5) as threads,
    ):
        devices = [WireClient(http, central.emails[p], PASSWORD) for p in (*managers, *agents[:2])]
        people = [*managers, *agents]
        hammers = [Hammer(database_url, 700 + n, events, people) for n in range(WRITERS)]
        paused_often = threads.submit(limp, replica_url, enough)
        committed = [threads.submit(hammer.run) for hammer in hammers]
        wrong = list(threads.map(work, devices, [events] * len(devices)))
        assert sum(each.result() for each in committed) > 0
        for device in [*devices, *devices]:  # the first round may still be news for the others
            device.sync_all()
        enough.set()

        assert wrong == [[]] * len(devices), SEED
        assert paused_often.result() > 1
        for device in devices:
            held = {
                table: {each: row["version"] for each, row in rows.items()}
                for table, rows in device.mirror.items()
                if rows
            }
            assert held == oracle(database_url, Person.model_validate(device.person)), SEED
