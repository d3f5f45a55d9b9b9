"""Pictures for the tests: small ones, large ones, and those that must not be shown."""

import hashlib
import io
import random

from PIL import Image

WITH_GPS = 34853


def a_jpeg(seed: int = 0, edge: int = 64, *, exif: bool = False, quality: int = 80) -> bytes:
    """A JPEG that differs from seed to seed; noise, so that it does not shrink to nothing."""
    noise = random.Random(seed).randbytes(edge * edge * 3)
    picture = Image.frombytes("RGB", (edge, edge), noise)
    out = io.BytesIO()
    if exif:
        facts = Image.Exif()
        facts[306] = "2026:11:23 09:00:00"
        facts.get_ifd(WITH_GPS)[1] = "N"
        picture.save(out, "JPEG", quality=quality, exif=facts)
    else:
        picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def a_bomb() -> bytes:
    """A PNG of a few kilobytes that unpacks to 144 megapixels."""
    out = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(out, "PNG")
    return out.getvalue()
