"""Photos on their way to the office: whole, in pieces, broken off, wrong, and whose they are."""

import base64
import io
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from tusclient.client import TusClient

from server_stub.photos.staging import KEPT_S, Busy, Staging, locked
from server_stub.photos.store import Photo
from tests.server.booking_system import insert
from tests.server.conftest import SignIn
from tests.server.test_cli import kill, serving
from tests.support import sync_server
from tests.support.central import Central
from tests.support.pictures import a_jpeg, sha256
from tests.support.wire_client import WireClient

PICTURE = a_jpeg(edge=300)
NAME = sha256(PICTURE)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "photos"


@pytest.fixture
def server_url(database_url: str, store: Path) -> Iterator[str]:
    with sync_server.serving(database_url, photo_store=str(store), photo_idle_s=0.5) as url:
        yield url


@pytest.fixture
def phone(central: Central, sign_in: SignIn, ana: UUID, event: UUID) -> WireClient:
    """Ana's, who is at work."""
    central.a_shift(event, ana, "checked_in")
    return sign_in(ana)


def report(phone: WireClient, event: UUID, *contents: bytes) -> UUID:
    """An issue that names these photos."""
    issue = uuid4()
    photos = [{"sha256": sha256(content), "bytes": len(content)} for content in contents]
    payload = {
        "event_instance_id": str(event),
        "issue_type": "venue",
        "description": "Look at this.",
        "severity": "low",
        "photos": photos,
    }
    (verdict,) = phone.perform(phone.envelope("issue.report", issue, payload))
    assert verdict["status"] == "applied", verdict
    return issue


def announce(phone: WireClient, content: bytes, **changes: str) -> httpx.Response:
    named = base64.b64encode(sha256(content).encode()).decode()
    headers = {"upload-length": str(len(content)), "upload-metadata": f"sha256 {named}"}
    return phone.http.post("/v1/photos", headers=phone.headers | headers | changes)


def patch(phone: WireClient, name: str, at: int, body: Any) -> httpx.Response:
    headers = {"upload-offset": str(at), "content-type": "application/offset+octet-stream"}
    return phone.http.patch(f"/v1/photos/{name}", content=body, headers=phone.headers | headers)


def head(phone: WireClient, name: str) -> httpx.Response:
    return phone.http.head(f"/v1/photos/{name}", headers=phone.headers)


def put(phone: WireClient, content: bytes, name: str | None = None) -> httpx.Response:
    return phone.http.put(
        f"/v1/photos/{name or sha256(content)}", content=content, headers=phone.headers
    )


def get(phone: WireClient, name: str, size: str = "full") -> httpx.Response:
    return phone.http.get(f"/v1/photos/{name}?size={size}", headers=phone.headers)


def state_of(central: Central, name: str) -> str:
    return str(central.value("SELECT state FROM issue_photos WHERE sha256 = %s", name))


def test_a_whole_photo_arrives_byte_for_byte_and_the_issue_says_so(
    central: Central, phone: WireClient, event: UUID
) -> None:
    issue = report(phone, event, PICTURE)

    first, second = put(phone, PICTURE), put(phone, PICTURE)

    assert (first.status_code, second.status_code) == (201, 200)
    assert get(phone, NAME).content == PICTURE
    assert get(phone, NAME).headers["content-type"] == "image/jpeg"
    assert 0 < len(get(phone, NAME, "thumb").content) < len(PICTURE)
    assert state_of(central, NAME) == "stored"
    urls = central.value("SELECT photo_urls FROM event_issues WHERE id = %s", issue)
    assert urls == [f"/v1/photos/{NAME}"]
    phone.sync_all()
    assert phone.rows("issue_photos")[0]["state"] == "stored"


def test_a_stock_tus_client_uploads_in_pieces(
    server_url: str, phone: WireClient, event: UUID
) -> None:
    report(phone, event, PICTURE)
    client = TusClient(f"{server_url}/v1/photos", headers=phone.headers)

    with io.BytesIO(PICTURE) as file:
        client.uploader(file_stream=file, chunk_size=4096, metadata={"sha256": NAME}).upload()

    assert get(phone, NAME).content == PICTURE


