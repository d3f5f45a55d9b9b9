"""HTTP/1.1 as far as a device needs it, by hand: ten thousand httpx clients would be the limit."""

import asyncio
import contextlib
import json
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

HEAD = (
    "{method} {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n"
    "accept-encoding: gzip\r\nconnection: {connection}\r\n"
)
TIMEOUT_S = 60
SLOW_BYTES = 64
SLOW_PAUSE_S = 0.05


class Torn(Exception):
    """A bad link broke, as was asked of it."""


@dataclass
class Traffic:
    """Bytes of all devices together, as they were on the wire."""

    sent: int = 0
    received: int = 0


@dataclass(frozen=True)
class Wire:
    """The way to one server. Streams come from an address of their own, to have enough ports."""

    host: str
    port: int
    traffic: Traffic

    async def sync(self, token: str, body: dict[str, Any], fault: str = "") -> tuple[int, Any]:
        """Status and answer of one sync request. Raises Torn, OSError, TimeoutError, EOFError."""
        content = json.dumps(body, separators=(",", ":")).encode()
        head = self._head("POST", "/v1/sync", token, "close")
        head += f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
        async with asyncio.timeout(TIMEOUT_S), self._open("127.0.0.1") as (reader, writer):
            writer.write(head.encode() + content)
            self.traffic.sent += len(head) + len(content)
            if fault == "no answer":
                await writer.drain()
                raise Torn
            status, headers = await self._headers(reader)
            size = int(headers["content-length"])
            if fault == "torn":
                await reader.readexactly(size // 2)
                raise Torn
            answer = await (_slowly if fault == "slow" else _at_once)(reader, size)
            self.traffic.received += size
        if headers.get("content-encoding") == "gzip":
            answer = zlib.decompress(answer, wbits=31)
        return status, json.loads(answer)

    @contextlib.asynccontextmanager
    async def stream(self, token: str) -> AsyncIterator[AsyncIterator[str]]:
        """The events of a stream by name, until it ends. Raises OSError, EOFError."""
        async with self._open("127.0.0.2") as (reader, writer):
            head = self._head("GET", "/v1/sync/stream", token, "keep-alive") + "\r\n"
            writer.write(head.encode())
            status, _ = await asyncio.wait_for(self._headers(reader), TIMEOUT_S)
            if status != 200:
                raise OSError(f"the stream was answered with {status}")
            yield self._events(reader)

    async def _events(self, reader: asyncio.StreamReader) -> AsyncIterator[str]:
        while line := await reader.readline():
            self.traffic.received += len(line)
            if line.startswith(b"event: "):
                yield line[7:].strip().decode()

    @contextlib.asynccontextmanager
    async def _open(
        self, source: str
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection(
            self.host, self.port, local_addr=(source, 0), limit=2**16
        )
        try:
            yield reader, writer
        finally:
            writer.close()

    async def _headers(self, reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
        head = await reader.readuntil(b"\r\n\r\n")
        self.traffic.received += len(head)
        first, *rest = head.decode().split("\r\n")
        pairs = (line.partition(": ") for line in rest if line)
        return int(first.split()[1]), {name.lower(): value for name, _, value in pairs}

    def _head(self, method: str, path: str, token: str, connection: str) -> str:
        return HEAD.format(
            method=method, path=path, host=self.host, token=token, connection=connection
        )


async def _at_once(reader: asyncio.StreamReader, size: int) -> bytes:
    return await reader.readexactly(size)


async def _slowly(reader: asyncio.StreamReader, size: int) -> bytes:
    parts = []
    while size:
        part = await reader.readexactly(min(size, SLOW_BYTES))
        parts.append(part)
        size -= len(part)
        await asyncio.sleep(SLOW_PAUSE_S)
    return b"".join(parts)
