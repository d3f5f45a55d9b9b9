"""After a restore, `sync-server restore-check` says what still has to be done."""

import subprocess
from pathlib import Path

import psycopg

from tests.server.test_cli import run


def check(url: str, photos: Path) -> subprocess.CompletedProcess[str]:
    return run("restore-check", DATABASE_URL=url, PHOTO_STORE=str(photos))


def test_nothing_has_to_be_done_where_everything_fits(database_url: str, tmp_path: Path) -> None:
    done = check(database_url, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


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
