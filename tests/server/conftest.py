"""Fixtures of the server's tests."""

from collections.abc import Callable, Iterator
from uuid import UUID

import httpx
import psycopg
import pytest
from sqlalchemy import Engine

from server_stub.database import create_engine
from tests.support.central import PASSWORD, Central
from tests.support.sync_server import serving
from tests.support.wire_client import WireClient

SignIn = Callable[[UUID], WireClient]


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection]:
    """A session of its own on a migrated database; every statement is committed at once."""
    with psycopg.connect(database_url, autocommit=True, options="-c timezone=UTC") as connection:
        yield connection


@pytest.fixture
def central(db: psycopg.Connection) -> Central:
    return Central(db)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """On that database, with one connection."""
    engine = create_engine(database_url, pool_size=1)
    yield engine
    engine.dispose()


@pytest.fixture
def server_url(database_url: str) -> Iterator[str]:
    """The address of a server of its own."""
    with serving(database_url) as url:
        yield url


@pytest.fixture
def http(server_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server_url, timeout=30) as client:
        yield client


@pytest.fixture
def sign_in(central: Central, http: httpx.Client) -> SignIn:
    """Gives a person a new device."""
    return lambda person: WireClient(http, central.emails[person], PASSWORD)


@pytest.fixture
def dana(central: Central) -> UUID:
    return central.a_person("Dana", "field_manager")


@pytest.fixture
def ana(central: Central) -> UUID:
    return central.a_person("Ana")


@pytest.fixture
def event(central: Central, dana: UUID) -> UUID:
    """An event that is on now and that Dana runs."""
    return central.an_event(dana, in_h=-1)
