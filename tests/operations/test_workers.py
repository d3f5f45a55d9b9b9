"""Several workers are one server to Prometheus."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import psutil

from server_stub.demo.children import wait_until
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
