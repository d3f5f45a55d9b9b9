"""Making a picture fit to be sent: small, upright, and with nothing in it about where or who.

Whatever a picker hands over comes through here. What cannot be used is said in words. Pillow is
imported with the first picture: no start waits for it.
"""

import datetime as dt
import hashlib
import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from field_app.domain.issues import MOST_PHOTO_BYTES

if TYPE_CHECKING:
    from PIL import Image

LONG_EDGE: Final = 2000
"""12 MP is 4032 wide, and a JPEG decodes at exactly half its size only up to twice this."""
THUMB_EDGE: Final = 256
QUALITY: Final = 80
MOST_PIXELS: Final = 64_000_000

TAKEN_AT: Final = 36867
TAKEN_OFFSET: Final = 36881
EXIF_IFD: Final = 0x8769


class Unusable(Exception):
    """A file that cannot become a photo; the message is a sentence for the person."""


@dataclass(frozen=True)
class Picture:
    """A photo as it is kept and sent, and its thumbnail: both JPEG without any metadata."""

    jpeg: bytes
    thumb: bytes
    taken_at: dt.datetime | None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.jpeg).hexdigest()


def take_in(content: bytes, offset_min: int = 0) -> Picture:
    """A picked file as a photo. Raises Unusable.

    `offset_min` is this device's distance to UTC, for cameras that write down no zone.
    """
    from PIL import Image

    kind = _kind_of(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=[kind]) as picture:
                return _take_in(picture, offset_min)
    except Image.DecompressionBombError as error:
        raise Unusable("This picture is too large. Take a smaller one.") from error
    except (OSError, ValueError, SyntaxError, IndexError) as error:
        raise Unusable("This picture is damaged and cannot be read.") from error


def _kind_of(content: bytes) -> str:
    """JPEG or PNG by their first bytes; no other parser ever sees the file."""
    if not content:
        raise Unusable("This file is empty.")
    if len(content) > MOST_PHOTO_BYTES:
        raise Unusable("This file is larger than 30 MB. Take a smaller picture.")
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content[4:12] in {b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypheif", b"ftyphevc"}:
        raise Unusable(
            "This is a HEIC picture, which this app cannot read. Take the photo with the app, or "
            "choose \u201cMost compatible\u201d in the camera's settings."
        )
    raise Unusable("This file is no JPEG or PNG picture.")


def _take_in(picture: "Image.Image", offset_min: int) -> Picture:
    from PIL import ImageOps

    if picture.width * picture.height > MOST_PIXELS:
        raise Unusable("This picture is too large. Take a smaller one.")
    taken_at = _taken_at(picture, offset_min)
    scale = max(picture.width, picture.height) / LONG_EDGE
    if scale > 1:
        picture.draft("RGB", (round(picture.width / scale), round(picture.height / scale)))
    picture.load()
    plain = _plain(ImageOps.exif_transpose(picture))
    plain.thumbnail((LONG_EDGE, LONG_EDGE))
    small = plain.copy()
    small.thumbnail((THUMB_EDGE, THUMB_EDGE))
    return Picture(_jpeg(plain), _jpeg(small), taken_at)


def _plain(picture: "Image.Image") -> "Image.Image":
    """RGB on white, without the metadata that a picture drags along."""
    from PIL import Image

    if picture.mode.startswith("I"):
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    plain = picture.convert("RGB")
    plain.info = {}
    return plain


def _jpeg(picture: "Image.Image") -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY, progressive=True)
    return out.getvalue()


def _taken_at(picture: "Image.Image", offset_min: int) -> dt.datetime | None:
    """When the camera says that it was taken; None where it says nothing readable."""
    try:
        facts = picture.getexif().get_ifd(EXIF_IFD)
        said = str(facts.get(TAKEN_AT, ""))
        moment = dt.datetime.strptime(said, "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
        zone = dt.timezone(dt.timedelta(minutes=offset_min))
        if offset := str(facts.get(TAKEN_OFFSET, "")):
            zone = dt.datetime.strptime(offset, "%z").tzinfo or zone  # type: ignore[assignment]
        return moment.replace(tzinfo=zone).astimezone(dt.UTC)
    except (ValueError, KeyError, TypeError, SyntaxError, OSError, OverflowError):
        return None
