"""Pictures for the demo, drawn: what a phone might have seen behind the counter."""

import io
from functools import cache
from uuid import UUID

from PIL import Image, ImageDraw
from sqlalchemy import Engine

from field_app.domain.issue import PhotoState
from server_stub.photos import records
from server_stub.photos.check import thumbnail_of
from server_stub.photos.staging import hash_of
from server_stub.photos.store import Photo, PhotoStore

SIZE = (1200, 900)
WALL, FLOOR, DOOR, SIGN = (196, 190, 180), (122, 112, 104), (90, 74, 62), (24, 128, 72)
BOX, EDGE, TAPE = (178, 132, 84), (128, 90, 54), (222, 198, 150)
SCENES = (
    ((180, 420), (420, 380), (330, 560)),
    ((120, 500), (360, 500), (600, 480), (480, 300)),
    ((520, 540),),
)
"""Where boxes stand in each picture."""


@cache
def scene(number: int) -> bytes:
    """A blocked emergency exit, from another side each time, as a JPEG."""
    picture = Image.new("RGB", SIZE, WALL)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 640, 1200, 900), fill=FLOOR)
    left = 260 + 170 * number
    draw.rectangle((left, 150, left + 330, 660), fill=DOOR)
    draw.rectangle((left + 60, 60, left + 270, 130), fill=SIGN)
    draw.polygon(((left + 90, 95), (left + 130, 72), (left + 130, 118)), fill="white")
    for x, y in SCENES[number]:
        draw.rectangle((x, y, x + 250, y + 210), fill=BOX, outline=EDGE, width=6)
        draw.rectangle((x + 105, y, x + 145, y + 210), fill=TAPE)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()


def hashes() -> list[str]:
    return [hash_of(scene(number)) for number in range(len(SCENES))]


def store_all_but_the_last(engine: Engine, store: PhotoStore, organization_id: UUID) -> None:
    """Have the office hold every picture but the last, which is still on a phone."""
    for sha256, number in zip(hashes()[:-1], range(len(SCENES)), strict=False):
        photo, content = Photo(organization_id, sha256), scene(number)
        if store.size(photo.key) is None:
            store.add(photo.key, content)
            store.add(photo.thumb_key, thumbnail_of(content) or b"")
        records.mark(engine, store, "", photo, PhotoState.STORED, len(content))
