"""Through pgbouncer in transaction mode: nothing that a session remembers is relied upon."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from server_stub import database
from tests.server.test_photos import PICTURE, put, report, state_of
from tests.server.test_pull import digest_of
from tests.server.test_stream import listening, wait_until_quiet
from tests.support.central import PASSWORD, Central
from tests.support.commands import command
from tests.support.pictures import sha256
from tests.support.pooler import SESSIONS, find_pgbouncer, pooled
from tests.support.postgres import open_folder
from tests.support.sync_server import serving
from tests.support.wire_client import WireClient

pytestmark = pytest.mark.skipif(find_pgbouncer() is None, reason="no pgbouncer on PATH")


@pytest.fixture
def pooler_url(database_url: str) -> Iterator[str]:
    with open_folder() as folder, pooled(database_url, folder) as url:
        yield url


@pytest.fixture
def server_url(pooler_url: str, database_url: str, tmp_path: Path) -> Iterator[str]:
    settings: dict[str, Any] = {"database_url_direct": database_url, "photo_store": str(tmp_path)}
    with serving(pooler_url, **settings) as url:
        yield url


def test_devices_sync_are_woken_and_send_photos_through_a_pooler(
    central: Central, server_url: str, dana: UUID, ana: UUID, event: UUID
) -> None:
    shift = central.a_shift(event, ana)
    with httpx.Client(base_url=server_url, timeout=30) as http:
        agent, manager = (WireClient(http, central.emails[p], PASSWORD) for p in (ana, dana))
        agent.sync_all()
        manager.sync_all()
        with listening(manager) as lines:
            wait_until_quiet(central, lines, event)
            (verdict,) = agent.perform(agent.envelope("assignment.accept", shift))
            assert next(lines) == "event: changed"
        report(agent, event, PICTURE)
        stored = put(agent, PICTURE)
        answer = manager.sync_all(page_rows=100)[-1]

    assert (verdict["status"], stored.status_code) == ("applied", 201)
    assert state_of(central, sha256(PICTURE)) == "stored"
    assert answer["digest"] == digest_of(manager.mirror)


def test_many_devices_share_a_few_sessions_and_each_gets_its_own_scope(
    central: Central, server_url: str, event: UUID
) -> None:
    agents = [central.a_person(f"Agent{number}") for number in range(8)]
    shifts = {agent: str(central.a_shift(event, agent)) for agent in agents}

    def work(agent: UUID) -> set[str]:
        with httpx.Client(base_url=server_url, timeout=30) as http:
            device = WireClient(http, central.emails[agent], PASSWORD)
            device.sync_all()
            device.perform(device.envelope("assignment.accept", shifts[agent]))
            for _ in range(5):
                assert device.sync()["digest"] == digest_of(device.mirror)
            return {row["id"] for row in device.rows("staff_assignments")}

    with ThreadPoolExecutor(8) as threads:
        held = list(threads.map(work, agents))

    assert held == [{shifts[agent]} for agent in agents]
    assert central.value("SELECT count(*) FROM sync_operations WHERE status = 'applied'") == 8


def test_a_transaction_through_a_pooler_runs_in_utc_and_gives_up_like_any_other(
    pooler_url: str, database_url: str
) -> None:
    """The session may have been somebody else's, who left other settings in it."""
    with psycopg.connect(pooler_url, autocommit=True) as stranger:
        for _ in range(SESSIONS):
            stranger.execute("SET timezone = 'Asia/Tokyo'")
    engine = database.create_engine(pooler_url, is_pooled=True)
    seen = text("SELECT current_setting('timezone'), current_setting('statement_timeout')")
    with engine.connect() as connection:
        said = connection.execute(seen).one()
    engine.dispose()

    assert tuple(said) == ("UTC", database.SERVING["statement_timeout"])


def test_a_pooler_that_nobody_mentioned_is_refused_and_not_half_used(pooler_url: str) -> None:
    engine = database.create_engine(pooler_url)

    with pytest.raises(OperationalError, match="unsupported startup parameter"):
        engine.connect()
    engine.dispose()


def test_commands_go_past_the_pooler(pooler_url: str, database_url: str) -> None:
    done = command("migrate", DATABASE_URL=pooler_url, DATABASE_URL_DIRECT=database_url)

    assert done.stdout.startswith("Already at revision")
