"""A server that asks to be left alone is: by the cycles, by the stream and by the photos."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from field_app.store import photo_intake
from field_app.store.photo_files import PhotoFiles
from field_app.store.status import SyncPhase, SyncStatus
from field_app.store.tables import PhotoRow
from field_app.sync.client import SyncClient
from field_app.sync.errors import Offline, ServerBusy
from field_app.sync.loop import EVERY_S, SyncLoop
from field_app.sync.pauses import LONGEST_ORDERED_S, SHORTEST_ORDERED_S, Pause, pause_after
from field_app.sync.uploads import Uploads
from tests.support.field import ANA, NOON, a_store
from tests.support.pictures import a_jpeg
from tests.support.quick_time import run_quickly
from tests.sync.test_cycle import SIGNED

ASKED_S = 90
BUSY = httpx.Response(429, headers={"retry-after": str(ASKED_S)})
Lane = SyncLoop | Uploads


class Server:
    """Answers everything with 429 and remembers when it was asked for what."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, float]] = []
        self.after_first: Callable[[], object] = lambda: None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if not self.asked:
            self.after_first()
        self.asked.append((request.url.path, asyncio.get_running_loop().time()))
        return BUSY

    def times_of(self, path: str) -> list[float]:
        return [at for asked, at in self.asked if asked == path]


def loop_over(server: Server) -> SyncLoop:
    """Its cycle and its stream are one request each."""
    client = SyncClient("http://server", httpx.MockTransport(server))

    async def cycle() -> None:
        await client.photo("token", "a-cycle", thumb=True)

    @asynccontextmanager
    async def stream() -> AsyncIterator[AsyncIterator[str]]:
        async with client.stream("token") as events:
            yield events

    return SyncLoop(
        cycle,
        stream,
        now=lambda: NOON,
        jitter=lambda longest: longest,
        on_status=lambda _: None,
        status=SyncStatus(SyncPhase.IDLE, NOON),
    )


CYCLE, STREAM, PHOTOS = "/v1/photos/a-cycle", "/v1/sync/stream", "/v1/photos"


def uploads_over(server: Server, folder: Path) -> Uploads:
    """One photo waits to be sent."""
    store, files = a_store(folder), PhotoFiles(folder / "photos")
    picture = photo_intake.take_in(a_jpeg(), 0)
    files.save(picture)
    row = PhotoRow(
        author_id=ANA.id,
        sha256=picture.sha256,
        record_id=uuid4(),
        operation_id=uuid4(),
        bytes=len(picture.jpeg),
    )
    store.write(lambda session: session.add(row))

    async def is_metered() -> bool:
        return False

    return Uploads(
        store,
        files,
        SyncClient("http://server", httpx.MockTransport(server)),
        lambda: SIGNED,
        now=lambda: NOON,
        jitter=lambda longest: longest,
        is_metered=is_metered,
    )


async def for_a_while(lane: Lane, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await lane.run()


def after(seconds: float, act: Callable[[], None]) -> Callable[[], object]:
    return lambda: asyncio.get_running_loop().call_later(seconds, act)


def test_a_nudge_during_an_ordered_pause_is_acted_on_when_the_pause_ends() -> None:
    server = Server()

    async def story() -> None:
        loop = loop_over(server)
        server.after_first = after(10, loop.nudge)
        await for_a_while(loop, 100)

    run_quickly(story())

    assert server.times_of(CYCLE) == [0, ASKED_S]


def test_who_insists_is_tried_for_once_and_the_pause_begins_anew() -> None:
    server = Server()

    async def story() -> None:
        loop = loop_over(server)
        server.after_first = after(10, loop.insist)
        await for_a_while(loop, 150)

    run_quickly(story())

    assert server.times_of(CYCLE) == [0, 10, 10 + ASKED_S]


def test_the_stream_is_opened_again_when_the_server_said_so() -> None:
    server = Server()

    async def story() -> None:
        await for_a_while(loop_over(server), 200)

    run_quickly(story())

    assert server.times_of(STREAM) == [0, ASKED_S, 2 * ASKED_S]


@pytest.mark.parametrize(("act", "second"), [("nudge", ASKED_S), ("insist", 10)])
def test_photos_wait_as_long_as_the_server_asked_unless_somebody_insists(
    tmp_path: Path, act: str, second: float
) -> None:
    server = Server()

    async def story() -> None:
        uploads = uploads_over(server, tmp_path)
        server.after_first = after(10, getattr(uploads, act))
        await for_a_while(uploads, 95)

    run_quickly(story())

    assert server.times_of(PHOTOS) == [0, second]


def test_what_the_server_says_of_photos_is_known_until_it_says_nothing(tmp_path: Path) -> None:
    uploads = uploads_over(Server(), tmp_path)

    async def story() -> None:
        await for_a_while(uploads, 10)
        assert uploads.told == "Too many tries. Please wait a moment."
        PhotoFiles(tmp_path / "photos").forget(set())  # nothing is left to send
        await for_a_while(uploads, 10)
        assert uploads.told is None

    run_quickly(story())


def test_a_nudge_ends_a_pause_of_our_own() -> None:
    times: list[float] = []

    async def story() -> None:
        loop = loop_over(Server())

        async def cycle() -> None:
            running = asyncio.get_running_loop()
            if not times:
                running.call_later(10, loop.nudge)
            times.append(running.time())

        loop._cycle = cycle
        await for_a_while(loop, EVERY_S)

    run_quickly(story())

    assert times == [0, 10]


@pytest.mark.parametrize(
    ("asked_s", "pause_s"),
    [(0, SHORTEST_ORDERED_S), (-5, SHORTEST_ORDERED_S), (7, 7), (10**9, LONGEST_ORDERED_S)],
)
def test_what_a_server_asks_for_is_honoured_within_reason(asked_s: float, pause_s: float) -> None:
    assert pause_after(ServerBusy("busy", asked_s), 20) == Pause(pause_s, is_ordered=True)


def test_trouble_without_a_wish_of_the_servers_leaves_the_pause_to_us() -> None:
    assert pause_after(ServerBusy("busy"), 20) == Pause(20)
    assert pause_after(Offline("away"), 20) == Pause(20)


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "²"}, None),
        ({"retry-after": "soon", "date": "Thu, 19 Nov 2026 12:00:00 GMT"}, None),
        ({"retry-after": "Thu, 19 Nov 2026 12:01:30 GMT"}, None),
        (
            {
                "retry-after": "Thu, 19 Nov 2026 12:01:30 GMT",
                "date": "Thu, 19 Nov 2026 12:00:00 GMT",
            },
            ASKED_S,
        ),
    ],
)
async def test_retry_after_is_read_as_seconds_or_as_a_time(
    headers: dict[str, str], wait_s: float | None
) -> None:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    transport = httpx.MockTransport(lambda _: httpx.Response(503, headers=raw))

    with pytest.raises(ServerBusy) as raised:
        await SyncClient("http://server", transport).sign_out("token")

    assert raised.value.retry_after_s == wait_s
