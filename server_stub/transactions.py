"""Transactions: commits that are certain, and failures that are worth another try."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Connection as DriverConnection
from psycopg.errors import Diagnostic
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from server_stub.problems import ProblemError

TRIES = 3
TRANSIENT = {"40001", "40P01", "55P03", "57014"}
"""Serialization failure, deadlock, lock not available, query cancelled."""


@contextmanager
def certain(engine: Engine) -> Iterator[Connection]:
    """A transaction that is on the standby too, where there is one, when this returns.

    PostgreSQL says with no more than a warning that a commit did not get there. Whoever asked
    must not hear that it is done; the second try writes again and so waits again.
    """
    severities: list[str | None] = []

    def hear(notice: Diagnostic) -> None:  # which is empty later on
        severities.append(notice.severity_nonlocalized)

    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, DriverConnection)
        driver.add_notice_handler(hear)
        try:
            with connection.begin():
                yield connection
        finally:
            driver.remove_notice_handler(hear)
    if "WARNING" in severities:
        raise ProblemError(503, retry_after_s=2)


def is_transient(error: Exception) -> bool:
    """Whether another writer or a time-out was in the way, and nothing is wrong with us."""
    return sqlstate_of(error) in TRANSIENT


def sqlstate_of(error: Exception) -> str | None:
    """PostgreSQL's code of what went wrong; None where it was something else."""
    return getattr(error.orig, "sqlstate", None) if isinstance(error, DBAPIError) else None
