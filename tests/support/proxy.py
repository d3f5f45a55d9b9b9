"""A bad network as a proxy: every connection is cut once so many bytes went up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
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