def test_an_upload_goes_on_where_it_broke_off(
    central: Central, phone: WireClient, event: UUID
) -> None:
    report(phone, event, PICTURE)
    assert announce(phone, PICTURE).headers["upload-offset"] == "0"

    def breaks_off() -> Iterator[bytes]:
        yield PICTURE[:5000]
        raise ConnectionError("the tunnel")

    with pytest.raises(ConnectionError):
        patch(phone, NAME, 0, breaks_off())
    stands = int(head(phone, NAME).headers["upload-offset"])
    rest = patch(phone, NAME, stands, PICTURE[stands:])

    assert 0 <= stands <= 5000
    assert (rest.status_code, rest.headers["upload-offset"]) == (204, str(len(PICTURE)))
    assert state_of(central, NAME) == "stored"
    assert announce(phone, PICTURE).headers["upload-offset"] == str(len(PICTURE))
    assert head(phone, NAME).headers["upload-offset"] == str(len(PICTURE))


def test_a_piece_at_the_wrong_place_is_told_the_right_one(phone: WireClient) -> None:
    announce(phone, PICTURE)
    patch(phone, NAME, 0, PICTURE[:100])

    wrong = patch(phone, NAME, 50, PICTURE[50:])

    assert (wrong.status_code, wrong.headers["upload-offset"]) == (409, "100")


def test_four_identical_pieces_at_once_store_the_bytes_once(
    central: Central, phone: WireClient, event: UUID
) -> None:
    report(phone, event, PICTURE)
    announce(phone, PICTURE)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: patch(phone, NAME, 0, PICTURE), range(4)))

    assert {answer.status_code for answer in answers} <= {204, 409, 423}
    assert any(answer.status_code == 204 for answer in answers)
    assert get(phone, NAME).content == PICTURE


def test_other_bytes_than_announced_are_dropped(phone: WireClient) -> None:
    other = bytes(reversed(PICTURE))

    assert put(phone, other, NAME).status_code == 460
    assert head(phone, NAME).status_code == 404
    announce(phone, PICTURE)
    assert patch(phone, NAME, 0, other).status_code == 460
    assert patch(phone, NAME, 0, PICTURE).status_code == 404


def test_more_bytes_than_announced_are_refused(phone: WireClient) -> None:
    announce(phone, PICTURE)

    assert patch(phone, NAME, 0, PICTURE + b"more").status_code == 413
    assert announce(phone, PICTURE, **{"upload-length": str(31 * 1024 * 1024)}).status_code == 413
    assert announce(phone, PICTURE, **{"upload-length": "0"}).status_code == 400


def test_nobody_without_a_token_reads_or_writes(phone: WireClient, event: UUID) -> None:
    report(phone, event, PICTURE)
    put(phone, PICTURE)
    phone.token = "nobody"

    answers = [
        announce(phone, PICTURE),
        head(phone, NAME),
        patch(phone, NAME, 0, PICTURE),
        put(phone, PICTURE),
        get(phone, NAME),
    ]

    assert {answer.status_code for answer in answers} == {401}


def test_another_organizations_photo_is_not_there(
    central: Central, phone: WireClient, sign_in: SignIn, event: UUID
) -> None:
    report(phone, event, PICTURE)
    put(phone, PICTURE)
    elsewhere = insert(central.db, "organizations", name="Rival", tier="internal")
    rival = sign_in(central.a_person("Rita", organization_id=elsewhere))

    assert get(rival, NAME).status_code == 404
    assert head(rival, NAME).status_code == 404
    assert put(rival, PICTURE).status_code == 201  # a photo of their own, beside ours
    assert get(rival, NAME).status_code == 404


def test_a_colleague_who_does_not_work_there_does_not_see_it(
    central: Central, phone: WireClient, sign_in: SignIn, event: UUID
) -> None:
    report(phone, event, PICTURE)
    put(phone, PICTURE)
    ben = sign_in(central.a_person("Ben"))

    assert get(ben, NAME).status_code == 404


@pytest.mark.parametrize("name", ["..%2F..%2Fetc%2Fpasswd", "A" * 64, "a" * 63, "a" * 65])
def test_a_name_that_is_no_hash_leads_nowhere(phone: WireClient, name: str) -> None:
    assert get(phone, name).status_code in {404, 422}
    assert phone.http.put(
        f"/v1/photos/{name}", content=b"x", headers=phone.headers
    ).status_code in {404, 422}


