"""`uv run python -m bench.scale`: what an answer, a view and a wake-up cost, for docs/scale.md."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from uuid import UUID, uuid4

import httpx
import psycopg

from bench.figures import Figure, report
from server_stub.database import migrate
from server_stub.demo.postgres import PostgresServer, running_postgres
from server_stub.wakeups import CHANGED, Waiter, WakeUps
from tests.support.central import PASSWORD, Central
from tests.support.postgres import open_folder
from tests.support.replicas import running_replica
from tests.support.sync_server import serving
from tests.support.wire_client import WireClient

AGENTS, EVENTS, ASKED, WAITERS = 20, 40, 200, 10_000
SETTINGS = {"shared_buffers": "64MB"}
VIEW_BYTES = """
    SELECT sum(length(entries)) FROM client_view_tables
    WHERE view_id = (SELECT view_id FROM client_cursors WHERE cursor = %s)
"""


@contextmanager
def two_databases() -> Iterator[tuple[PostgresServer, PostgresServer]]:
    with (
        open_folder() as folder,
        running_postgres(folder / "primary", settings=SETTINGS) as primary,
    ):
        migrate(primary.url)
        with running_replica(primary, folder / "replica", "replica", SETTINGS) as replica:
            yield primary, replica


def populate(central: Central) -> tuple[UUID, UUID]:
    """A manager with all events and an agent of many; returns both."""
    manager = central.a_person("Dana", "field_manager")
    agents = [central.a_person(f"Agent{number}") for number in range(AGENTS)]
    for number in range(EVENTS):
        event = central.an_event(manager, in_h=number)
        for agent in agents:
            central.a_shift(event, agent, "accepted")
    return manager, agents[0]


def asking(device: WireClient) -> list[float]:
    """Seconds that each of many answers without news takes."""
    took = []
    for _ in range(ASKED):
        begun = time.perf_counter()
        device.sync()
        took.append(time.perf_counter() - begun)
    return took


def answers(primary: PostgresServer, replica: PostgresServer) -> list[Figure]:
    figures = []
    with psycopg.connect(primary.url, autocommit=True) as db:
        central = Central(db)
        people = populate(central)
        for where, more in (
            ("the primary", {}),
            ("a replica", {"database_url_replica": replica.url, "replica_wait_s": 5}),
        ):
            with (
                serving(primary.url, **more) as url,
                httpx.Client(base_url=url, timeout=60) as http,
            ):
                for person in people:
                    device = WireClient(http, central.emails[person], PASSWORD)
                    device.sync_all()
                    rows = sum(map(len, device.mirror.values()))
                    what = f"an answer without news from {where}, {rows} rows held, median"
                    figures.append(Figure(what, median(asking(device)) * 1000, "ms"))
        figures.append(
            Figure("a view, for each row", central.value(VIEW_BYTES, device.cursor) / rows, "bytes")
        )
    return figures


def waking() -> Figure:
    """One message for nobody here, among open streams."""
    wakeups = WakeUps("postgresql://nowhere")
    news = f'{{"events": ["{uuid4()}"], "people": ["{uuid4()}"]}}'
    took = []
    with ExitStack() as stack:
        for _ in range(WAITERS):
            events = {str(uuid4()) for _ in range(10)}
            stack.enter_context(wakeups.waiting(Waiter(uuid4(), uuid4(), events)))
        for _ in range(100):
            begun = time.perf_counter()
            wakeups._wake(CHANGED, news)
            took.append(time.perf_counter() - begun)
    return Figure(f"a message looked at, {WAITERS:,} streams open", median(took) * 1000, "ms")


def main() -> None:
    with two_databases() as (primary, replica):
        report([*answers(primary, replica), waking()])


if __name__ == "__main__":
    main()
