"""Three databases of which one is the primary: followed, cut off, killed, promoted, rejoined."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from server_stub.demo.children import wait_until
from server_stub.demo.postgres import PostgresServer, running_postgres
from tests.support.demo import free_port
from tests.support.replicas import FOLLOWING, copy, url_of_all

PATIENCE_S = 120
"""For standbys to follow, or no longer to; a copy of the data may be on its way."""
NAMES = ("one", "two", "three")
QUORUM = {"synchronous_standby_names": f"ANY 1 ({', '.join(NAMES)})"}
ALONE = {"synchronous_standby_names": ""}
"""The control: nobody is waited for."""
SETTINGS = FOLLOWING | {"shared_buffers": "32MB", "wal_keep_size": "256MB"}
HOW_FAR = """
    SELECT greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) - '0/0'::pg_lsn
"""
FOLLOWED = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
RECEIVING = "SELECT count(*) FROM pg_stat_wal_receiver"


class Node:
    """One database server at a fixed port; another life begins with another copy of its data."""

    def __init__(self, name: str, folder: Path, settings: dict[str, str]) -> None:
        self.name, self.folder, self.port = name, folder, free_port()
        self._settings = SETTINGS | settings
        self._stack = ExitStack()
        self.server: PostgresServer

    def start(self) -> None:
        running = running_postgres(self.folder, port=self.port, settings=self._settings)
        self.server = self._stack.enter_context(running)

    def kill(self) -> None:
        """kill -9 all of it at once, as a power cut does."""
        head = psutil.Process(self.server.pid)
        for process in [head, *head.children()]:
            with suppress(psutil.NoSuchProcess):  # some end by themselves once the head is gone
                process.kill()

    def close(self) -> None:
        self._stack.close()

    def ask(self, query: str) -> int:
        with psycopg.connect(self.server.url, autocommit=True) as db:
            (value,) = db.execute(query).fetchone() or (0,)
            return int(value)

    def follow(self, primary: "Node | None") -> None:
        """Receive from this primary from now on; None: from nobody, as behind a cut cable."""
        where = "" if primary is None else f"{primary.server.url}?application_name={self.name}"
        with psycopg.connect(self.server.url, autocommit=True) as db:
            setting = sql.SQL("ALTER SYSTEM SET primary_conninfo = {}").format(sql.Literal(where))
            db.execute(setting)
            db.execute("SELECT pg_reload_conf()")

    def promote(self) -> None:
        with psycopg.connect(self.server.url, autocommit=True) as db:
            db.execute("SELECT pg_promote(true, 30)")


class Nodes:
    """The primary and its standbys."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self.all = [Node(name, folder / name, settings) for name in NAMES]
        self.primary, *self.standbys = self.all
        self.primary.start()
        for standby in self.standbys:
            self.rejoin(standby)
        self.await_followers()

    @property
    def servers(self) -> list[PostgresServer]:
        return [node.server for node in self.all]

    @property
    def url(self) -> str:
        """Of whichever is the primary."""
        return url_of_all(self.servers, "postgres")

    @property
    def replica_url(self) -> str:
        """Of any that is not."""
        return self.url.replace("read-write", "standby")

    def await_followers(self) -> None:
        if not wait_until(self._is_followed_by_all, PATIENCE_S):
            raise TimeoutError(f"not all standbys follow the primary within {PATIENCE_S} s")

    def cut_off(self) -> None:
        """Nothing that the primary writes reaches the standbys any more."""
        for standby in self.standbys:
            standby.follow(None)
        if not wait_until(self._is_followed_by_none, PATIENCE_S):
            raise TimeoutError(f"a standby still receives from the primary after {PATIENCE_S} s")

    def _is_followed_by_all(self) -> bool:
        return self.primary.ask(FOLLOWED) >= len(self.standbys)

    def _is_followed_by_none(self) -> bool:
        return not any(standby.ask(RECEIVING) for standby in self.standbys)

    def fail_over(self) -> None:
        """Promote whoever has received most; all standbys have to be there to know that."""
        old = self.primary
        self.standbys.sort(key=lambda node: node.ask(HOW_FAR))
        self.primary = self.standbys.pop()
        self.primary.promote()
        for standby in self.standbys:
            standby.follow(self.primary)
        self.standbys.append(old)

    def rejoin(self, node: Node) -> None:
        """Start as a standby with a fresh copy; what it alone had is gone."""
        node.close()
        shutil.rmtree(node.folder, ignore_errors=True)
        copy(self.primary.server, node.folder, node.name)
        node.start()

    def close(self) -> None:
        for node in self.all:
            node.close()


@contextmanager
def three_nodes(folder: Path, *, is_quorum: bool) -> Iterator[Nodes]:
    """Three databases; with a quorum every commit is on two of them before it is answered."""
    nodes = Nodes(folder, QUORUM if is_quorum else ALONE)
    try:
        yield nodes
    finally:
        nodes.close()
