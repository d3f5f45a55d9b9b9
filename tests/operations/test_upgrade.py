"""A release follows another one while devices work: nothing fails, is lost or doubled."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Condition
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from server_stub.database import current_revision, head_revision, migrate
from tests.operations import next_release
from tests.operations.served import serve
from tests.server.test_pull import digest_of
from tests.support.central import PASSWORD, Central
from tests.support.sync_server import serving
from tests.support.wire_client import WireClient

BEFORE = "0016"
"""The oldest revision that today's server can do all of its work on."""
PEOPLE = {"Dana": "field_manager", "Ana": "brand_agent", "Ben": "brand_agent"}


@pytest.fixture
def behind_url(empty_database_url: str) -> str:
    migrate(empty_database_url, BEFORE)
    return empty_database_url


@pytest.fixture
def central(behind_url: str) -> Iterator[Central]:
    with psycopg.connect(behind_url, autocommit=True, options="-c timezone=UTC") as db:
        yield Central(db)


class Crew:
    """Devices that report and pull without a pause, in turn at each of `servers`."""

    def __init__(self, central: Central, server: httpx.Client) -> None:
        self.servers = [server]
        self.acknowledged: list[str] = []
        people = [central.a_person(name, role) for name, role in PEOPLE.items()]
        self._event = central.an_event(people[0])
        for person in people:
            central.a_shift(self._event, person, "checked_in")
        self._devices = [WireClient(server, central.emails[each], PASSWORD) for each in people]
        self._rounds = Counter[str]()
        self._turned = Condition()
        self._is_over = False

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Raises what went wrong for any of them."""
        with ThreadPoolExecutor(len(self._devices)) as threads:
            working = [threads.submit(self._work, device) for device in self._devices]
            try:
                yield
            finally:
                self._is_over = True
            for each in working:
                each.result()

    def go_on(self, rounds: int = 3) -> None:
        """Until each of them has been through so many more rounds from beginning to end."""
        with self._turned:
            wanted = {d.device_id: self._rounds[d.device_id] + rounds + 1 for d in self._devices}
            self._turned.wait_for(
                lambda: self._is_over or all(self._rounds[d] >= n for d, n in wanted.items())
            )

    def _work(self, device: WireClient) -> None:
        try:
            while not self._is_over:
                for device.http in list(self.servers):
                    self._report(device)
                self._turn(device)
        except BaseException:
            self._is_over = True
            self._turn(device)
            raise

    def _turn(self, device: WireClient) -> None:
        with self._turned:
            self._rounds[device.device_id] += 1
            self._turned.notify_all()

    def _report(self, device: WireClient) -> None:
        """Until there is a verdict, and once more after that."""
        said = {"issue_type": "venue", "description": "The power is out.", "severity": "low"}
        said["event_instance_id"] = str(self._event)
        operation = device.envelope("issue.report", uuid4(), said)
        verdicts: list[dict[str, Any]] = []
        while not verdicts:
            verdicts = device.perform(operation)
        assert verdicts[0]["status"] == "applied", verdicts
        self.acknowledged.append(operation["id"])
        assert device.perform(operation) == verdicts
        assert device.sync_all()[-1]["digest"] == digest_of(device.mirror)


def nothing_is_lost_or_doubled(central: Central, crew: Crew) -> None:
    for query in (
        "SELECT array_agg(operation_id::text) FROM sync_operations WHERE status = 'applied'",
        "SELECT array_agg(operation_id::text) FROM audit_entries WHERE table_name = 'event_issues'",
    ):
        assert sorted(central.value(query)) == sorted(crew.acknowledged)
    assert central.value("SELECT count(*) FROM event_issues") == len(crew.acknowledged)


def test_a_server_goes_on_while_the_next_release_migrates(
    behind_url: str, central: Central, tmp_path: Path
) -> None:
    """This release's last revision, and one that it does not know."""
    code = next_release.release(tmp_path)
    with serve(behind_url) as served, httpx.Client(base_url=served.url, timeout=30) as http:
        crew = Crew(central, http)
        with crew.at_work():
            crew.go_on()
            behind = http.get("/readyz")
            next_release.migrate(code, behind_url)
            crew.go_on()
            ahead = http.get("/readyz")

    assert (behind.status_code, behind.json()["code"]) == (503, "not_migrated")
    assert ahead.status_code == 200
    assert f"newer than this server's {head_revision()}" in ahead.json()["schema"]
    assert current_revision(behind_url) == next_release.REVISION
    nothing_is_lost_or_doubled(central, crew)


def test_servers_of_two_releases_stand_side_by_side(
    behind_url: str, central: Central, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    if not pytestconfig.getoption("long"):
        pytest.skip("with --long")
    code = next_release.release(tmp_path)
    with (
        serve(behind_url) as old,
        serve(behind_url, code=code) as new,
        httpx.Client(base_url=old.url, timeout=30) as old_http,
        httpx.Client(base_url=new.url, timeout=30) as new_http,
    ):
        crew = Crew(central, old_http)
        with crew.at_work():
            next_release.migrate(code, behind_url)
            crew.servers.append(new_http)
            crew.go_on()
            crew.servers.remove(old_http)
            crew.go_on()
        ready = [http.get("/readyz").json()["schema"] for http in (old_http, new_http)]

    assert "newer than this server's" in ready[0]
    assert "as this server wants it" in ready[1]
    nothing_is_lost_or_doubled(central, crew)


def test_a_migration_that_has_to_wait_holds_nobody_up(behind_url: str, central: Central) -> None:
    """A backup has read a table and takes its time; a migration has to wait for it."""
    with (
        serving(behind_url) as url,
        httpx.Client(base_url=url, timeout=30) as http,
        psycopg.connect(behind_url) as backup,
        ThreadPoolExecutor(1) as threads,
    ):
        crew = Crew(central, http)
        backup.execute("SELECT FROM staff_assignments")
        with crew.at_work():
            migrating = threads.submit(migrate, behind_url)
            crew.go_on(10)
            is_done_early = migrating.done()
            backup.rollback()
            migrating.result()
            crew.go_on()

    assert not is_done_early
    assert current_revision(behind_url) == head_revision()
    nothing_is_lost_or_doubled(central, crew)
