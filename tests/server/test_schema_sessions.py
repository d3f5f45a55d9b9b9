"""How the server's sessions talk to the database."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from server_stub import database
from server_stub.database import create_engine

PID = text("SELECT pg_backend_pid()")


def test_a_session_runs_in_utc_and_gives_up_rather_than_hang(database_url: str) -> None:
    engine = create_engine(database_url)

    with engine.connect() as connection:
        names = ("timezone", "statement_timeout", "lock_timeout")
        settings = {name: connection.scalar(text(f"SHOW {name}")) for name in names}

    engine.dispose()
    assert settings == {"timezone": "UTC", "statement_timeout": "30s", "lock_timeout": "5s"}


def test_an_instant_is_written_down_as_utc(database_url: str) -> None:
    engine = create_engine(database_url)
    tokyo = dt.timezone(dt.timedelta(hours=9))

    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO users (name, role, created_at) VALUES ('Ana', 'client', :at)"),
            {"at": dt.datetime(2026, 3, 2, 9, tzinfo=tokyo)},
        )
        written = connection.scalar(text("SELECT created_at::text FROM users"))

    engine.dispose()
    assert written == "2026-03-02 00:00:00"


@pytest.mark.parametrize(("believed_s", "is_asked"), [(0, True), (3600, False)])
def test_a_connection_that_the_database_has_dropped_is_replaced(
    database_url: str, monkeypatch: pytest.MonkeyPatch, believed_s: float, is_asked: bool
) -> None:
    monkeypatch.setattr(database, "BELIEVED_S", believed_s)
    engine = create_engine(database_url, pool_size=1)
    with engine.connect() as connection:
        before = connection.scalar(PID)
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [before])

    if not is_asked:  # it was in use a moment ago, and so one request has to come again
        with pytest.raises(OperationalError), engine.connect() as connection:
            connection.scalar(PID)
    with engine.connect() as connection:
        after = connection.scalar(PID)

    engine.dispose()
    assert after != before


def test_who_finds_no_connection_free_waits_for_one_rather_than_open_another(
    database_url: str,
) -> None:
    engine = create_engine(database_url, pool_size=1)

    def ask() -> int:
        with engine.connect() as connection:
            return int(connection.execute(PID).scalar_one())

    with ThreadPoolExecutor(1) as threads:
        with engine.connect() as connection:
            held = connection.scalar(PID)
            waiting = threads.submit(ask)
            with pytest.raises(TimeoutError):
                waiting.result(0.2)
        asked = waiting.result(20)
    engine.dispose()

    assert asked == held
