"""Photos that are taken away, too old, or named by nobody: they go, and it is written down."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine

from server_stub.database import create_engine
from server_stub.photos.folder import FolderStore
from server_stub.photos.retention import delete_unneeded
from tests.server.conftest import SignIn
from tests.server.test_photos import (
    NAME,
    PICTURE,
    announce,
    get,
    phone,
    put,
    report,
    server_url,
    sha256,
    state_of,
    store,
)
from tests.support.central import Central
from tests.support.pictures import a_jpeg
from tests.support.wire_client import WireClient

__all__ = ["phone", "server_url", "store"]

OTHER = a_jpeg(9, edge=200)
LATER = dt.timedelta(days=3)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url, pool_size=1)
    yield engine
    engine.dispose()


def delete(engine: Engine, store: Path, after: dt.timedelta, days: int = 30) -> list[str]:
    """Run the job so much later; the hashes that it deleted."""
    now = dt.datetime.now(dt.UTC) + after
    return [p.sha256 for p in delete_unneeded(engine, FolderStore(store), "", days, now)]


def urls(central: Central, issue: UUID) -> list[str] | None:
    return central.value("SELECT photo_urls FROM event_issues WHERE id = %s", issue)


def files(store: Path) -> set[str]:
    return {path.name for path in store.glob("*/*/*/*") if "staging" not in path.parts}


def test_a_photo_that_was_taken_away_goes_and_the_others_stay(
    central: Central, engine: Engine, store: Path, phone: WireClient, event: UUID
) -> None:
    issue = report(phone, event, PICTURE, OTHER)
    for content in (PICTURE, OTHER):
        put(phone, content)
    remove = phone.envelope("issue.remove_photo", issue, {"sha256": NAME})
    assert phone.perform(remove)[0]["status"] == "applied"
    assert get(phone, NAME).status_code == 404

    assert delete(engine, store, dt.timedelta(hours=1)) == []  # it may be a slip
    assert delete(engine, store, LATER) == [NAME]
    assert delete(engine, store, LATER) == []

    assert files(store) == {sha256(OTHER)}
    assert urls(central, issue) == [f"/v1/photos/{sha256(OTHER)}"]
    assert get(phone, sha256(OTHER)).content == OTHER
    row = central.db.execute("SELECT sha256 FROM stored_photos WHERE deleted_at IS NOT NULL")
    assert row.fetchall() == [(NAME,)]


def test_photos_go_so_many_days_after_their_event(
    central: Central, engine: Engine, store: Path, phone: WireClient, event: UUID
) -> None:
    issue = report(phone, event, PICTURE)
    put(phone, PICTURE)

    assert delete(engine, store, dt.timedelta(days=29)) == []
    assert delete(engine, store, dt.timedelta(days=40)) == [NAME]

    assert (files(store), urls(central, issue), state_of(central, NAME)) == (set(), None, "removed")
    assert get(phone, NAME).status_code == 404


def test_a_photo_stays_while_another_issue_needs_it(
    engine: Engine, store: Path, phone: WireClient, event: UUID
) -> None:
    first = report(phone, event, PICTURE)
    report(phone, event, PICTURE)
    put(phone, PICTURE)
    phone.perform(phone.envelope("issue.remove_photo", first, {"sha256": NAME}))

    assert delete(engine, store, LATER) == []
    assert get(phone, NAME).content == PICTURE


def test_what_nobody_names_waits_for_its_operation_and_then_goes(
    engine: Engine, store: Path, phone: WireClient
) -> None:
    put(phone, PICTURE)

    assert delete(engine, store, dt.timedelta(days=1)) == []
    assert delete(engine, store, LATER) == [NAME]


def test_a_deleted_photo_can_be_sent_again(
    central: Central, engine: Engine, store: Path, phone: WireClient, event: UUID
) -> None:
    put(phone, PICTURE)
    delete(engine, store, LATER)

    report(phone, event, PICTURE)
    assert announce(phone, PICTURE).headers["upload-offset"] == "0"
    put(phone, PICTURE)

    assert get(phone, NAME).content == PICTURE
    assert central.value("SELECT count(*) FROM stored_photos WHERE deleted_at IS NULL") == 1


def test_the_photo_of_a_check_in_is_seen_by_its_person_and_their_manager(
    central: Central,
    engine: Engine,
    store: Path,
    phone: WireClient,
    sign_in: SignIn,
    dana: UUID,
    ana: UUID,
    event: UUID,
) -> None:
    shift = central.value("SELECT id FROM staff_assignments WHERE user_id = %s", ana)
    central.db.execute("UPDATE staff_assignments SET status = 'accepted' WHERE id = %s", [shift])
    photo = {"sha256": NAME, "bytes": len(PICTURE)}
    payload = {"fallback": "photo", "photo": photo}
    (verdict,) = phone.perform(phone.envelope("assignment.check_in", shift, payload))
    assert verdict["status"] == "applied", verdict
    put(phone, PICTURE)
    ben = central.a_person("Ben")
    central.a_shift(event, ben)

    assert delete(engine, store, LATER) == []
    assert get(phone, NAME).content == PICTURE
    assert get(sign_in(dana), NAME).content == PICTURE
    assert get(sign_in(ben), NAME).status_code == 404
    assert delete(engine, store, dt.timedelta(days=400)) == [NAME]


def test_a_photo_that_is_not_in_the_store_any_more_is_not_promised(
    store: Path, phone: WireClient, event: UUID
) -> None:
    put(phone, PICTURE)
    (kept,) = store.glob(f"*/photo/*/{NAME}")
    kept.unlink()

    assert announce(phone, PICTURE).headers["upload-offset"] == "0"
