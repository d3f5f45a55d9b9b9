"""One server with two organizations for a whole file of attacks."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from server_stub.demo.postgres import PostgresServer
from tests.security.ground import Ground, lay
from tests.support.postgres import fresh_database
from tests.support.sync_server import serving


@pytest.fixture(scope="module")
def ground_url(postgres: PostgresServer, migrated_template: str) -> Iterator[str]:
    with fresh_database(postgres, migrated_template) as url:
        yield url


@pytest.fixture(scope="module")
def photo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("photos")


@pytest.fixture(scope="module")
def ground(ground_url: str, photo_folder: Path) -> Iterator[Ground]:
    with (
        psycopg.connect(ground_url, autocommit=True, options="-c timezone=UTC") as db,
        serving(ground_url, photo_store=str(photo_folder)) as url,
        httpx.Client(base_url=url, timeout=30) as http,
    ):
        yield lay(db, http)
