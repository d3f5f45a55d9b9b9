"""The rehearsal: devices report while databases and servers are killed; what was said holds."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from uuid import UUID

import httpx
import psycopg

from bench.failover.nodes import Nodes
from bench.failover.reporters import PATIENCE_S, Reporter
from server_stub.database import migrate
from server_stub.demo.children import wait_until
from tests.support.central import PASSWORD, Central
from tests.support.sync_server import serving
from tests.support.wire_client import WireClient

DEVICES = 4
NOTICE_S = 0.4
"""How long a watcher takes to be sure that a primary is gone."""
CUT_OFF_S = 0.5

KNOWN = """
    SELECT o.operation_id::text, count(a.id) FROM sync_operations o
    LEFT JOIN audit_entries a ON a.operation_id = o.operation_id AND a.kind = 'issue.report'
    WHERE o.status = 'applied' GROUP BY o.operation_id
"""


@dataclass
class Result:
    """What a rehearsal did and found."""

    acknowledged: int = 0
    lost: int = 0
    duplicated: int = 0
    astray: int = 0
    """Devices whose mirror is not their scope at the end."""
    retries: int = 0
    unavailable_s: list[float] = field(default_factory=list)
    """For each failover: from the kill to the first operation that was answered afterwards."""
    struck: Counter[str] = field(default_factory=Counter)


class Rehearsal:
    """Nodes, servers and devices at work."""

    def __init__(self, nodes: Nodes, servers: list["Server"], reporters: list[Reporter]) -> None:
        self.nodes, self.servers, self.reporters = nodes, servers, reporters
        self.result = Result()

    def work_on(self, operations: int) -> None:
        """Until the devices were told of so many more. Raises where that does not come about."""
        goal = self._acknowledged() + operations
        until = time.monotonic() + PATIENCE_S
        while self._acknowledged() < goal:
            if not all(reporter.is_at_work for reporter in self.reporters):
                raise RuntimeError("a device stopped reporting; what it met was printed above")
            if time.monotonic() > until:
                raise TimeoutError(f"{operations} more were not acknowledged in {PATIENCE_S} s")
            time.sleep(0.01)

    def kill_primary(self, *, cut_off_first: bool = False) -> None:
        """kill -9 the primary, promote a standby, have the old one rejoin."""
        if cut_off_first:
            self.nodes.cut_off()
            time.sleep(CUT_OFF_S)
        gone = self.nodes.primary
        gone.kill()
        killed_at = time.monotonic()
        time.sleep(NOTICE_S)
        self.nodes.fail_over()
        self.result.struck["primary killed"] += 1
        self.work_on(1 + len(self.reporters))  # one for each may have been on its way
        after = (at for each in self.reporters for at in [*each.acknowledged.values()])
        first_at = min(at for at in after if at > killed_at + NOTICE_S)
        self.result.unavailable_s.append(first_at - killed_at)
        self.nodes.rejoin(gone)
        self.nodes.await_followers()

    def kill_standby(self) -> None:
        """kill -9 the first standby; the other one is quorum enough. It rejoins."""
        standby = self.nodes.standbys[0]
        standby.kill()
        self.result.struck["standby killed"] += 1
        self.work_on(20)
        self.nodes.rejoin(standby)
        self.nodes.await_followers()

    def kill_server(self, number: int) -> None:
        """kill -9 a server; the other one is enough. It is started again."""
        self.servers[number].kill()
        self.result.struck["server killed"] += 1
        self.work_on(20)
        self.servers[number].start()

    def conclude(self) -> Result:
        """Have everybody finish, and compare what they were told with what is there."""
        for reporter in self.reporters:
            reporter.finish()
        told = [each for reporter in self.reporters for each in reporter.acknowledged]
        with psycopg.connect(self.nodes.url) as db:
            known: dict[str, int] = dict(db.execute(KNOWN).fetchall())  # type: ignore[arg-type]
        self.result.acknowledged = len(told)
        self.result.lost = sum(known.get(each, 0) == 0 for each in told)
        self.result.duplicated = sum(times > 1 for times in known.values())
        self.result.retries = sum(reporter.retries for reporter in self.reporters)
        self.result.astray = sum(not each.holds_its_scope() for each in self.reporters)
        return self.result

    def _acknowledged(self) -> int:
        return sum(len(reporter.acknowledged) for reporter in self.reporters)


class Server:
    """A sync server at a fixed address, as a process that can be killed."""

    def __init__(self, url: str, begin: Callable[[], Popen[bytes]]) -> None:
        self.url, self._begin = url, begin
        self._process: Popen[bytes] | None = None

    def start(self) -> None:
        self._process = self._begin()
        if not wait_until(lambda: _is_ready(self.url), PATIENCE_S):
            raise TimeoutError(f"a server was not ready within {PATIENCE_S} s")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


Serve = Callable[[str, str, Path], AbstractContextManager[list[Server]]]
"""Two servers for the primary's URL and the replicas', with their photos in a folder."""


@contextmanager
def in_this_process(url: str, replica_url: str, folder: Path) -> Iterator[list[Server]]:
    """Two servers in threads: quick to start, and not to be killed."""
    settings = {
        "database_url_replica": replica_url,
        "commit_wait_s": 2,
        "photo_store": str(folder / "photos"),
    }
    with serving(url, **settings) as one, serving(url, **settings) as other:
        yield [Server(one, _nothing), Server(other, _nothing)]


@contextmanager
def rehearsing(nodes: Nodes, folder: Path, serve: Serve) -> Iterator[Rehearsal]:
    """Devices at work with two servers on these databases."""
    migrate(nodes.primary.server.url)
    with psycopg.connect(nodes.primary.server.url, autocommit=True) as db, ExitStack() as stack:
        central = Central(db)
        event = central.an_event(central.a_person("Dana", "field_manager"), in_h=-1)
        people = [central.a_person(f"Agent{number}") for number in range(DEVICES)]
        for person in people:
            central.a_shift(event, person, "accepted")
        servers = stack.enter_context(serve(nodes.url, nodes.replica_url, folder))
        urls = [server.url for server in servers]
        reporters = [
            _signed_in(urls[number % 2 :] + urls[: number % 2], central.emails[person], event)
            for number, person in enumerate(people)
        ]
        for reporter in reporters:
            reporter.start()
        try:
            yield Rehearsal(nodes, servers, reporters)
        finally:
            for reporter in reporters:
                reporter.give_up()


def _signed_in(urls: list[str], email: str, event: UUID) -> Reporter:
    with httpx.Client(base_url=urls[0], timeout=30) as http:
        return Reporter(WireClient(http, email, PASSWORD), urls, event)


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _nothing() -> "Popen[bytes]":
    raise NotImplementedError("a server in this process has one life")
