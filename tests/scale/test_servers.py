"""Several server processes on one database, with nothing else in common."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from server_stub import database
from tests.server import test_cli
from tests.server.test_photos import NAME, PICTURE, announce, get, head, patch, report
from tests.server.test_pull import digest_of
from tests.server.test_push import trail_of
from tests.server.test_stream import listening, wait_until_quiet
from tests.support import sync_server
from tests.support.central import PASSWORD, Central
from tests.support.wire_client import WireClient

HALF = len(PICTURE) // 2


@pytest.fixture
def phone(central: Central, database_url: str, ana: UUID, event: UUID) -> Iterator[WireClient]:
    """Ana's, who is at work; it is given a server by each test."""
    central.a_shift(event, ana, "checked_in")
    with (
        sync_server.serving(database_url) as url,
        httpx.Client(base_url=url, timeout=30) as http,
    ):
        yield WireClient(http, central.emails[ana], PASSWORD)


def test_two_server_processes_are_one_to_devices_and_one_that_is_killed_is_not_missed(
    central: Central, database_url: str, dana: UUID, ana: UUID, event: UUID
) -> None:
    shift = central.a_shift(event, ana)
    with ExitStack() as stack, ThreadPoolExecutor(2) as threads:
        starting = [test_cli.serving(database_url) for _ in range(2)]
        (first, one), (_, other) = threads.map(stack.enter_context, starting)
        here, there = (
            stack.enter_context(httpx.Client(base_url=u, timeout=30)) for u in (one, other)
        )
        agent = WireClient(here, central.emails[ana], PASSWORD)
        manager = WireClient(there, central.emails[dana], PASSWORD)
        agent.sync_all()
        manager.sync_all()
        accept = agent.envelope("assignment.accept", shift)
        with listening(manager) as lines:
            wait_until_quiet(central, lines, event)
            twins = [threads.submit(agent.post, accept)]
            agent.http = there
            twins.append(threads.submit(agent.post, accept))
            answers = [twin.result().json() for twin in twins]
            assert next(lines) == "event: changed"

            first.send_signal(signal.SIGKILL)
            agent.take_in(answers[0])
            check_in = agent.envelope("assignment.check_in", shift, {"location": None})
            (verdict,) = agent.perform(check_in)
        last = agent.sync_all()[-1]

        with listening(manager) as lines:
            manager.http.delete(f"/v1/devices/{manager.device_id}", headers=manager.headers)
            assert set(lines) <= {"event: changed", "data: {}"}

    assert answers[0]["verdicts"] == answers[1]["verdicts"]
    assert verdict["status"] == "applied", verdict
    assert [kind for kind, *_ in trail_of(central.db, shift)][:1] == ["assignment.accept"]
    assert len(trail_of(central.db, shift)) == 2
    assert last["digest"] == digest_of(agent.mirror)


def test_an_upload_goes_on_at_another_server_where_they_share_the_staging_folder(
    phone: WireClient, database_url: str, event: UUID, tmp_path: Path
) -> None:
    report(phone, event, PICTURE)
    statuses = []
    for body, at in ((PICTURE[:HALF], 0), (PICTURE[HALF:], HALF)):
        with (
            sync_server.serving(database_url, photo_store=str(tmp_path)) as url,
            httpx.Client(base_url=url, timeout=30) as phone.http,
        ):
            statuses.append(announce(phone, PICTURE).status_code)
            assert head(phone, NAME).headers["upload-offset"] == str(at)
            statuses.append(patch(phone, NAME, at, body).status_code)
            shown = get(phone, NAME)

    assert statuses == [201, 204, 201, 204]
    assert shown.content == PICTURE


def test_an_upload_begins_anew_and_arrives_where_servers_do_not_share_the_staging_folder(
    phone: WireClient, database_url: str, event: UUID, tmp_path: Path
) -> None:
    report(phone, event, PICTURE)
    places = {"photo_store": str(tmp_path / "photos")}
    with (
        sync_server.serving(database_url, **places, photo_staging=tmp_path / "1") as one,
        sync_server.serving(database_url, **places, photo_staging=tmp_path / "2") as other,
        httpx.Client(base_url=one, timeout=30) as here,
        httpx.Client(base_url=other, timeout=30) as phone.http,
    ):
        there, phone.http = phone.http, here
        announce(phone, PICTURE)
        patch(phone, NAME, 0, PICTURE[:HALF])
        phone.http = there
        lost = patch(phone, NAME, HALF, PICTURE[HALF:])
        announced = announce(phone, PICTURE)
        arrived = patch(phone, NAME, 0, PICTURE)
        phone.http = here
        known = head(phone, NAME)

    assert (lost.status_code, lost.json()["code"]) == (404, "not_found")
    assert (announced.headers["upload-offset"], arrived.status_code) == ("0", 204)
    assert known.headers["upload-offset"] == known.headers["upload-length"] == str(len(PICTURE))


def test_a_server_waits_beside_a_migration_and_serves_once_it_is_done(
    empty_database_url: str,
) -> None:
    with (
        sync_server.serving(empty_database_url) as url,
        httpx.Client(base_url=url, timeout=30) as http,
        ThreadPoolExecutor(2) as threads,
    ):
        before = http.get("/readyz")
        list(threads.map(database.migrate, [empty_database_url] * 2))
        after = http.get("/readyz")

    assert (before.status_code, before.json()["code"]) == (503, "not_migrated")
    assert after.status_code == 200
