"""The statements of every sync, given to psycopg without SQLAlchemy's way to results.

That way takes the process as long again as psycopg itself, and a sync is a dozen small statements.
Transactions, connections and errors stay SQLAlchemy's: these run inside of its connections.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import psycopg
from psycopg.errors import ReadOnlySqlTransaction
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection, TextClause
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError, OperationalError

from server_stub.sessions import Session

DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]


def fetch(connection: Connection, statement: TextClause, given: Mapping[str, Any]) -> list[Any]:
    """A statement's rows as named tuples, in psycopg's types. Raises DBAPIError."""
    with _at_work(connection, statement) as session:
        cursor = session.cursor(row_factory=namedtuple_row)
        return cursor.execute(_read(statement), given).fetchall()


def run(
    connection: Connection,
    statement: TextClause,
    given: Mapping[str, Any] | Sequence[Mapping[str, Any]],
) -> None:
    """A statement for its effect, once or for each of a sequence. Raises DBAPIError."""
    with _at_work(connection, statement) as session:
        if isinstance(given, Mapping):
            session.execute(_read(statement), given)
        elif len(given) == 1:  # a pipeline for one is dearer
            session.execute(_read(statement), given[0])
        else:
            session.cursor().executemany(_read(statement), given)


@contextmanager
def _at_work(connection: Connection, statement: TextClause) -> Iterator[Session]:
    """The connection's own session; its errors become what SQLAlchemy makes of them."""
    session = connection.connection.driver_connection
    assert isinstance(session, Session)
    try:
        yield session
    except psycopg.Error as error:
        if is_lost := session.closed or isinstance(error, ReadOnlySqlTransaction):
            connection.invalidate(error)
        raise _wrapped(statement, error, is_lost=is_lost) from error


def _wrapped(statement: TextClause, error: psycopg.Error, *, is_lost: bool) -> BaseException:
    """Without the parameters: they are what people wrote. See `database._leave_demoted`."""
    told: dict[str, Any] = {"hide_parameters": True, "connection_invalidated": is_lost}
    if isinstance(error, ReadOnlySqlTransaction):
        return OperationalError(str(statement), None, error, **told)
    wrapped: BaseException = DBAPIError.instance(str(statement), None, error, psycopg.Error, **told)
    return wrapped


@cache
def _read(statement: TextClause) -> bytes:
    """As psycopg takes it; statements are constants, and each is read once."""
    return str(statement.compile(dialect=DIALECT)).encode()
