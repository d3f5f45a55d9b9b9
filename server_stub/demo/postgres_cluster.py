"""The data folder of our Postgres: made whole or not at all, and checked before every start.

In it lie `cluster/` (what Postgres calls its data directory), `password`, `postgres.log` and
`lock`.
"""

import hashlib
import os
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server_stub.demo.postgres_install import ROOT_HOME, Account, PostgresError, open_folder

ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Cluster:
    """A database cluster that is ready to be started."""

    folder: Path
    pgdata: Path
    programs: Path
    account: Account | None

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    @property
    def password(self) -> str:
        return (self.folder / "password").read_text()

    def program(self, name: str) -> str:
        return str(self.programs / name)

    @property
    def process_options(self) -> dict[str, Any]:
        """What every Postgres program is started with: a bare environment, the right account."""
        options: dict[str, Any] = {"env": ENVIRONMENT, "cwd": "/"}
        if self.account is not None:
            options |= {"user": self.account.uid, "group": self.account.gid, "extra_groups": []}
        return options


def prepared_cluster(folder: Path, programs: Path, account: Account | None) -> Cluster:
    """The cluster of a data folder, set up when the folder has none. Raises PostgresError."""
    link = folder / "cluster"
    if link.is_symlink() or link.exists():
        cluster = Cluster(folder, link.resolve(), programs, account)
        _ensure_whole(cluster)
        return cluster
    pgdata = _place_for(folder, account)
    cluster = Cluster(folder, pgdata, programs, account)
    _initialize(cluster)
    if pgdata != link:
        link.symlink_to(pgdata)  # last: without it the folder counts as empty
    return cluster


def _place_for(folder: Path, account: Account | None) -> Path:
    """Inside the data folder, or where the account can reach it when root's folder is closed."""
    if account is None or account.may_enter(folder):
        return folder / "cluster"
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    place = open_folder(ROOT_HOME / "clusters") / name
    shutil.rmtree(place, ignore_errors=True)  # of a data folder of this name, deleted since
    return place


def _ensure_whole(cluster: Cluster) -> None:
    advice = "Restore it from a backup, or delete the folder to start anew."
    for part in ("PG_VERSION", "global/pg_control", "postgresql.conf"):
        if not (cluster.pgdata / part).exists():
            raise PostgresError(
                f"The database in {cluster.folder} is incomplete: {part} is missing. {advice}"
            )
    if not (cluster.folder / "password").exists():
        raise PostgresError(
            f"The database in {cluster.folder} has lost its password file. {advice}"
        )
    if cluster.pgdata.stat().st_uid != (cluster.account.uid if cluster.account else os.geteuid()):
        raise PostgresError(
            f"The database in {cluster.folder} belongs to another user. "
            "Start as the user who made it, or choose another folder."
        )


def _initialize(cluster: Cluster) -> None:
    """Make the cluster in a side folder and rename it, so that it is there whole or not at all."""
    staging = cluster.pgdata.with_name(f"{cluster.pgdata.name}.new")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(mode=0o700)
    password = secrets.token_urlsafe(24)
    _write_secret(cluster.folder / "password", password)
    handed_over = cluster.pgdata.with_name(f"{cluster.pgdata.name}.password")
    _write_secret(handed_over, password)
    if cluster.account is not None:
        for path in (staging, handed_over):
            os.chown(path, cluster.account.uid, cluster.account.gid)
    try:
        _run_initdb(cluster, staging, handed_over)
    finally:
        handed_over.unlink()
    staging.rename(cluster.pgdata)


def _run_initdb(cluster: Cluster, pgdata: Path, password_file: Path) -> None:
    arguments = ["-D", str(pgdata), "-U", "postgres", "-E", "UTF8", "--no-instructions"]
    arguments += ["-A", "scram-sha-256", f"--pwfile={password_file}", *_locale(cluster.programs)]
    run = subprocess.run(
        [cluster.program("initdb"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        **cluster.process_options,
    )
    if run.returncode != 0:
        raise PostgresError(
            f"The database could not be set up in {cluster.folder}: {run.stderr.strip()}"
        )


def _locale(programs: Path) -> list[str]:
    """The same sort order on every machine; PostgreSQL 17 brought its own C.UTF-8."""
    said = subprocess.check_output([programs / "postgres", "--version"], text=True)
    major = int(said.split()[2].partition(".")[0])
    if major >= 17:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--no-locale"]


def _write_secret(path: Path, secret: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret)
