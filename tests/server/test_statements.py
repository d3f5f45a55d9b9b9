"""Statements that go to psycopg directly fail as SQLAlchemy's do."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from server_stub.sessions import sqlstate_of
from server_stub.statements import fetch, run

MADE = text("INSERT INTO server_meta (key, value) VALUES (:key, :value)")
SAID = text("SELECT key, value FROM server_meta WHERE key = ANY(:keys) ORDER BY key")
KILLED = text("SELECT pg_terminate_backend(pg_backend_pid())")


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


def test_one_several_and_none_are_written_and_read(connection: Connection) -> None:
    run(connection, MADE, {"key": "a", "value": "1"})
    run(connection, MADE, [{"key": "b", "value": "2"}])
    run(connection, MADE, [{"key": key, "value": "50 %"} for key in "cd"])

    found = fetch(connection, SAID, {"keys": ["a", "b", "c", "d", "e"]})

    assert [(row.key, row.value) for row in found][1:] == [("b", "2"), ("c", "50 %"), ("d", "50 %")]
    assert fetch(connection, SAID, {"keys": []}) == []


def test_what_the_database_objects_to_has_its_name_and_not_what_people_wrote(
    connection: Connection,
) -> None:
    run(connection, MADE, {"key": "a", "value": "1"})

    with pytest.raises(IntegrityError) as raised:
        run(connection, MADE, {"key": "a", "value": "my secret"})

    assert sqlstate_of(raised.value) == "23505"
    assert "my secret" not in str(raised.value)
    assert not connection.invalidated


def test_a_connection_to_a_demoted_primary_is_left(connection: Connection) -> None:
    connection.execute(text("SET TRANSACTION READ ONLY"))

    with pytest.raises(OperationalError) as raised:
        run(connection, MADE, {"key": "a", "value": "1"})

    assert raised.value.connection_invalidated
    assert connection.invalidated


def test_the_pool_opens_another_one_after_one_was_lost(engine: Engine) -> None:
    with pytest.raises(DBAPIError) as raised, engine.begin() as connection:
        fetch(connection, KILLED, {})
    assert raised.value.connection_invalidated

    with engine.begin() as connection:
        run(connection, MADE, {"key": "a", "value": "1"})
        assert [row.value for row in fetch(connection, SAID, {"keys": ["a"]})] == ["1"]
