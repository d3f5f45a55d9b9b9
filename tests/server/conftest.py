"""Fixtures of the server's tests."""

from collections.abc import Iterator

import psycopg
import pytest


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection]:
    """A session of its own on a migrated database; every statement is committed at once."""
    with psycopg.connect(database_url, autocommit=True, options="-c timezone=UTC") as connection:
        yield connection
