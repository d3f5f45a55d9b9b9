"""Several workers are one server: each is replaced when it dies, and Prometheus sees one."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import psutil
import pytest
from uvicorn import Config
from uvicorn.supervisors.multiprocess import SIGNALS, Process

from server_stub.demo.children import wait_until
from server_stub.workers import Workers
from tests.operations.served import serve
from tests.support.central import PASSWORD, Central
from tests.support.wire_client import WireClient

STREAMS = 6
ME = r'request_seconds_count\{.*route="/v1/me".*\}'


def counted(url: str, series: str) -> float:
    found = re.search(rf"^fieldkit_{series} ([\d.]+)$", httpx.get(f"{url}/metrics").text, re.M)
    assert found is not None
    return float(found[1])


@contextmanager
def listening(url: str, email: str) -> Iterator[int]:
    """The local port of a new device's open stream."""
    with httpx.Client(base_url=url, timeout=30) as http:
        device = WireClient(http, email, PASSWORD)
        with http.stream("GET", "/v1/sync/stream", headers=device.headers) as stream:
            lines = stream.iter_lines()  # which closes the stream when nobody holds it any more
            assert next(lines) == ": listening"
            yield stream.extensions["network_stream"].get_extra_info("client_addr")[1]


def ports_of(worker: psutil.Process) -> set[int]:
    return {each.raddr.port for each in worker.net_connections("tcp") if each.raddr}


def test_two_workers_are_counted_as_one_server_and_a_killed_one_has_no_streams(
    database_url: str, central: Central
) -> None:
    email = central.emails[central.a_person("Ana")]
    with serve(database_url, "--workers", "2") as served, ExitStack() as stack:
        streams = {stack.enter_context(listening(served.url, email)) for _ in range(STREAMS)}
        for _ in range(20):
            httpx.get(f"{served.url}/v1/me")
        requests = {counted(served.url, ME) for _ in range(10)}
        while_open = {counted(served.url, "open_streams") for _ in range(10)}
        workers = psutil.Process(served.process.pid).children()
        by_streams = {len(streams & ports_of(worker)): worker for worker in workers}
        lost = max(by_streams)
        by_streams[lost].kill()
        assert wait_until(lambda: counted(served.url, "open_streams") == STREAMS - lost, 30)

    assert (requests, while_open) == ({20}, {STREAMS})
    assert lost > 0


class DiesWhenAsked(Process):
    """A worker that is killed between being asked how it is and its answer."""

    def pong(self) -> None:
        self.child_conn.recv()
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def workers() -> Iterator[Workers]:
    before = {each: signal.getsignal(each) for each in SIGNALS}
    config = Config("server_stub.app:from_environment", timeout_worker_healthcheck=3600)
    workers = Workers(config, [])
    yield workers
    for each in workers.processes:
        each.kill()
        each.join()
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_worker_that_dies_while_it_is_asked_how_it_is_is_replaced_at_once(
    workers: Workers,
) -> None:
    dying = DiesWhenAsked(workers.config, [])
    dying.start()
    workers.processes.append(dying)

    workers.keep_subprocess_alive()  # which would wait for an hour

    assert dying.exitcode == -signal.SIGKILL
    assert [each.process.is_alive() for each in workers.processes] == [True]
