"""How many syncs a server process works at, and who waits behind whom."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import httpx
import psycopg
import pytest

from tests.support.central import PASSWORD, Central, wait_for_a_lock_or
from tests.support.sync_server import serving
from tests.support.wire_client import WireClient

LOCKED = "SELECT FROM event_instances WHERE id = %s FOR UPDATE"
WAITING = "SELECT count(*) FROM sync_operations"


@pytest.fixture
def narrow(database_url: str) -> Iterator[httpx.Client]:
    """A server that works at one sync of each kind."""
    with (
        serving(database_url, syncs_at_once=1) as url,
        httpx.Client(base_url=url, timeout=30) as http,
    ):
        yield http


def test_who_asks_is_answered_while_operations_wait_for_a_lock(
    central: Central, database_url: str, narrow: httpx.Client, event: UUID
) -> None:
    agents = [central.a_person(f"Agent{number}") for number in range(3)]
    shifts = [central.a_shift(event, agent) for agent in agents]
    phones = [WireClient(narrow, central.emails[agent], PASSWORD) for agent in agents]
    for phone in phones:
        phone.sync_all()
    with ThreadPoolExecutor(2) as pool, psycopg.connect(database_url) as booking:
        booking.execute(LOCKED, [event])
        accepting = [
            pool.submit(phone.perform, phone.envelope("assignment.accept", shift))
            for phone, shift in zip(phones[:2], shifts[:2], strict=True)
        ]
        wait_for_a_lock_or(lambda: any(each.done() for each in accepting), central.db)

        phones[2].sync()

        assert not any(each.done() for each in accepting)
        assert central.value(WAITING) == 1, "the second waits for its place, not for the lock"
        booking.rollback()
        verdicts = [each.result(timeout=30) for each in accepting]
    assert [verdict["status"] for (verdict,) in verdicts] == ["applied", "applied"]
