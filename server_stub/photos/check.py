"""Looking at a picture before anybody is shown it: a JPEG that decodes, and carries no EXIF."""

import io
import warnings
from typing import Final

from PIL import Image, ImageOps

MOST_PIXELS: Final = 64_000_000
THUMB_EDGE: Final = 256
THUMB_QUALITY: Final = 75


def thumbnail_of(content: bytes) -> bytes | None:
    """A small JPEG of a picture; None for what is no picture that may be shown.

    Only JPEG is tried, whatever the bytes claim to be, and its size is looked at before it is
    unpacked.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=["JPEG"]) as picture:
                if picture.width * picture.height > MOST_PIXELS or picture.getexif():
                    return None
                picture.load()
                small = ImageOps.contain(picture.convert("RGB"), (THUMB_EDGE, THUMB_EDGE))
    except (OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError):
        return None
    out = io.BytesIO()
    small.save(out, "JPEG", quality=THUMB_QUALITY)
    return out.getvalue()
