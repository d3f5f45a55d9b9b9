"""What a server says of a database that is behind its release, or ahead of it."""

import sys

import httpx
import psycopg
import pytest

from server_stub import cli, database
from server_stub.database import current_revision, downgrade, head_revision, migrate, revisions
from tests.operations.served import serve
from tests.support.commands import command
from tests.support.demo import free_port
from tests.support.sync_server import serving

AHEAD = "UPDATE fieldkit_schema_version SET version_num = '9001'"
TAKEN_AWAY = "INSERT INTO server_meta VALUES ('oldest_revision', %s)"


def asked(database_url: str) -> httpx.Response:
    with serving(database_url) as url:
        return httpx.get(f"{url}/readyz")


def test_a_database_that_is_behind_is_not_ready_until_it_is_migrated(database_url: str) -> None:
    before = revisions()[-2]
    downgrade(database_url, before)
    with serving(database_url) as url:
        behind = httpx.get(f"{url}/readyz")
        migrate(database_url)
        ready = httpx.get(f"{url}/readyz")

    assert (behind.status_code, behind.json()["code"]) == (503, "not_migrated")
    assert behind.json()["detail"] == (
        f"The database is at revision {before}, this server needs {head_revision()}: "
        "run sync-server migrate."
    )
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert ready.json()["schema"].endswith("as this server wants it.")


def test_one_of_several_hosts_may_be_down(database_url: str) -> None:
    several = database_url.replace("@127.0.0.1:", f"@127.0.0.1:{free_port()},127.0.0.1:")

    with serve(f"{several}?target_session_attrs=read-write") as served:
        answer = httpx.get(f"{served.url}/readyz")

    assert (answer.status_code, answer.json()["status"]) == (200, "ready")


def test_a_database_without_a_schema_says_so(empty_database_url: str) -> None:
    answer = asked(empty_database_url)

    assert (answer.status_code, answer.json()["code"]) == (503, "not_migrated")
    assert answer.json()["detail"] == ("The database has no schema yet: run sync-server migrate.")


@pytest.mark.parametrize("needed", [None, "0001", "here"])
def test_a_database_that_is_ahead_is_served_on(database_url: str, needed: str | None) -> None:
    """Also where something was taken away that this release had given up already."""
    with psycopg.connect(database_url) as db:
        db.execute(AHEAD)
        if needed:
            db.execute(TAKEN_AWAY, [head_revision() if needed == "here" else needed])

    answer = asked(database_url)
    migrated = command("migrate", DATABASE_URL=database_url)

    told = f"revision 9001, newer than this server's {head_revision()}"
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert told in answer.json()["schema"]
    assert (migrated.returncode, told in migrated.stdout) == (0, True)
    assert current_revision(database_url) == "9001"


def test_a_database_that_lacks_what_this_server_works_with_is_not_ready(database_url: str) -> None:
    with psycopg.connect(database_url) as db:
        db.execute(AHEAD)
        db.execute(TAKEN_AWAY, ["9000"])

    answer = asked(database_url)
    migrated = command("migrate", DATABASE_URL=database_url)

    assert (answer.status_code, answer.json()["code"]) == (503, "server_too_old")
    assert answer.json()["detail"].endswith("install a newer release.")
    assert (migrated.returncode, "install a newer release" in migrated.stderr) == (1, True)


def test_only_the_newer_release_can_take_its_revision_back(database_url: str) -> None:
    with psycopg.connect(database_url) as db:
        db.execute(AHEAD)

    done = command("migrate", "--to", "0012", "--yes", DATABASE_URL=database_url)

    assert done.returncode == 1
    assert "Only the release that made a revision can take it back." in done.stderr
    assert current_revision(database_url) == "9001"


def test_a_migration_that_waits_in_vain_says_who_may_be_in_the_way(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = "0016"  # the next one changes the table below
    downgrade(database_url, before)
    monkeypatch.setattr(database, "TRIES", 2)
    monkeypatch.setattr(database, "PAUSE_S", 0)
    monkeypatch.setattr(sys, "argv", ["sync-server", "migrate"])
    monkeypatch.setenv("DATABASE_URL", database_url)

    with psycopg.connect(database_url) as other:
        other.execute("LOCK TABLE staff_assignments")
        with pytest.raises(SystemExit) as ended:
            cli.main()

    assert ended.value.code == 1
    assert "a backup or an open psql: run this again later." in capsys.readouterr().err
    assert current_revision(database_url) == before
