"""Where photos stay: a folder and a bucket answer alike; a bucket is read with links."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from moto.server import ThreadedMotoServer
from pydantic import ValidationError

from field_app.sync.client import SyncClient
from server_stub.photos.folder import FolderStore
from server_stub.photos.store import PhotoStore, open_store
from server_stub.settings import ServerSettings
from tests.server.test_photos import NAME, PICTURE, announce, get, head, patch, put, report, sha256
from tests.support import sync_server
from tests.support.central import Central
from tests.support.pictures import a_jpeg
from tests.support.wire_client import WireClient

KEY = "org/photo/ab/abcd"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an empty bucket of a real S3 server on this machine."""
    s3 = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    s3.start()
    host, port = s3.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    httpx.put(f"{endpoint}/field-photos").raise_for_status()
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }.items():
        monkeypatch.setenv(name, value)
    yield "s3://field-photos/office"
    s3.stop()


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> PhotoStore:
    if request.param == "folder":
        return open_store(str(tmp_path / "kept"))
    return open_store(request.getfixturevalue("bucket"))


def read(link: str) -> bytes:
    """As anybody who holds the link."""
    return httpx.get(link).content


def test_what_is_added_is_read_and_dropped(store: PhotoStore, tmp_path: Path) -> None:
    assert (store.size(KEY), store.read(KEY)) == (None, None)
    file = tmp_path / "upload"
    file.write_bytes(PICTURE)

    store.add(KEY, file)
    store.add(f"{KEY}-thumb", b"small")

    assert (store.size(KEY), store.read(KEY)) == (len(PICTURE), PICTURE)
    assert store.read(f"{KEY}-thumb") == b"small"
    assert not file.exists(), "an upload that was moved in is not kept twice"
    store.drop(KEY)
    store.drop(KEY)
    assert store.size(KEY) is None


def test_two_servers_that_add_the_same_photo_are_both_right(
    store: PhotoStore, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_bytes(PICTURE)
        store.add(KEY, tmp_path / name)

    assert store.read(KEY) == PICTURE


def test_a_link_to_a_bucket_reads_one_photo_and_no_other(bucket: str) -> None:
    store = open_store(bucket)
    store.add(KEY, PICTURE)

    link = store.url(KEY)

    assert link is not None
    answer = httpx.get(link)
    assert (answer.content, answer.headers["content-type"]) == (PICTURE, "image/jpeg")
    assert "X-Amz-Expires=300" in link


def test_a_folder_has_no_links(tmp_path: Path) -> None:
    assert FolderStore(tmp_path).url(KEY) is None


def test_an_address_of_another_kind_is_refused_in_words() -> None:
    with pytest.raises(ValidationError, match="a folder or s3://bucket/prefix is meant"):
        ServerSettings(database_url="postgresql://db", photo_store="ftp://somewhere/photos")


async def test_photos_in_a_bucket_come_whole_to_whoever_may_see_them(
    bucket: str, database_url: str, tmp_path: Path, central: Central, ana: UUID, event: UUID
) -> None:
    central.a_shift(event, ana, "checked_in")
    ben = central.a_person("Ben")
    staging = tmp_path / "staging"
    with (
        sync_server.serving(database_url, photo_store=bucket, photo_staging=staging) as url,
        httpx.Client(base_url=url, timeout=30) as http,
    ):
        phone = WireClient(http, central.emails[ana], "correct horse")
        second = a_jpeg(2, edge=600)
        report(phone, event, PICTURE, second)
        announce(phone, PICTURE)
        assert patch(phone, NAME, 0, PICTURE[:1000]).headers["upload-offset"] == "1000"
        assert patch(phone, NAME, 1000, PICTURE[1000:]).status_code == 204
        assert (put(phone, second).status_code, put(phone, second).status_code) == (201, 200)

        pointed = get(phone, NAME)
        assert (pointed.status_code, pointed.headers["cache-control"]) == (302, "no-store")
        assert read(pointed.headers["location"]) == PICTURE
        stranger = WireClient(http, central.emails[ben], "correct horse")
        assert get(stranger, NAME).status_code == 404
        assert int(head(phone, NAME).headers["upload-offset"]) == len(PICTURE)
        assert central.value("SELECT count(*) FROM issue_photos WHERE state = 'stored'") == 2
        client = SyncClient(url)
        try:
            assert await client.photo(phone.token, NAME, thumb=False) == PICTURE
            thumb = await client.photo(phone.token, sha256(second), thumb=True)
        finally:
            await client.aclose()

    assert 0 < len(thumb) < len(second)
    assert hashlib.sha256(PICTURE).hexdigest() == NAME
    assert list(staging.glob("*/*/*")) == []
