"""Hostile photos: kept, shown to nobody, and never unpacked beyond what is needed."""

import io
import sys
import zipfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from PIL import Image

from server_stub.photos import uploads
from server_stub.photos.looking import CannotLook, thumbnail_apart
from tests.security.ground import Ground
from tests.security.kinds import PAYLOADS
from tests.support.pictures import a_bomb, a_jpeg, sha256
from tests.support.wire_client import WireClient

PLAIN = a_jpeg(71, edge=40)
HTML = b"<html><script>alert(document.domain)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


def segment(marker: int, content: bytes) -> bytes:
    """The picture with one more segment at its beginning."""
    head = bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big")
    return PLAIN[:2] + head + content + PLAIN[2:]


def saved(kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(out, kind, **options)
    return out.getvalue()


def a_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("evil.html", HTML)
    return out.getvalue()


def declaring(edge: int) -> bytes:
    """A small JPEG that says it has so many pixels on each side."""
    at = PLAIN.index(b"\xff\xc0") + 5
    return PLAIN[:at] + edge.to_bytes(2, "big") * 2 + PLAIN[at + 4 :]


def with_xss_in_exif() -> bytes:
    facts = Image.Exif()
    facts[270] = "<script>alert(1)</script>"
    return saved("JPEG", exif=facts)


FRAMES = [Image.new("P", (8, 8), color % 256) for color in range(1000)]
HOSTILE = {
    "svg": SVG,
    "html": HTML,
    "html after a jpeg's first bytes": b"\xff\xd8\xff\xe0" + HTML,
    "gif": saved("GIF"),
    "a thousand frames": saved("GIF", save_all=True, append_images=FRAMES),
    "tiff": saved("TIFF"),
    "webp": saved("WEBP"),
    "png": saved("PNG"),
    "a png of 144 megapixels": a_bomb(),
    "jpeg and zip": PLAIN + a_zip(),
    "jpeg with a page behind it": PLAIN + HTML,
    "two jpegs": PLAIN + PLAIN,
    "cut off": PLAIN[:-20],
    "a zip in a comment": segment(0xFE, a_zip()),
    "a page in a comment": segment(0xFE, HTML),
    "exif": a_jpeg(exif=True),
    "exif with a script": with_xss_in_exif(),
    "xmp with a place": segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00<exif:GPSLatitude>"),
    "a caption with a place": segment(0xED, b"Photoshop 3.0\x008BIM Chelsea"),
    "declares 4 gigapixels": declaring(65_500),
    "declares 100 megapixels": declaring(10_000),
    "declares nothing": declaring(0),
    "nothing but a start": b"\xff\xd8",
    "a segment without an end": b"\xff\xd8\xff\xdb\xff\xff",
}


@pytest.fixture
def ana(ground: Ground) -> WireClient:
    return ground.sign_in("ana")


def report(phone: WireClient, ground: Ground, event: str, *hashes: str) -> None:
    photos = [{"sha256": each, "bytes": 5} for each in hashes]
    named = {"event_instance_id": str(ground.rows[event]["event_instances"]), "photos": photos}
    envelope = phone.envelope("issue.report", uuid4(), PAYLOADS["issue.report"] | named)
    assert phone.perform(envelope)[0]["status"] == "applied"


def put(phone: WireClient, content: bytes, **headers: str) -> httpx.Response:
    path = f"/v1/photos/{sha256(content)}"
    return phone.http.put(path, content=content, headers=phone.headers | headers)


def get(phone: WireClient, name: str, size: str = "full") -> httpx.Response:
    return phone.http.get(f"/v1/photos/{name}?size={size}", headers=phone.headers)


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_plain_picture_is_kept_and_shown_to_nobody(
    ground: Ground, ana: WireClient, content: bytes
) -> None:
    name = sha256(content)
    report(ana, ground, "hers", name)

    sent = put(ana, content, **{"content-type": "image/jpeg"})

    state = "SELECT state FROM issue_photos WHERE sha256 = %s LIMIT 1"
    assert sent.status_code == 201
    assert ground.central.value(state, name) == "bad"
    for who in ("ana", "dana", "priya"):
        phone = ground.sign_in(who)
        assert {get(phone, name, size).status_code for size in ("full", "thumb")} == {404}


def test_what_is_served_can_do_nothing_in_a_browser(ground: Ground, ana: WireClient) -> None:
    for size in ("full", "thumb"):
        headers = get(ana, ground.photos["hers"], size).headers

        assert headers["content-type"] == "image/jpeg"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-disposition"].startswith("attachment")
        assert headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert "private" in headers["cache-control"]


@pytest.mark.parametrize("who", ["rita", "rex", "olga"])
def test_nobody_learns_whether_another_organization_has_a_picture(ground: Ground, who: str) -> None:
    """Neither by asking where an upload stands, nor by naming it in a report, nor by sending it."""
    phone = ground.sign_in(who)
    theirs, nobodys = ground.photos["hers"], "d" * 64
    if who == "rita":
        report(phone, ground, "theirs", theirs, nobodys)

    def asked(name: str) -> list[tuple[int, str | None]]:
        answers = [
            phone.http.head(f"/v1/photos/{name}", headers=phone.headers),
            get(phone, name) if who == "rita" else get(phone, "c" * 64),
            phone.http.put(f"/v1/photos/{name}", content=b"guess", headers=phone.headers),
        ]
        return [(answer.status_code, answer.headers.get("upload-offset")) for answer in answers]

    assert asked(theirs) == asked(nobodys)
    states = "SELECT DISTINCT p.state FROM issue_photos p JOIN event_issues i ON i.id = p.issue_id \
        WHERE i.event_instance_id = %s AND p.sha256 = %s"
    if who == "rita":
        event = ground.rows["theirs"]["event_instances"]
        found = [ground.central.value(states, event, name) for name in (theirs, nobodys)]
        assert found[0] == found[1] != "stored"


@pytest.mark.parametrize(
    ("length", "statuses"),
    [
        ("31457281", {413}),
        (str(2**32), {413}),
        (str(10**30), {413}),
        ("9" * 5000, {413, 422}),
        ("-1", {400}),
        ("0", {400}),
        ("1e3", {422}),
        ("NaN", {422}),
    ],
)
def test_a_length_that_cannot_be_is_refused_before_anything_is_kept(
    ana: WireClient, length: str, statuses: set[int]
) -> None:
    named = "sha256 " + "ZGRk" * 21 + "ZA=="
    headers = {"upload-length": length, "upload-metadata": named}

    answer = ana.http.post("/v1/photos", headers=ana.headers | headers)

    assert answer.status_code in statuses, answer.text


@pytest.mark.parametrize("offset", ["-1", "1", "99999999999999999999999", "x"])
def test_an_offset_that_cannot_be_writes_nothing(ana: WireClient, offset: str) -> None:
    picture = a_jpeg(hash(offset) % 10_000, edge=16)
    piece = {"upload-offset": offset, "content-type": "application/offset+octet-stream"}
    begun = ana.http.put(f"/v1/photos/{sha256(picture)}", content=b"", headers=ana.headers)

    answer = ana.http.patch(
        f"/v1/photos/{sha256(picture)}", content=picture, headers=ana.headers | piece
    )

    assert begun.status_code == 400
    assert answer.status_code in {404, 409, 422}


def a_large(**options: Any) -> bytes:
    """As many pixels as there may be: 192 MB, if they were unpacked whole."""
    out = io.BytesIO()
    Image.new("RGB", (8000, 8000), "red").save(out, "JPEG", quality=40, **options)
    return out.getvalue()


def of_many_scans(scans: int) -> bytes:
    """A small file whose every scan costs as much as unpacking a megapixel."""
    out = io.BytesIO()
    Image.new("L", (1000, 1000)).save(out, "JPEG", progressive=True)
    content = out.getvalue()
    last = content.rindex(b"\xff\xda")
    return content[:last] + content[last:-2] * scans + content[-2:]


def test_a_picture_of_one_line_more_than_there_may_be_is_no_picture() -> None:
    """It is whole, and Pillow itself would open it."""
    out = io.BytesIO()
    Image.new("L", (8000, 8001)).save(out, "JPEG", quality=40)

    assert thumbnail_apart(out.getvalue()) is None


MIB = 2**20


@pytest.mark.skipif(sys.platform != "linux", reason="only there memory is limited")
def test_the_largest_picture_there_may_be_is_looked_at_in_little_memory() -> None:
    assert thumbnail_apart(a_large(), most_memory=160 * MIB)


@pytest.mark.skipif(sys.platform != "linux", reason="only there memory is limited")
def test_a_picture_that_needs_more_memory_than_there_is_for_one_is_no_picture() -> None:
    progressive = a_large(progressive=True)

    assert thumbnail_apart(progressive)
    assert thumbnail_apart(progressive, most_memory=160 * MIB) is None


def test_a_picture_that_takes_for_ever_is_given_up() -> None:
    assert thumbnail_apart(of_many_scans(10), most_cpu_s=1)
    assert thumbnail_apart(of_many_scans(10_000), most_cpu_s=1) is None


def test_what_is_no_picture_is_not_looked_at_whenever_somebody_asks(
    ground: Ground, ana: WireClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[bytes] = []

    def look(content: bytes) -> None:
        looked.append(content)

    monkeypatch.setattr(uploads, "thumbnail_apart", look)
    slow = of_many_scans(2)
    report(ana, ground, "hers", sha256(slow))

    sent = [put(ana, slow).status_code for _ in range(3)]

    assert (sent, looked) == ([201, 200, 200], [slow])


def test_what_kept_us_from_looking_says_nothing_about_the_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for nobody in ("/nowhere/python", "/bin/false"):
        monkeypatch.setattr(sys, "executable", nobody)

        with pytest.raises(CannotLook):
            thumbnail_apart(PLAIN)


def test_who_looks_at_pictures_knows_no_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whoever takes over the decoder finds neither database nor bucket in its environment."""
    told = tmp_path / "told"
    spy = tmp_path / "spy"
    spy.write_text(f"#!/bin/sh\nenv > {told}\n")
    spy.chmod(0o700)
    monkeypatch.setenv("DATABASE_URL", "postgresql://canary-4711")
    monkeypatch.setattr(sys, "executable", str(spy))

    thumbnail_apart(PLAIN)

    assert "PYTHONPATH" in told.read_text()
    assert "4711" not in told.read_text()
