"""After a restore, `sync-server restore-check` says what still has to be done."""

import datetime as dt
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from server_stub.database import downgrade, head_revision, revisions
from server_stub.demo.postgres import PostgresServer
from server_stub.demo.postgres_install import find_programs
from tests.server.booking_system import insert
from tests.support.central import PASSWORD, Central
from tests.support.commands import Done, command
from tests.support.pictures import a_jpeg, sha256
from tests.support.postgres import fresh_database
from tests.support.sync_server import serving
from tests.support.wire_client import WireClient

SCHEMA = "the schema fits this server"
EPOCH = "no device's cursor is from before the restore"
PHOTOS = "stored photos are there"
NEWEST = "newest in the backup"
PICTURE = a_jpeg(edge=48)


def check(url: str, photos: Path, *words: str) -> Done:
    return command("restore-check", *words, DATABASE_URL=url, PHOTO_STORE=str(photos))


def told(url: str, photos: Path) -> tuple[int, dict[str, dict[str, Any]]]:
    """How it ended, and every check by its name."""
    done = check(url, photos, "--json")
    checks = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, {each["name"]: each for each in checks}


def misses(checks: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    return {name: each["misses"] for name, each in checks.items() if not each["is_met"]}


def program(name: str) -> str | None:
    return shutil.which(name, path=find_programs()) or shutil.which(name)


@contextmanager
def restored_copy(postgres: PostgresServer, url: str, folder: Path) -> Iterator[str]:
    """A new database from a backup of this one, as docs/backup.md makes and restores it."""
    dump, restore = program("pg_dump"), program("pg_restore")
    if dump is None or restore is None:
        with fresh_database(postgres, url.rpartition("/")[2]) as copy:
            yield copy
        return
    backup = folder / "fieldkit.dump"
    subprocess.run([dump, "-Fc", "-f", backup, url], check=True)
    with fresh_database(postgres) as copy:
        subprocess.run([restore, "-d", copy, backup], check=True)
        yield copy


def a_sound_event(central: Central) -> UUID:
    """Today at eleven, with its origin in the log: `verify` finds nothing about it."""
    day = dt.datetime.now(dt.UTC).replace(hour=11, minute=0, second=0, microsecond=0)
    hours = {"starts_at": day, "ends_at": day.replace(hour=15), "date": day.date()}
    event = central.an_event(**hours)
    origin = {"from_state": "none", "to_state": "scheduled", "event_instance_id": event}
    insert(central.db, "event_state_transitions", **origin)
    return event


def a_report(device: WireClient, event: UUID, *photos: bytes) -> dict[str, Any]:
    named = [{"sha256": sha256(photo), "bytes": len(photo)} for photo in photos]
    said = {"issue_type": "venue", "description": "It is dark.", "severity": "low"}
    more = {"event_instance_id": str(event), "photos": named}
    return device.envelope("issue.report", uuid4(), said | more)


def test_a_drill_from_the_dump_to_a_device_that_brings_what_was_lost(
    postgres: PostgresServer, database_url: str, central: Central, tmp_path: Path
) -> None:
    ana = central.a_person("Ana")
    event = a_sound_event(central)
    central.a_shift(event, ana, "checked_in")
    photos = tmp_path / "photos"
    with (
        serving(database_url, photo_store=str(photos)) as url,
        httpx.Client(base_url=url, timeout=30) as http,
    ):
        device = WireClient(http, central.emails[ana], PASSWORD)
        kept, lost = a_report(device, event, PICTURE), a_report(device, event)
        first = device.perform(kept)
        name = sha256(PICTURE)
        http.put(f"/v1/photos/{name}", content=PICTURE, headers=device.headers).raise_for_status()
        device.sync_all()
        epoch = device.sync()["epoch"]
        central.db.close()  # a copy of a database that somebody is connected to is refused
    with restored_copy(postgres, database_url, tmp_path) as copy:
        too_early = told(copy, photos)
        command("restored", DATABASE_URL=copy)
        done = told(copy, photos)
        (file,) = photos.glob(f"*/photo/*/{name}")
        file.rename(tmp_path / "elsewhere")
        without_photo = told(copy, photos)
        with serving(copy) as url, httpx.Client(base_url=url, timeout=30) as device.http:
            answer = device.sync(kept, lost)

    assert (too_early[0], list(misses(too_early[1]))) == (1, [EPOCH])
    assert "Run sync-server restored" in misses(too_early[1])[EPOCH][0]
    assert (done[0], misses(done[1])) == (0, {})
    assert (done[1][SCHEMA]["found"], done[1][PHOTOS]["found"]) == (head_revision(), "1")
    assert "none" not in done[1][NEWEST]["found"]
    assert (without_photo[0], list(misses(without_photo[1]))) == (1, [PHOTOS])
    assert misses(without_photo[1])[PHOTOS][1].endswith(name)
    assert answer["full"]
    assert answer["epoch"] != epoch
    assert answer["verdicts"][:1] == first
    assert answer["verdicts"][1]["status"] == "applied"


def test_nothing_has_to_be_done_where_everything_fits(database_url: str, tmp_path: Path) -> None:
    done = check(database_url, tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert SCHEMA in done.stdout


def test_a_backup_of_an_older_release_has_to_be_migrated_before_anything_else(
    database_url: str, tmp_path: Path
) -> None:
    before = revisions()[-2]
    downgrade(database_url, before)

    code, checks = told(database_url, tmp_path)

    assert (code, list(checks)) == (1, [SCHEMA])
    assert (checks[SCHEMA]["expected"], checks[SCHEMA]["found"]) == (head_revision(), before)
    assert "run sync-server migrate" in checks[SCHEMA]["misses"][0]


@pytest.mark.parametrize(("needed", "is_met"), [(None, True), ("9000", False)])
def test_a_backup_of_a_newer_release_fits_unless_something_was_taken_away(
    database_url: str, tmp_path: Path, needed: str | None, is_met: bool
) -> None:
    with psycopg.connect(database_url) as db:
        db.execute("UPDATE fieldkit_schema_version SET version_num = '9001'")
        if needed:
            db.execute("INSERT INTO server_meta VALUES ('oldest_revision', %s)", [needed])

    code, checks = told(database_url, tmp_path)

    assert (code, checks[SCHEMA]["is_met"]) == (0 if is_met else 1, is_met)


def test_an_empty_database_was_not_restored(empty_database_url: str, tmp_path: Path) -> None:
    code, checks = told(empty_database_url, tmp_path)

    assert (code, list(misses(checks))) == (1, [SCHEMA])


def test_a_photo_that_the_store_lacks_is_named(database_url: str, tmp_path: Path) -> None:
    with psycopg.connect(database_url) as db:
        db.execute(
            "INSERT INTO stored_photos (organization_id, sha256, bytes, state)"
            " VALUES (NULL, %s, 1, 'stored')",
            ["ab" * 32],
        )

    done = check(database_url, tmp_path)

    assert done.returncode == 1
    assert f"none/photo/ab/{'ab' * 32}" in done.stdout
