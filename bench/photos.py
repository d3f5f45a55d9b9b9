"""What photos cost: taking one in on a device, and sending one over a link that is cut.

`uv run python -m bench.photos`
"""

import asyncio
import base64
import contextlib
import hashlib
import io
import os
import resource
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
from PIL import Image

from bench import figures as told
from bench.figures import Figure
from field_app.store.photo_intake import take_in
from field_app.sync.errors import SyncError
from tests.support.central import Central
from tests.support.pictures import a_jpeg
from tests.support.postgres import fresh_database, make_template, quick_postgres
from tests.support.proxy import cutting
from tests.support.sync_server import serving
from tests.support.wire_client import WireClient
from tests.walk.phones import Phone
from tests.walk.test_photos import at_work, report

SHOT = (4032, 3024)
ROUNDS = 9
CUT_AFTER = 100_000
EDGES = (700, 1900)
OF_EACH = 8
STUCK_BYTES, STUCK_AT = 30 * 1024 * 1024, 10 * 1024 * 1024
OPERATIONS = 40
AT_ONCE, EACH_BYTES = 8, 2_000_000


def main() -> None:
    figures = [measure_intake()]
    with quick_postgres() as server, tempfile.TemporaryDirectory() as folder:
        template = make_template(server)
        for edge in EDGES:
            with fresh_database(server, template) as url:
                figures.append(asyncio.run(measure_upload(url, _new(folder), edge)))
        with fresh_database(server, template) as url:
            beside = measure_operations_beside_a_stuck_photo(url, _new(folder))
            figures.append(asyncio.run(beside))
        with fresh_database(server, template) as url:
            figures.append(measure_parallel_uploads(url, _new(folder)))
    told.report(figures)


def measure_intake() -> Figure:
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
    kept = f"{more:.0f} MB more memory, {len(picture.jpeg) / 1000:.0f} kB kept"
    return Figure("a photo of 12 MP made to fit", statistics.median(took), "ms CPU", more=kept)


async def measure_upload(database_url: str, folder: Path, edge: int) -> Figure:
    with (
        psycopg.connect(database_url, autocommit=True) as db,
        serving(database_url, photo_store=str(folder / "kept")) as direct,
    ):
        async with (
            cutting(direct, CUT_AFTER) as (proxy, url),
            at_work(Central(db), folder / "phone", direct) as (phone, event),
        ):
            sent, arrived, overheads = 0, 0, []
            for number in range(OF_EACH):
                (photo,) = report(phone, event, a_jpeg(number, edge, quality=95))
                await phone.sync()
                async with Phone(folder / "phone", url) as cut:
                    cut.signed = phone.signed
                    arrived += await _send(cut)
                overheads.append((proxy.sent - sent) / photo.bytes)
                sent = proxy.sent
            return Figure(
                f"{photo.bytes / 1000:.0f} kB over a link cut every {CUT_AFTER // 1000} kB",
                statistics.median(overheads),
                "x bytes",
                more=f"{arrived} of {OF_EACH} arrived",
                target="< 2",
            )


async def measure_operations_beside_a_stuck_photo(database_url: str, folder: Path) -> Figure:
    """Syncs with and without a 30 MB photo that hangs half-way, taking turns."""
    with (
        psycopg.connect(database_url, autocommit=True) as db,
        serving(database_url, photo_store=str(folder / "kept"), photo_idle_s=600) as url,
    ):
        async with at_work(Central(db), folder / "phone", url) as (phone, event):
            took: dict[bool, list[float]] = {False: [], True: []}
            for number in range(OPERATIONS):
                is_stuck = bool(number % 2)
                async with _stuck(url, phone) if is_stuck else contextlib.nullcontext():
                    report(phone, event)
                    began = time.perf_counter()
                    await phone.sync()
                    took[is_stuck].append((time.perf_counter() - began) * 1000)
    alone, beside = statistics.median(took[False]), statistics.median(took[True])
    return Figure(
        "an operation beside a stuck photo of 30 MB, against one alone",
        beside / alone,
        "times",
        more=f"{beside:.0f} ms",
    )


@contextlib.asynccontextmanager
async def _stuck(url: str, phone: Phone) -> AsyncIterator[None]:
    """An upload of which a third has come, and that says nothing more."""
    half_way, release = asyncio.Event(), asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield bytes(STUCK_AT)
        half_way.set()
        await release.wait()

    name = hashlib.sha256(phone.signed.token.encode()).hexdigest()
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        http.headers["authorization"] = f"Bearer {phone.signed.token}"
        named = base64.b64encode(name.encode()).decode()
        announced = {"upload-length": str(STUCK_BYTES), "upload-metadata": f"sha256 {named}"}
        at = (await http.post("/v1/photos", headers=announced)).headers["upload-offset"]
        piece = {"upload-offset": at, "content-type": "application/offset+octet-stream"}
        patch = asyncio.ensure_future(
            http.patch(f"/v1/photos/{name}", headers=piece, content=body())
        )
        await half_way.wait()
        staging = Path(phone.store.folder).parent / "kept" / "staging"
        while not any(f.stat().st_size >= STUCK_AT for f in staging.glob("*/*/*")):
            await asyncio.sleep(0.01)
        yield
        patch.cancel()
        release.set()
        await asyncio.gather(patch, return_exceptions=True)
        for staged in staging.glob("*/*/*"):
            staged.unlink()


def measure_parallel_uploads(database_url: str, folder: Path) -> Figure:
    """Eight phones at once, and beside it what the disk takes of the same bytes."""
    contents = [os.urandom(EACH_BYTES) for _ in range(AT_ONCE)]
    with (
        psycopg.connect(database_url, autocommit=True) as db,
        serving(database_url, photo_store=str(folder / "kept")) as url,
        httpx.Client(base_url=url, timeout=60) as http,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        central = Central(db)
        ana = central.a_person("Ana")
        phone = WireClient(http, central.emails[ana], "correct horse")

        def put(content: bytes) -> None:
            name = hashlib.sha256(content).hexdigest()
            answer = http.put(f"/v1/photos/{name}", content=content, headers=phone.headers)
            answer.raise_for_status()

        def write(content: bytes) -> None:
            with (folder / hashlib.sha256(content).hexdigest()).open("wb") as file:
                file.write(content)
                os.fsync(file.fileno())

        took, limit = _timed(pool, put, contents), _timed(pool, write, contents)
    rate, most = (AT_ONCE * EACH_BYTES / each / 1e6 for each in (took, limit))
    return Figure(
        f"{AT_ONCE} uploads of {EACH_BYTES / 1e6:.0f} MB at once", rate, "MB/s", limit=most
    )


def _timed(pool: ThreadPoolExecutor, do: Callable[[bytes], None], contents: list[bytes]) -> float:
    began = time.perf_counter()
    list(pool.map(do, contents))
    return time.perf_counter() - began


async def _send(phone: Phone) -> bool:
    """Whether the photo arrived, however often the link broke."""
    for _ in range(500):
        try:
            await phone.uploads.send_all()
        except SyncError:
            continue
        return True
    return False


def _new(folder: str) -> Path:
    return Path(tempfile.mkdtemp(dir=folder))


if __name__ == "__main__":
    main()
