"""Fixtures of the wire's tests: one server for a file of them, with the people of the ground."""

from collections.abc import Iterator

import httpx
import psycopg
import pytest

from server_stub.demo.postgres import PostgresServer
from tests.support.central import PASSWORD, Central
from tests.support.postgres import fresh_database
from tests.support.sync_server import serving
from tests.support.wire_client import WireClient
from tests.wire import ground


@pytest.fixture(scope="module")
def wire_url(postgres: PostgresServer, migrated_template: str) -> Iterator[str]:
    with fresh_database(postgres, migrated_template) as url:
        yield url


@pytest.fixture(scope="module")
def central(wire_url: str) -> Iterator[Central]:
    with psycopg.connect(wire_url, autocommit=True, options="-c timezone=UTC") as db:
        # The events of the ground are long over; the server's upkeep has to leave them as they are.
        db.execute("SELECT pg_advisory_lock(hashtext('fieldkit tick'))")
        central = Central(db)
        ground.people(central)
        yield central


@pytest.fixture(scope="module")
def devices(wire_url: str, central: Central) -> Iterator[dict[str, WireClient]]:
    """One of each person."""
    with serving(wire_url) as url, httpx.Client(base_url=url, timeout=30) as http:
        yield {
            name: WireClient(http, central.emails[ground.id_of(name)], PASSWORD)
            for name in ground.PEOPLE
        }
