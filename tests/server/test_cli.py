"""The operator's command line; where it matters, as a process of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import psutil
import psycopg
import pytest

from server_stub import cli
from server_stub.demo.children import wait_until
from tests.support.central import PASSWORD, Central
from tests.support.commands import command
from tests.support.demo import free_port
from tests.support.wire_client import WireClient

COMMAND = [sys.executable, "-m", "server_stub.cli"]


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words],
        env=inherited() | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}


@contextmanager
def serving(
    database_url: str, *options: str, **environment: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    port = free_port()
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", str(port), *options],
        env=inherited() | {"DATABASE_URL": database_url} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        assert wait_until(lambda: is_up(url), 60)
        yield process, url
    finally:
        end(process)


def end(process: subprocess.Popen[str]) -> None:
    """Kill a server with its workers; one that is left over would keep the pipe open for ever."""
    kill(process)
    process.communicate()


def kill(process: subprocess.Popen[str]) -> None:
    """kill -9 a server with its workers."""
    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(process.pid)
        for each in [*parent.children(recursive=True), parent]:
            each.kill()


def is_up(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def test_migrate_brings_an_empty_database_up_once(empty_database_url: str) -> None:
    first = run("migrate", DATABASE_URL=empty_database_url)
    second = command("migrate", DATABASE_URL=empty_database_url)

    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stdout.startswith("Now at revision ")
    assert second.stdout.startswith("Already at revision ")


def test_check_schema_tells_what_does_not_fit(database_url: str, empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url, autocommit=True) as db:
        db.execute("CREATE TABLE users (id INTEGER PRIMARY KEY)")

    fits = command("check-schema", DATABASE_URL=database_url)
    differs = command("check-schema", DATABASE_URL=empty_database_url)

    assert (fits.returncode, fits.stdout) == (0, "Everything fits.\n")
    assert differs.returncode == 1
    assert "users" in differs.stdout


def test_the_demo_data_can_be_made_anew(database_url: str) -> None:
    command("seed-demo", DATABASE_URL=database_url)
    with psycopg.connect(database_url, autocommit=True) as db:
        db.execute("UPDATE locations SET address = 'elsewhere'")
        kept = command("seed-demo", DATABASE_URL=database_url)
        count = "SELECT count(*) FROM locations WHERE address = 'elsewhere'"
        after_seed = db.execute(count).fetchone()
        anew = command("seed-demo", "--reset", DATABASE_URL=database_url)
        after_reset = db.execute(count).fetchone()

    assert (kept.returncode, anew.returncode) == (0, 0)
    assert after_seed != (0,)
    assert after_reset == (0,)


@pytest.mark.parametrize("workers", [1, 2])
def test_serve_answers_until_told_to_stop_and_lets_streams_go(
    database_url: str, central: Central, workers: int
) -> None:
    email = central.emails[central.a_person("Ana")]
    with serving(database_url, "--workers", str(workers)) as (process, url):
        with httpx.Client(base_url=url, timeout=30) as http:
            device = WireClient(http, email, PASSWORD)
            assert device.sync()["full"]
            with http.stream("GET", "/v1/sync/stream", headers=device.headers) as stream:
                lines = stream.iter_lines()
                assert next(lines) == ": listening"

                process.send_signal(signal.SIGTERM)

                assert set(lines) <= {"", "event: changed", "data: {}"}
        said, _ = process.communicate(timeout=30)

    assert "Traceback" not in said
    assert "exceeded" not in said


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "Set DATABASE_URL. It looks like postgresql://"),
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x"}, "The database cannot be reached: "),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL is no address of a database"),
        (
            {"DATABASE_URL": "postgresql://x", "FIELD_POOL_SIZE": "many"},
            "The setting FIELD_POOL_SIZE is wrong",
        ),
    ],
)
def test_what_is_wrong_with_the_settings_is_told_in_words(
    environment: dict[str, str], said: str
) -> None:
    ended = command("migrate", **environment)

    assert ended.returncode == 1
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_database_without_our_tables_is_told_in_words(empty_database_url: str) -> None:
    ended = command("seed-demo", DATABASE_URL=empty_database_url)

    assert ended.returncode == 1
    assert "sync-server migrate" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_schema_goes_back_when_asked_and_says_so(empty_database_url: str) -> None:
    where = {"DATABASE_URL": empty_database_url}
    command("migrate", **where)
    back = command("migrate", "--to", "0012", "--yes", **where)
    gone = command("migrate", "--to", "base", "--yes", **where)
    asked = command("migrate", "--to", "base", **where)
    unknown = command("migrate", "--to", "9999", **where)

    assert back.stdout.strip() == "Back at revision 0012."
    assert gone.stdout.strip() == "Back at the database as it was."
    assert (asked.returncode, "Go back?" in asked.stdout) == (1, True)
    assert unknown.stderr.startswith("There is no revision '9999'; they are 0001, ")


def test_the_list_needs_no_module_and_says_what_the_commands_say() -> None:
    shown = "import sys; from server_stub import cli; print(*sys.modules)"
    command_line = [sys.executable, "-c", shown]
    ended = subprocess.run(command_line, capture_output=True, text=True, check=True)
    imported = set(ended.stdout.split())

    assert "server_stub.cli" in imported
    assert not {"sqlalchemy", "fastapi", "server_stub.command"} & imported
    for name, (_, line) in cli.COMMANDS.items():
        says = cli.load(name).help
        assert says is not None
        assert says.splitlines()[0] == line, name
