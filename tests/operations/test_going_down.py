"""SIGTERM to real server processes under constant requests: whatever was taken is answered."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import httpx
import psycopg
import pytest

from server_stub.demo.children import wait_until
from tests.operations.served import serve
from tests.support.central import PASSWORD, Central
from tests.support.wire_client import WireClient


@pytest.mark.parametrize("workers", ["1", "2"])
def test_every_request_until_readiness_ended_is_answered(database_url: str, workers: str) -> None:
    begun, not_ready = Event(), Event()

    def ask(url: str) -> list[int]:
        """Like a balancer: until the server says that it takes no more."""
        statuses: list[int] = []
        with httpx.Client(base_url=url, timeout=30) as http:
            while not not_ready.is_set():
                statuses.append(http.get("/v1/me").status_code)
                if len(statuses) == 5:
                    begun.set()
        return statuses

    def watch(url: str) -> None:
        with httpx.Client(base_url=url, timeout=30) as http:
            while http.get("/readyz").status_code == httpx.codes.OK:
                pass
        not_ready.set()

    with (
        serve(database_url, "--workers", workers, FIELD_DRAIN_S="2") as served,
        ThreadPoolExecutor(5) as threads,
    ):
        asking = [threads.submit(ask, served.url) for _ in range(4)]
        assert begun.wait(60)
        watching = threads.submit(watch, served.url)
        served.process.terminate()
        answered = [each.result() for each in asking]
        watching.result()
        code = served.process.wait(timeout=60)

    assert code == 0
    assert {status for statuses in answered for status in statuses} == {401}


def test_a_request_that_takes_long_is_finished(database_url: str, central: Central) -> None:
    email = central.emails[central.a_person("Ana")]
    with (
        serve(database_url) as served,
        httpx.Client(base_url=served.url, timeout=30) as http,
        psycopg.connect(database_url) as other,
    ):
        device = WireClient(http, email, PASSWORD)
        other.execute("LOCK TABLE device_tokens")
        with ThreadPoolExecutor(1) as threads:
            asking = threads.submit(http.get, "/v1/me", headers=device.headers)
            assert wait_until(lambda: _waits_for_a_lock(database_url), 60)
            served.process.terminate()
            assert wait_until(lambda: not _takes_connections(served.url), 60)
            other.rollback()
            answer = asking.result()
        code = served.process.wait(timeout=60)

    assert (answer.status_code, code) == (200, 0)


def _waits_for_a_lock(database_url: str) -> bool:
    query = """SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'"""
    with psycopg.connect(database_url) as db:
        return db.execute(query).fetchone() != (0,)


def _takes_connections(url: str) -> bool:
    try:
        httpx.get(f"{url}/healthz")
    except httpx.TransportError:
        return False
    return True


def test_readiness_goes_first(database_url: str) -> None:
    with serve(database_url, FIELD_DRAIN_S="1") as served:
        ready = httpx.get(f"{served.url}/readyz").status_code
        served.process.terminate()
        while (after := httpx.get(f"{served.url}/readyz")).status_code == 200:
            pass
        still = httpx.get(f"{served.url}/v1/me")
        code = served.process.wait(timeout=60)

    assert (ready, after.status_code, after.json()["code"]) == (200, 503, "going_down")
    assert still.status_code == 401
    assert still.headers["connection"] == "close"
    assert code == 0
