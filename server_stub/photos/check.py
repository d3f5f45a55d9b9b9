"""Looking at a picture before anybody is shown it: one JPEG that decodes, and nothing besides."""

import io
import re
import warnings
from typing import Final

from PIL import Image, ImageOps

MOST_PIXELS: Final = 64_000_000
THUMB_EDGE: Final = 256
THUMB_QUALITY: Final = 75

# Markers of segments that are part of a picture: JFIF, colour profile, Adobe's, tables, frames.
# EXIF, XMP and captions say where it was taken, and comments may hold anything at all.
PICTURE: Final = frozenset({0xE0, 0xE2, 0xEE, 0xDA, 0xDB, 0xDD, *range(0xC0, 0xD0)})
START_OF_SCAN: Final = 0xDA
END: Final = 0xD9
AFTER_SCAN: Final = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")


def thumbnail_of(content: bytes) -> bytes | None:
    """A small JPEG of a picture; None for what is no picture that may be shown.

    Only JPEG is tried, whatever the bytes claim to be; its size is looked at before it is
    unpacked, and it is unpacked no larger than is needed.
    """
    if not is_bare(content):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=["JPEG"]) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    return None
                picture.draft("RGB", (2 * THUMB_EDGE, 2 * THUMB_EDGE))
                small = ImageOps.contain(picture.convert("RGB"), (THUMB_EDGE, THUMB_EDGE))
    except (OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError):
        return None
    out = io.BytesIO()
    small.save(out, "JPEG", quality=THUMB_QUALITY)
    return out.getvalue()


def is_bare(content: bytes) -> bool:
    """Whether this is one JPEG, with nothing in it but the picture and nothing after its end."""
    at = 2 if content.startswith(b"\xff\xd8") else len(content)
    while content[at : at + 1] == b"\xff" and at + 2 <= len(content):
        marker = content[at + 1]
        if marker == END:
            return at + 2 == len(content)
        if marker not in PICTURE:
            return False
        at += 2 + int.from_bytes(content[at + 2 : at + 4])
        if marker == START_OF_SCAN:
            found = AFTER_SCAN.search(content, at)
            at = found.start() if found else len(content)
    return False
