"""When a commit counts."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import Engine

from server_stub import database
from server_stub.problems import ProblemError
from server_stub.transactions import certain

CANCEL_WAITING = """
    SELECT pg_cancel_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event = 'SyncRep'
"""


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = database.create_engine(database_url, pool_size=1)
    with engine.begin() as connection:
        connection.exec_driver_sql("SET synchronous_commit = on")
    yield engine
    engine.dispose()


@contextmanager
def no_standby(db: psycopg.Connection) -> Iterator[None]:
    """Commits wait for a standby that does not exist, from some moment soon on."""
    db.execute("ALTER SYSTEM SET synchronous_standby_names = 'far_away'")
    db.execute("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        db.execute("ALTER SYSTEM RESET synchronous_standby_names")
        db.execute("SELECT pg_reload_conf()")


@pytest.fixture
def missing_standby(db: psycopg.Connection) -> Iterator[None]:
    with no_standby(db):
        yield


def write_often(engine: Engine) -> int:
    """The status of the problem that one of the writes ends in; 200 if none does."""
    try:
        for _ in range(20_000):
            with certain(engine) as connection:
                connection.exec_driver_sql("UPDATE server_meta SET value = value")
    except ProblemError as error:
        return error.problem.status
    return 200


def test_a_commit_that_missed_its_standby_is_not_called_done(
    db: psycopg.Connection, engine: Engine, missing_standby: None
) -> None:
    with ThreadPoolExecutor(1) as threads:
        status = threads.submit(write_often, engine)
        while not status.done():
            db.execute(CANCEL_WAITING)

        assert status.result() == 503