@pytest.mark.parametrize("metadata", ["", "name eA==", "sha256 ?", "sha256 eA==", "sha256"])
def test_metadata_without_a_hash_is_refused(phone: WireClient, metadata: str) -> None:
    answer = announce(phone, PICTURE, **{"upload-metadata": metadata})

    assert answer.status_code == 400, answer.text
    assert answer.json()["detail"] == "upload-metadata names no sha256"


@pytest.mark.parametrize(
    "content",
    [
        b"this is text",
        a_jpeg(exif=True),
        a_jpeg(edge=200)[:-200],
        b"%!PS-Adobe-3.0 EPSF-3.0",
    ],
    ids=["text", "exif", "truncated", "eps"],
)
def test_what_is_no_clean_picture_is_kept_and_shown_to_nobody(
    central: Central, phone: WireClient, event: UUID, content: bytes
) -> None:
    report(phone, event, content)

    assert put(phone, content).status_code == 201
    assert state_of(central, sha256(content)) == "bad"
    assert get(phone, sha256(content)).status_code == 404
    assert central.value("SELECT photo_urls FROM event_issues") is None


def test_one_photo_of_two_issues_is_sent_once(
    central: Central, phone: WireClient, event: UUID
) -> None:
    report(phone, event, PICTURE)
    put(phone, PICTURE)
    report(phone, event, PICTURE)

    assert announce(phone, PICTURE).headers["upload-offset"] == str(len(PICTURE))
    assert central.value("SELECT count(*) FROM issue_photos WHERE state = 'stored'") == 2


def test_asking_where_it_stands_ends_a_request_that_hangs(
    server_url: str, phone: WireClient, event: UUID
) -> None:
    report(phone, event, PICTURE)
    announce(phone, PICTURE)
    may_end, said = Event(), []

    def hangs() -> Iterator[bytes]:
        yield PICTURE[:3000]
        may_end.wait(20)

    def upload() -> None:
        with httpx.Client(base_url=server_url, timeout=30) as http:
            headers = {"upload-offset": "0", "content-type": "application/offset+octet-stream"}
            try:
                answer = http.patch(
                    f"/v1/photos/{NAME}", content=hangs(), headers=phone.headers | headers
                )
                said.append(answer.status_code)
            except httpx.TransportError:
                said.append(0)

    thread = Thread(target=upload)
    thread.start()
    try:
        while int(head(phone, NAME).headers["upload-offset"]) < 3000:
            pass
        rest = patch(phone, NAME, 3000, PICTURE[3000:])
        while rest.status_code in {423, 409}:
            rest = patch(phone, NAME, 3000, PICTURE[3000:])
    finally:
        may_end.set()
        thread.join()

    assert rest.status_code == 204
    assert get(phone, NAME).content == PICTURE


def test_a_server_killed_in_the_middle_of_a_piece_goes_on_from_there(
    central: Central, database_url: str, tmp_path: Path, ana: UUID, event: UUID
) -> None:
    central.a_shift(event, ana, "checked_in")
    folder = tmp_path / "store"
    large = a_jpeg(edge=900)
    name = sha256(large)
    came = Event()

    def slowly() -> Iterator[bytes]:
        yield large[:100_000]
        came.wait(20)

    photos = {"PHOTO_STORE": str(folder)}
    with (
        serving(database_url, "--workers", "2", **photos) as (process, url),
        httpx.Client(base_url=url, timeout=30) as http,
    ):
        phone = WireClient(http, central.emails[ana], "correct horse")
        report(phone, event, large)
        announce(phone, large)

        def upload() -> None:
            with pytest.raises(httpx.TransportError):
                patch(phone, name, 0, slowly())

        thread = Thread(target=upload)
        thread.start()
        (staged,) = folder.glob("staging/*/*/*")
        deadline = time.monotonic() + 20
        while staged.stat().st_size < 1 and time.monotonic() < deadline:
            pass
        kill(process)
        came.set()
        thread.join()
    with (
        serving(database_url, **photos) as (_, url),
        httpx.Client(base_url=url, timeout=30) as http,
    ):
        phone.http = http
        stands = int(head(phone, name).headers["upload-offset"])
        assert 0 <= stands <= 100_000
        assert patch(phone, name, stands, large[stands:]).status_code == 204
        assert get(phone, name).content == large


