"""Fixtures of the tests with more than one machine: replicas beside the session's Postgres."""

from collections.abc import Iterator

import psycopg
import pytest

from server_stub.demo.postgres import PostgresServer
from tests.server.conftest import ana, central, dana, db, event  # noqa: F401
from tests.support.postgres import QUICK, open_folder, url_of
from tests.support.replicas import running_replica


@pytest.fixture
def replica(postgres: PostgresServer, database_url: str) -> Iterator[PostgresServer]:
    """A replica of the session's Postgres, with this test's database."""
    with open_folder() as folder, running_replica(postgres, folder / "pg", "copy", QUICK) as server:
        yield server


@pytest.fixture
def replica_url(replica: PostgresServer, db: psycopg.Connection) -> str:  # noqa: F811
    return url_of(replica, db.info.dbname)
