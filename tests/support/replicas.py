"""Streaming replicas for the tests: copies of a running Postgres that follow it."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from server_stub.demo.postgres import PostgresServer, running_postgres
from server_stub.demo.postgres_cluster import Cluster
from server_stub.demo.postgres_install import (
    find_programs,
    open_folder,
    own_or_lesser_account,
    programs_within_reach,
)

FOLLOWING = {"hot_standby_feedback": "on", "wal_retrieve_retry_interval": "200ms"}


@contextmanager
def running_replica(
    primary: PostgresServer, folder: Path, name: str, settings: Mapping[str, str]
) -> Iterator[PostgresServer]:
    """A replica with its data in `folder`, known to its primary as `name`."""
    copy(primary, folder, name)
    with running_postgres(folder, settings=settings | FOLLOWING) as replica:
        yield replica


def copy(primary: PostgresServer, folder: Path, name: str) -> None:
    """Copy a running Postgres into an empty folder, ready to be started as its replica."""
    account = own_or_lesser_account()
    programs = programs_within_reach(find_programs(), account)
    cluster = Cluster(open_folder(folder), folder / "cluster", programs, account)
    with psycopg.connect(primary.url) as db:
        password = db.info.password
    (folder / "password").write_text(password)
    folder.chmod(0o777)  # the database account makes its folder in it
    where = f"host=127.0.0.1 port={primary.port} user=postgres password={password}"
    copying = ["-D", str(cluster.pgdata), "-d", f"{where} application_name={name}"]
    subprocess.run(
        [cluster.program("pg_basebackup"), *copying, "-R", "-c", "fast"],
        check=True,
        capture_output=True,
        **cluster.process_options,
    )
    folder.chmod(0o755)


def url_of_all(servers: Sequence[PostgresServer], database: str) -> str:
    """Leads to whichever of these is the primary at the moment of connecting."""
    user, _, _ = servers[0].url.rpartition("@")
    hosts = ",".join(f"127.0.0.1:{server.port}" for server in servers)
    return f"{user}@{hosts}/{database}?target_session_attrs=read-write"
