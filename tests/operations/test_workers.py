"""Several workers are one server to Prometheus."""

import re

import httpx

from tests.operations.served import serve


def test_two_workers_are_counted_as_one_server(database_url: str) -> None:
    with serve(database_url, "--workers", "2") as served:
        for _ in range(20):
            httpx.get(f"{served.url}/v1/me")
        page = httpx.get(f"{served.url}/metrics").text

    counted = re.search(r'request_seconds_count\{.*route="/v1/me".*\} ([\d.]+)', page)
    assert counted is not None
    assert float(counted[1]) == 20
