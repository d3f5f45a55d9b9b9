"""Fixtures of the tests of running the server: a database with people, a server process."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.support.central import Central


@pytest.fixture
def central(database_url: str) -> Iterator[Central]:
    with psycopg.connect(database_url, autocommit=True, options="-c timezone=UTC") as db:
        yield Central(db)
