"""A bad network as a proxy: every connection is cut once so many bytes went up."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PIECE = 8192


@dataclass
class CuttingProxy:
    """Forwards to a server. `sent` counts the bytes that went up, over all connections."""

    target: str
    cut_after: int
    sent: int = 0
    cuts: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, down: asyncio.StreamReader, up: asyncio.StreamWriter) -> None:
        where = urlsplit(self.target)
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        self._open |= {up, writer}
        answers = asyncio.ensure_future(_copy(reader, up))
        try:
            await self._forward(down, writer)
        finally:
            answers.cancel()
            for each in (up, writer):
                self._open.discard(each)
                each.close()
                with suppress(ConnectionError):
                    await each.wait_closed()

    async def _forward(self, down: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = self.cut_after
        with suppress(ConnectionError):
            while chunk := await down.read(min(PIECE, left)):
                writer.write(chunk)
                await writer.drain()
                self.sent += len(chunk)
                left -= len(chunk)
                if left == 0:
                    self.cuts += 1
                    return

    def close(self) -> None:
        for writer in self._open:
            writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while chunk := await reader.read(PIECE):
            writer.write(chunk)
            await writer.drain()


@asynccontextmanager
async def cutting(target: str, cut_after: int) -> AsyncIterator[tuple[CuttingProxy, str]]:
    """A proxy in front of a server, and its address."""
    proxy = CuttingProxy(target, cut_after)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield proxy, f"http://127.0.0.1:{port}"
    finally:
        server.close()
        proxy.close()
        await asyncio.sleep(0)


@contextmanager
def cutting_beside(target: str, cut_after: int) -> Iterator[tuple[CuttingProxy, str]]:
    """The same on a loop of its own, for tests that have none."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=_run_until_stopped, args=[loop])
    thread.start()
    inner = cutting(target, cut_after)
    try:
        yield asyncio.run_coroutine_threadsafe(inner.__aenter__(), loop).result(10)
    finally:
        asyncio.run_coroutine_threadsafe(inner.__aexit__(None, None, None), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def _run_until_stopped(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_forever()
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    loop.run_until_complete(_ended(left))
    loop.close()


async def _ended(tasks: set[asyncio.Task[object]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)
