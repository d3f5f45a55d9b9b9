"""The one-command demo: what it says when it cannot start, and that it stays up."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest

from server_stub.demo.children import wait_until
from server_stub.demo.folder import DemoError, claimed
from server_stub.demo.people import DEMO_PASSWORD
from tests.support.demo import Demo, free_port, running_demo
from tests.support.postgres import open_folder
from tests.support.processes import has_ended
from tests.support.wire_client import WireClient

ANA = "ana.castillo@fieldkit.example"
PATIENCE_S = 60


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder / "demo"


def start(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Start a demo that is expected to give up."""
    command = [sys.executable, "-m", "server_stub.demo.main", "--no-browser"]
    command += ["--data-dir", str(folder), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def anas_shifts(demo: Demo) -> int:
    with httpx.Client(base_url=demo.server_url, timeout=30) as http:
        device = WireClient(http, ANA, DEMO_PASSWORD)
        device.sync_all()
        return len(device.rows("staff_assignments"))


def is_ready(demo: Demo) -> bool:
    try:
        return httpx.get(f"{demo.server_url}/readyz", timeout=5).status_code == 200
    except (httpx.TransportError, LookupError, psutil.Error):
        return False


def test_the_demo_survives_the_death_of_its_parts_and_finds_its_data_again(folder: Path) -> None:
    with running_demo(folder) as demo:
        assert httpx.get(demo.url).status_code == 200
        shifts, server_url = anas_shifts(demo), demo.server_url
        again = start(folder, "--port", str(free_port()))
        for part in ("postgres", "server_stub.cli", "field_app.main"):
            demo.kill(part)
            assert wait_until(lambda part=part: has_child(demo, part), PATIENCE_S)
        assert wait_until(lambda: is_ready(demo), PATIENCE_S)
        demo.await_app()
        assert (anas_shifts(demo), demo.server_url) == (shifts, server_url)
        parts = psutil.Process(demo.process.pid).children(recursive=True)

    assert "already running" in again.stderr
    assert demo.process.returncode == 0
    assert [part for part in parts if not has_ended(part)] == []
    with running_demo(folder) as demo:
        assert anas_shifts(demo) >= shifts > 0
        assert demo.server_url == server_url


def has_child(demo: Demo, words: str) -> bool:
    try:
        return demo.child(words).is_running()
    except LookupError:
        return False


def test_everything_ends_when_the_demo_itself_is_killed(folder: Path) -> None:
    with running_demo(folder) as demo:
        parts = psutil.Process(demo.process.pid).children(recursive=True)

        demo.process.send_signal(signal.SIGKILL)

        _, alive = psutil.wait_procs(parts, timeout=PATIENCE_S)
        assert alive == []


def test_a_port_in_use_is_told_before_anything_starts(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        ended = start(folder, "--port", str(port))

    assert ended.returncode == 1
    assert ended.stderr.startswith(f"Port {port} is in use. Choose another with --port")
    assert ended.stdout == ""


def test_a_folder_of_somebody_else_is_left_alone(folder: Path) -> None:
    folder.mkdir()
    (folder / "thesis.txt").write_text("precious")

    for options in ([], ["--reset"]):
        ended = start(folder, *options)

        assert ended.returncode == 1
        assert "holds something that is not a demo" in ended.stderr

    assert (folder / "thesis.txt").read_text() == "precious"


def test_a_folder_that_is_a_file_is_told_in_words(folder: Path) -> None:
    folder.write_text("")

    ended = start(folder)

    assert ended.returncode == 1
    assert "cannot be used" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_damaged_mark_asks_for_a_reset(folder: Path) -> None:
    folder.mkdir()
    (folder / "field-demo.json").write_text("{half")

    ended = start(folder)

    assert ended.returncode == 1
    assert "Start anew with --reset" in ended.stderr


def test_a_half_made_database_is_told_in_words(folder: Path) -> None:
    with claimed(folder, reset=False):
        cluster = folder / "postgres" / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("18\n")

    ended = start(folder, "--port", str(free_port()))

    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "is incomplete" in ended.stderr


def test_a_reset_empties_the_folder_and_chooses_new_ports(folder: Path) -> None:
    with claimed(folder, reset=False) as before:
        (folder / "app").mkdir()
        (folder / "server.log").write_text("old")

    with claimed(folder, reset=True) as after:
        assert [entry.name for entry in folder.iterdir()] == ["field-demo.json"]

    assert not set(before.values()) & set(after.values())


def test_ports_are_remembered_unless_another_program_has_them(folder: Path) -> None:
    with claimed(folder, reset=False) as first:
        pass
    with claimed(folder, reset=False) as second:
        pass

    with (
        socket.create_server(("127.0.0.1", first["server"])),
        claimed(folder, reset=False) as third,
    ):
        pass

    assert second == first
    assert third["postgres"] == first["postgres"]
    assert third["server"] != first["server"]


def test_only_one_demo_holds_a_folder(folder: Path) -> None:
    with (
        claimed(folder, reset=False),
        pytest.raises(DemoError, match="already running"),
        claimed(folder, reset=True),
    ):
        pass


def test_the_demo_puts_its_people_into_no_other_database(database_url: str) -> None:
    with psycopg.connect(database_url) as db:
        db.execute("INSERT INTO users (id, name, role) VALUES (gen_random_uuid(), 'Eve', 'client')")

    ended = subprocess.run(
        [sys.executable, "-m", "server_stub.cli", "seed-demo"],
        env={"DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert "not of the demo" in ended.stderr
