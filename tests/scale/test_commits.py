"""When a commit counts, with a real standby: one that is down, one that is asked by mistake."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import httpx
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from server_stub import database
from server_stub.demo.postgres import PostgresServer
from server_stub.sessions import NotOnStandby, sqlstate_of
from tests.server.test_hammer import until_commits_wait
from tests.server.test_push import trail_of
from tests.support.central import PASSWORD, Central
from tests.support.replicas import url_of_all
from tests.support.sync_server import serving
from tests.support.wire_client import WireClient

WRITE = text("UPDATE server_meta SET value = value")


@pytest.fixture
def stopped_standby(
    db: psycopg.Connection, replica: PostgresServer, database_url: str
) -> Iterator[PostgresServer]:
    """Every commit waits for the replica, which has just been stopped."""
    db.execute(f"ALTER DATABASE {db.info.dbname} SET synchronous_commit = on")
    db.execute("ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (copy)'")
    replica.stop()
    db.execute("SELECT pg_reload_conf()")
    with ThreadPoolExecutor(1) as threads:
        until_commits_wait(threads, database_url, db)
    try:
        yield replica
    finally:
        db.execute("ALTER SYSTEM RESET synchronous_standby_names")
        db.execute("SELECT pg_reload_conf()")


def test_nothing_is_called_done_while_the_standby_is_down_and_all_is_once_it_is_back(
    central: Central, database_url: str, ana: UUID, event: UUID, request: pytest.FixtureRequest
) -> None:
    shift = central.a_shift(event, ana)
    with serving(database_url) as url, httpx.Client(base_url=url, timeout=60) as http:
        device = WireClient(http, central.emails[ana], PASSWORD)
    accept = device.envelope("assignment.accept", shift)
    standby = request.getfixturevalue("stopped_standby")
    with (
        serving(database_url, commit_wait_s=0.2) as url,
        httpx.Client(base_url=url, timeout=60) as device.http,
    ):
        answers = [device.post(accept) for _ in range(4)]
        pulled = device.sync()
        standby.start()
        (verdict,) = device.perform(accept)

    assert [answer.status_code for answer in answers] == [503] * 4
    assert {answer.json()["code"] for answer in answers} == {"unavailable"}
    assert answers[0].headers["retry-after"] == "2"
    assert pulled["verdicts"] == []
    assert verdict["status"] == "applied"
    assert len(trail_of(central.db, shift)) == 1


def test_no_commit_waits_for_ever(database_url: str, stopped_standby: PostgresServer) -> None:
    engine = database.create_engine(database_url, pool_size=1, commit_wait_s=0.1)

    with pytest.raises(OperationalError) as caught, engine.begin() as connection:
        connection.execute(WRITE)
    with engine.connect() as connection:
        still_works = connection.execute(text("SELECT 1")).scalar_one()
    engine.dispose()

    assert isinstance(caught.value.orig, NotOnStandby)
    assert still_works == 1


def test_a_primary_that_became_a_standby_is_left_at_the_first_refusal(database_url: str) -> None:
    engine = database.create_engine(database_url, pool_size=1)
    with engine.begin() as connection:
        connection.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))

    with pytest.raises(OperationalError) as caught, engine.begin() as connection:
        connection.execute(WRITE)
    with engine.begin() as connection:
        connection.execute(WRITE)
    engine.dispose()

    assert sqlstate_of(caught.value) == "25006"


def test_a_standby_asked_by_mistake_says_later_and_several_hosts_find_the_primary(
    central: Central,
    postgres: PostgresServer,
    replica: PostgresServer,
    replica_url: str,
    database_url: str,
    ana: UUID,
    event: UUID,
) -> None:
    shift = central.a_shift(event, ana)
    with serving(database_url) as url, httpx.Client(base_url=url, timeout=60) as http:
        device = WireClient(http, central.emails[ana], PASSWORD)
    accept = device.envelope("assignment.accept", shift)
    everywhere = url_of_all([replica, postgres], central.db.info.dbname)
    with psycopg.connect(replica_url) as copy:
        known = "SELECT count(*) FROM device_tokens"
        while copy.execute(known).fetchone() == (0,):
            copy.rollback()

    statuses = []
    for where in (replica_url, everywhere):
        with serving(where) as url, httpx.Client(base_url=url, timeout=60) as http:
            device.http = http
            statuses.append(device.post(accept).status_code)

    assert statuses == [503, 200]
    assert central.status_of("staff_assignments", shift) == "accepted"
