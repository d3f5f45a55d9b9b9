"""What photos cost: taking one in on a device, and sending one over a link that is cut.

`uv run python -m bench.photos`
"""

import asyncio
import io
import resource
import statistics
import tempfile
import time
from pathlib import Path

import psycopg
from PIL import Image

from field_app.store.photo_intake import take_in
from field_app.sync.errors import SyncError
from tests.support.central import Central
from tests.support.pictures import a_jpeg
from tests.support.postgres import fresh_database, make_template, quick_postgres
from tests.support.proxy import cutting
from tests.support.sync_server import serving
from tests.walk.phones import Phone
from tests.walk.test_photos import at_work, report

SHOT = (4032, 3024)
ROUNDS = 9
CUT_AFTER = 100_000
EDGES = (700, 1900)


def main() -> None:
    measure_intake()
    with quick_postgres() as server, tempfile.TemporaryDirectory() as folder:
        template = make_template(server)
        for edge in EDGES:
            with fresh_database(server, template) as url:
                place = Path(folder) / str(edge)
                place.mkdir()
                asyncio.run(measure_upload(url, place, edge))


def measure_intake() -> None:
    """A 12 MP picture with the grain of a real one."""
    grain = Image.effect_noise((1008, 756), 40).resize(SHOT).convert("RGB")
    out = io.BytesIO()
    grain.save(out, "JPEG", quality=92)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    took = []
    for _ in range(ROUNDS):
        began = time.process_time()
        picture = take_in(out.getvalue())
        took.append((time.process_time() - began) * 1000)
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(
        f"intake of 12 MP: {statistics.median(took):.0f} ms CPU (least {min(took):.0f}), "
        f"{more:.0f} MB more memory, {len(picture.jpeg) / 1000:.0f} KB kept"
    )


async def measure_upload(database_url: str, folder: Path, edge: int) -> None:
    with (
        psycopg.connect(database_url, autocommit=True) as db,
        serving(database_url, photo_store=str(folder / "kept")) as direct,
    ):
        async with (
            cutting(direct, CUT_AFTER) as (proxy, url),
            at_work(Central(db), folder / "phone", direct) as (phone, event),
        ):
            (photo,) = report(phone, event, a_jpeg(1, edge, quality=95))
            await phone.sync()
            async with Phone(folder / "phone", url) as cut:
                cut.signed = phone.signed
                tries = await _send(cut)
            print(
                f"{photo.bytes / 1000:.0f} KB over a link cut every {CUT_AFTER // 1000} KB: "
                f"{proxy.sent / photo.bytes:.2f} times its bytes, {tries} tries"
            )


async def _send(phone: Phone) -> int:
    for tries in range(1, 500):
        try:
            await phone.uploads.send_all()
        except SyncError:
            continue
        return tries
    raise RuntimeError("the photo never arrived")


if __name__ == "__main__":
    main()
