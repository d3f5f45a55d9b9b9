"""What a picker may hand over, and what becomes of it."""

import datetime as dt
import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from field_app.store.photo_intake import LONG_EDGE, THUMB_EDGE, Unusable, take_in
from tests.support.pictures import a_jpeg

SHOT = (4032, 3024)


def saved(picture: Image.Image, kind: str = "JPEG", **more: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **more)
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def a_shot(**facts: str) -> bytes:
    """A camera's picture: 12 MP, on its side, with its time."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    for tag, value in facts.items():
        exif.get_ifd(0x8769)[int(tag[1:])] = value
    exif.get_ifd(34853)[1] = "N"
    return saved(Image.linear_gradient("L").resize(SHOT).convert("RGB"), exif=exif)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def a_png_header(width: int, height: int, *chunks: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IEND", b"")


def test_a_cameras_picture_becomes_small_upright_and_silent() -> None:
    picture = take_in(a_shot(_36867="2026:11:23 09:30:00", _36881="-05:00"))

    photo, thumb = opened(picture.jpeg), opened(picture.thumb)
    assert photo.size == (LONG_EDGE * 3 // 4, LONG_EDGE)
    assert max(thumb.size) == THUMB_EDGE
    assert (photo.format, photo.info.get("progressive")) == ("JPEG", 1)
    assert not photo.getexif()
    assert "icc_profile" not in photo.info
    assert picture.taken_at == dt.datetime(2026, 11, 23, 14, 30, tzinfo=dt.UTC)
    assert len(picture.sha256) == 64


def test_without_a_zone_the_cameras_time_is_this_devices() -> None:
    picture = take_in(a_shot(_36867="2026:11:23 09:30:00"), offset_min=60)

    assert picture.taken_at == dt.datetime(2026, 11, 23, 8, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize("said", ["", "yesterday", "0000:00:00 00:00:00"])
def test_a_time_that_cannot_be_read_is_left_out(said: str) -> None:
    assert take_in(a_shot(_36867=said)).taken_at is None


@pytest.mark.parametrize(
    "picture",
    [
        Image.new("RGBA", (40, 30), (255, 0, 0, 128)),
        Image.new("LA", (40, 30)),
        Image.new("P", (40, 30)),
        Image.new("1", (40, 30)),
        Image.new("I;16", (40, 30), 40_000),
        Image.new("L", (1, 1)),
    ],
    ids=["rgba", "grey with alpha", "palette", "bits", "16 bit", "one pixel"],
)
def test_every_kind_of_png_becomes_a_plain_jpeg(picture: Image.Image) -> None:
    photo = opened(take_in(saved(picture, "PNG")).jpeg)

    assert (photo.mode, photo.format, photo.size) == ("RGB", "JPEG", picture.size)


def test_what_is_transparent_becomes_white_and_16_bits_keep_their_grey() -> None:
    clear = opened(take_in(saved(Image.new("RGBA", (9, 9), (0, 0, 0, 0)), "PNG")).jpeg)
    grey = opened(take_in(saved(Image.new("I;16", (9, 9), 40_000), "PNG")).jpeg)

    assert clear.getpixel((4, 4)) == (255, 255, 255)
    assert grey.getpixel((4, 4)) == pytest.approx((156, 156, 156), abs=2)


def test_a_printers_jpeg_becomes_rgb() -> None:
    assert opened(take_in(saved(Image.new("CMYK", (40, 30)))).jpeg).mode == "RGB"


def test_a_motion_photo_loses_its_film() -> None:
    still = a_jpeg()

    assert take_in(still + b"ftypmp42" * 1000).jpeg == take_in(still).jpeg


def test_a_broken_exif_costs_only_the_exif() -> None:
    whole = a_shot(_36867="2026:11:23 09:30:00")
    start = whole.index(b"Exif\x00\x00") + 6
    broken = whole[:start] + b"\xff" * 8 + whole[start + 8 :]

    assert take_in(whole).taken_at is not None
    assert take_in(broken).taken_at is None


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty."),
        (b"Dear office, no picture.", "This file is no JPEG or PNG picture."),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "This file is no JPEG or PNG picture."),
        (b"GIF89a" + bytes(50), "This file is no JPEG or PNG picture."),
        (b"\x00\x00\x00\x18ftypheic" + bytes(50), "This is a HEIC picture"),
        (a_jpeg()[:-2][:-200], "This picture is damaged and cannot be read."),
        (a_jpeg()[:60], "This picture is damaged and cannot be read."),
        (b"\xff\xd8\xff" + bytes(40), "This picture is damaged and cannot be read."),
        (a_png_header(50_000, 50_000), "This picture is too large. Take a smaller one."),
        (a_png_header(12_000, 12_000), "This picture is too large. Take a smaller one."),
        (bytes(31 * 1024 * 1024), "This file is larger than 30 MB. Take a smaller picture."),
    ],
    ids=[
        "empty",
        "text",
        "eps",
        "gif",
        "heic",
        "truncated",
        "header only",
        "nonsense",
        "50000x50000",
        "12000x12000",
        "31 MB",
    ],
)
def test_what_cannot_be_used_is_said_in_words(content: bytes, sentence: str) -> None:
    with pytest.raises(Unusable, match=sentence.replace(".", r"\.")):
        take_in(content)


def test_a_text_bomb_in_a_png_does_not_fill_the_memory() -> None:
    bomb = chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(80_000_000), 9))

    with pytest.raises(Unusable):
        take_in(a_png_header(8, 8, bomb))
