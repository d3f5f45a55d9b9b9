"""A real Postgres for the tests: one server a session, and databases cloned from a template."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql

from server_stub.database import migrate
from server_stub.demo.postgres import PostgresServer, running_postgres

QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
}
"""For tests that do not ask what survives a crash."""

EMPTY = "template0"


MEMORY = Path("/dev/shm")
ROOM = 2**31
"""Bytes that a run of the tests may need."""


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """A temporary folder that the database account may enter, which pytest's own are not.

    In memory where there is room: that outlives every process, and is several times faster.
    """
    in_memory = MEMORY.exists() and shutil.disk_usage(MEMORY).free > ROOM
    parent = MEMORY if in_memory else None
    with tempfile.TemporaryDirectory(prefix="fieldkit-test-", dir=parent) as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@contextlib.contextmanager
def quick_postgres(programs: Path | None = None) -> Iterator[PostgresServer]:
    with (
        open_folder() as folder,
        running_postgres(folder / "pg", settings=QUICK, programs=programs) as server,
    ):
        yield server


@contextlib.contextmanager
def fresh_database(server: PostgresServer, template: str = EMPTY) -> Iterator[str]:
    """The URL of a new database, dropped afterwards, whoever is still connected."""
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    yield url_of(server, name)
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def url_of(server: PostgresServer, database: str) -> str:
    return server.url.removesuffix("/postgres") + f"/{database}"


def make_template(server: PostgresServer) -> str:
    """The name of a migrated database to clone from."""
    name = "migrated"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    migrate(url_of(server, name))
    return name