def all_there_but_not_finished(store: Path, phone: WireClient) -> None:
    """As a server leaves it that dies after the last byte, before the photo is looked at."""
    announce(phone, PICTURE)
    (staged,) = store.glob("staging/*/*/*")
    staged.write_bytes(PICTURE)


def heard_from_announcing(phone: WireClient) -> httpx.Response:
    return announce(phone, PICTURE)


def heard_from_sending(phone: WireClient) -> httpx.Response:
    return patch(phone, NAME, 0, PICTURE)


def heard_from_asking(phone: WireClient) -> httpx.Response:
    return head(phone, NAME)


@pytest.mark.parametrize("hear", [heard_from_announcing, heard_from_sending, heard_from_asking])
def test_who_hears_that_all_of_it_is_there_can_rely_on_it(
    central: Central,
    phone: WireClient,
    store: Path,
    event: UUID,
    hear: Callable[[WireClient], httpx.Response],
) -> None:
    """A phone that hears so takes the photo for sent, and drops it after two weeks."""
    report(phone, event, PICTURE)
    all_there_but_not_finished(store, phone)

    answer = hear(phone)

    assert answer.headers["upload-offset"] == str(len(PICTURE))
    assert state_of(central, NAME) == "stored"
    assert get(phone, NAME).content == PICTURE


@pytest.mark.skipif(shutil.which("strace") is None, reason="no strace on PATH")
def test_a_full_disk_is_said_and_the_upload_goes_on_once_there_is_room(
    central: Central, database_url: str, tmp_path: Path, ana: UUID, event: UUID
) -> None:
    central.a_shift(event, ana, "checked_in")
    folder = tmp_path / "store"
    with (
        serving(database_url, PHOTO_STORE=str(folder)) as (process, url),
        httpx.Client(base_url=url, timeout=30) as http,
    ):
        phone = WireClient(http, central.emails[ana], "correct horse")
        report(phone, event, PICTURE)
        announce(phone, PICTURE)
        assert patch(phone, NAME, 0, PICTURE[:3000]).status_code == 204
        (staged,) = folder.glob("staging/*/*/*")
        with full_disk(process.pid, staged):
            full = patch(phone, NAME, 3000, PICTURE[3000:])
            whole = put(phone, a_jpeg(5, edge=300))
        stands = int(head(phone, NAME).headers["upload-offset"])
        rest = patch(phone, NAME, stands, PICTURE[stands:])

        assert (full.status_code, full.json()["code"]) == (507, "disk_full")
        assert "disk is full" in full.json()["title"]
        assert whole.status_code == 201, "the disk was full for the one file alone"
        assert (stands, rest.status_code) == (3000, 204)
        assert get(phone, NAME).content == PICTURE


@contextmanager
def full_disk(pid: int, file: Path) -> Iterator[None]:
    """Every write to this file fails for want of room, in a process that runs."""
    command = ["strace", "-f", "-p", str(pid), "-P", str(file), "-o", "/dev/null"]
    command += ["-e", "trace=write", "-e", "inject=write:error=ENOSPC"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        assert tracer.stderr is not None
        while "attached" not in tracer.stderr.readline():
            pass
        try:
            yield
        finally:
            tracer.terminate()
            tracer.stderr.read()


def test_an_upload_that_says_nothing_is_let_go_and_what_came_is_kept(
    phone: WireClient, event: UUID
) -> None:
    announce(phone, PICTURE)
    release = Event()

    def falls_silent() -> Iterator[bytes]:
        yield PICTURE[:2000]
        release.wait(1.5)

    answer = patch(phone, NAME, 0, falls_silent())
    release.set()

    assert answer.status_code == 408
    assert head(phone, NAME).headers["upload-offset"] == "2000"


def test_only_one_writes_to_an_upload(tmp_path: Path) -> None:
    staged = Staging(tmp_path).begin(Photo(None, NAME), 10)

    with locked(staged), pytest.raises(Busy), locked(staged):
        pass


def test_ten_thousand_leftovers_are_swept_and_what_is_fresh_stays(tmp_path: Path) -> None:
    staging = Staging(tmp_path)
    for number in range(10_000):
        staging.begin(Photo(None, f"{number:064x}"), 10)

    assert staging.sweep() == 0
    assert staging.sweep(time.time() + KEPT_S + 60) == 10_000
    assert list(tmp_path.glob("*/*")) == []
