"""Transactions: commits that are certain, and failures that are worth another try."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from server_stub.problems import ProblemError
from server_stub.sessions import NotOnStandby, sqlstate_of

TRIES = 3
TRANSIENT = {"40001", "40P01", "55P03", "57014", "25006"}
"""Serialization failure, deadlock, lock not available, query cancelled, a demoted primary."""


@contextmanager
def certain(engine: Engine) -> Iterator[Connection]:
    """A transaction that is on the standby too, where there is one, when this returns.

    Raises a 503 problem where it is not; the same request may come again.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        if isinstance(error.orig, NotOnStandby):
            raise ProblemError(503, retry_after_s=2) from error
        raise


def is_transient(error: Exception) -> bool:
    """Whether another writer or a time-out was in the way, and nothing is wrong with us."""
    return sqlstate_of(error) in TRANSIENT
