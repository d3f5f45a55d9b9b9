"""A real pgbouncer in transaction mode, in front of a test's database."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from server_stub.demo.children import wait_until
from server_stub.demo.postgres_cluster import ENVIRONMENT
from server_stub.demo.postgres_install import own_or_lesser_account
from tests.support.demo import free_port

SESSIONS = 3
"""With PostgreSQL, for however many connections come."""

SETTINGS = """
[databases]
* = host=127.0.0.1 port={port} user={user} password={password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {sessions}
"""


def find_pgbouncer() -> str | None:
    return shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")


@contextmanager
def pooled(database_url: str, folder: Path) -> Iterator[str]:
    """The URL of the same database through a pooler; `folder` is one it may read."""
    program, account = find_pgbouncer(), own_or_lesser_account()
    assert program is not None
    where, own_port = conninfo_to_dict(database_url), free_port()
    settings = folder / "pgbouncer.ini"
    settings.write_text(SETTINGS.format(**where, own_port=own_port, sessions=SESSIONS))
    lesser = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
    pooler = subprocess.Popen([program, "-q", settings], env=ENVIRONMENT, **lesser)
    try:
        assert wait_until(lambda: _listens(own_port), 10)
        yield f"postgresql://anybody@127.0.0.1:{own_port}/{where['dbname']}"
    finally:
        pooler.kill()
        pooler.wait()


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
