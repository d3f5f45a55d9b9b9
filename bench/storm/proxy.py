"""A bad network in front of the servers: refuses, tears, swallows, drips, doubles, parts."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Task = asyncio.Task[None]
MOST_KEPT = 1_000_000
PIECE = 65_536
DRIP = 512


@dataclass
class Weather:
    """How often a connection suffers what, each as a probability."""

    refused: float = 0.05
    request_torn: float = 0.06
    answer_torn: float = 0.1
    swallowed: float = 0.03
    dripping: float = 0.05
    doubled: float = 0.08


FAIR = Weather(0, 0, 0, 0, 0, 0)


@dataclass
class Proxy:
    """Forwards connections to whichever server `target()` names."""

    target: Callable[[], int]
    seeded: random.Random
    weather: Weather
    struck: Counter[str] = field(default_factory=Counter)
    is_parted: bool = False
    """Nothing gets through in either direction, and nobody is told."""
    _serving: set[Task] = field(default_factory=set)
    _repeating: set[Task] = field(default_factory=set)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        self._watch(asyncio.current_task(), self._serving)
        try:
            with suppress(ConnectionError, OSError):
                await self._connect(reader, writer)
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    def break_all(self) -> None:
        """End every connection, as a change of network does."""
        for writer in self._open:
            writer.transport.abort()

    async def close(self) -> None:
        self.is_parted = False
        self.break_all()
        for task in self._repeating:
            task.cancel()
        await asyncio.gather(*self._serving, *self._repeating, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._strikes("refused"):
            return
        if self._strikes("swallowed"):
            with suppress(TimeoutError):
                await asyncio.wait_for(reader.read(), self.seeded.uniform(0.2, 3))
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target())
        up = self.seeded.randrange(900) if self._strikes("request_torn") else None
        down = self.seeded.randrange(600) if self._strikes("answer_torn") else None
        drips, sent = self._strikes("dripping"), bytearray()
        answers = asyncio.create_task(self._pipe(far_reader, writer, down, drips, bytearray()))
        try:
            await self._pipe(reader, far_writer, up, drips, sent)
            await answers
        finally:
            answers.cancel()
            far_writer.transport.abort()
        if 0 < len(sent) < MOST_KEPT and self._strikes("doubled"):
            self._watch(asyncio.create_task(self._repeat(bytes(sent))), self._repeating)

    async def _pipe(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        tear_after: int | None,
        drips: bool,
        seen: bytearray,
    ) -> None:
        """Copy until the end, or until it is torn off; what a server did by then is done."""
        with suppress(ConnectionError, OSError):
            while piece := await reader.read(DRIP if drips else PIECE):
                while self.is_parted:
                    await asyncio.sleep(0.05)
                if tear_after is not None and len(seen) + len(piece) > tear_after:
                    writer.write(piece[: max(0, tear_after - len(seen))])
                    break
                if len(seen) < MOST_KEPT:
                    seen += piece
                writer.write(piece)
                await writer.drain()
                if drips:
                    await asyncio.sleep(0.01)
        with suppress(ConnectionError, OSError):
            await writer.drain()
            writer.close()

    async def _repeat(self, sent: bytes) -> None:
        """An old copy of everything that a connection said arrives, seconds late."""
        await asyncio.sleep(self.seeded.uniform(0, 4))
        with suppress(ConnectionError, OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.target())
            try:
                writer.write(sent)
                with suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(), 2)
            finally:
                writer.transport.abort()

    def _watch(self, task: Task | None, among: set[Task]) -> None:
        assert task is not None
        among.add(task)
        task.add_done_callback(among.discard)

    def _strikes(self, what: str) -> bool:
        strikes = self.seeded.random() < getattr(self.weather, what)
        self.struck[what] += strikes
        return strikes


@asynccontextmanager
async def proxying(
    target: Callable[[], int], seeded: random.Random, weather: Weather
) -> AsyncIterator[tuple[Proxy, str]]:
    """A proxy and its address."""
    proxy = Proxy(target, seeded, weather)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield proxy, f"http://127.0.0.1:{port}"
    finally:
        server.close()
        await proxy.close()
