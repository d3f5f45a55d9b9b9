"""Taking a photo in: at once, or in pieces that survive a broken connection on either side."""

import asyncio
import errno
import logging
import math
import time
from collections.abc import AsyncIterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool

from field_app.domain.issue import PhotoState
from server_stub.limits import Buckets
from server_stub.photos import records
from server_stub.photos.looking import thumbnail_apart
from server_stub.photos.retention import delete_unneeded
from server_stub.photos.staging import Busy, Staged, Staging, locked, sha256_of, write_all
from server_stub.photos.store import Photo, PhotoStore
from server_stub.problems import ProblemError

log = logging.getLogger(__name__)

IDLE_S = 30
"""How long a body may say nothing before the connection is taken for dead."""
LEAST_COUNTED = 64 * 1024
"""What an upload takes of its sender's room at least: a file and a folder are never for nothing."""
LOOKED_AT_ONCE = 2
"""How many pictures a server unpacks at once: a large one takes much memory meanwhile."""
RETAIN_EVERY_S = 3600
KEPT_DAYS = 730


class Superseded(Exception):
    """The device has given up on this request and asks where it stands."""


@dataclass
class Photos:
    """The server's photos: what is there, what is coming, and who is writing right now."""

    engine: Engine
    store: PhotoStore
    staging: Staging
    base_url: str = ""
    idle_s: float = IDLE_S
    kept_days: int = KEPT_DAYS
    room: Buckets = field(kw_only=True)
    _looking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LOOKED_AT_ONCE))
    _retained_at: float = -math.inf
    _writing: dict[Path, asyncio.Event] = field(default_factory=dict)

    def sweep(self) -> None:
        """Drop uploads that did not go on and, from time to time, photos nobody needs."""
        if dropped := self.staging.sweep():
            log.info("dropped %d uploads that did not go on", dropped)
        if time.monotonic() - self._retained_at > RETAIN_EVERY_S:
            self._retained_at = time.monotonic()
            delete_unneeded(self.engine, self.store, self.base_url, self.kept_days)

    async def begin(self, photo: Photo, length: int, sender: UUID) -> int:
        """Announce a photo; returns how many bytes are there already, all where it is known."""
        if await self._stored_size(photo) is not None:
            return length
        return await self._progress(photo, await self._stage(photo, length, sender))

    async def offset(self, photo: Photo) -> tuple[int, int] | None:
        """How far an upload is, and its length; an older request that still writes is ended."""
        if (size := await self._stored_size(photo)) is not None:
            return size, size
        staged = await run_in_threadpool(self.staging.find, photo)
        if staged is None:
            return None
        if (writing := self._writing.get(staged.path)) is not None:
            writing.set()
        return await self._progress(photo, staged), staged.length

    async def append(self, photo: Photo, at: int, body: AsyncIterator[bytes]) -> int:
        """Write a piece at its place; returns the new offset. Raises a problem."""
        staged = await run_in_threadpool(self.staging.find, photo)
        if staged is None:
            if (size := await self._stored_size(photo)) is not None:
                return size
            raise ProblemError(404)
        try:
            with locked(staged) as file, self._told_when_superseded(staged) as superseded:
                if (stands := file.tell()) != at:
                    if stands == staged.length:
                        await self._finish(photo, staged)
                    raise _stands_at(stands)
                offset = await self._write(file, staged.length, body, superseded)
                if offset == staged.length:
                    await self._finish(photo, staged)
        except Busy as error:
            raise ProblemError(423, retry_after_s=1) from error
        except FileNotFoundError as error:  # somebody else's request has finished it
            raise ProblemError(423, retry_after_s=1) from error
        except Superseded as error:
            raise _stands_at(await run_in_threadpool(lambda: staged.offset)) from error
        return offset

    async def put(
        self, photo: Photo, length: int, body: AsyncIterator[bytes], sender: UUID
    ) -> bool:
        """Take a whole photo in; whether it is new. What an earlier try left is dropped."""
        if await self._stored_size(photo) is not None:
            return False
        staged = await self._stage(photo, length, sender)
        await run_in_threadpool(_empty, staged)
        await self.append(photo, 0, body)
        return True

    async def _stage(self, photo: Photo, length: int, sender: UUID) -> Staged:
        """The upload; a new one takes of its sender's room. Raises a 429 problem where none is."""
        found = await run_in_threadpool(self.staging.find, photo)
        if found is None or found.length != length:
            self.room.take(sender, max(length, LEAST_COUNTED))
        return await run_in_threadpool(self.staging.begin, photo, length)

    async def _write(
        self,
        file: FileIO,
        length: int,
        body: AsyncIterator[bytes],
        superseded: asyncio.Event,
    ) -> int:
        offset = file.tell()
        async for chunk in _patiently(body, self.idle_s, superseded):
            if offset + len(chunk) > length:
                raise ProblemError(413, detail="more bytes than were announced")
            try:
                await run_in_threadpool(write_all, file, chunk)
            except OSError as error:
                if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                    raise ProblemError(507) from error
                raise
            offset += len(chunk)
        return offset

    async def _progress(self, photo: Photo, staged: Staged) -> int:
        """How far an upload is. Who hears that it is all there takes the photo for kept, so one
        that is full, because a server died over its last step, is finished first."""
        if await run_in_threadpool(lambda: staged.is_full):
            await self._finish(photo, staged)
            return staged.length
        return await run_in_threadpool(lambda: staged.offset)

    async def _finish(self, photo: Photo, staged: Staged) -> None:
        """A full upload becomes a photo: hashed, moved, looked at, and written down."""
        await run_in_threadpool(self._move, photo, staged)
        await self._look_at(photo, staged.length)

    def _move(self, photo: Photo, staged: Staged) -> None:
        try:
            if sha256_of(staged.path) != photo.sha256:
                staged.path.unlink(missing_ok=True)
                raise ProblemError(460)
            self.store.add(photo.key, staged.path)
        except FileNotFoundError:
            if self.store.size(photo.key) is None:  # else another process was faster
                raise

    async def _stored_size(self, photo: Photo) -> int | None:
        """Its bytes where it is there for good; the issues that name it are told so again."""
        size = await run_in_threadpool(self.store.size, photo.key)
        return size if size is not None and await self._look_at(photo, size) else None

    async def _look_at(self, photo: Photo, size: int) -> bool:
        """Have the picture checked and written down; False where it is gone by now."""
        state = PhotoState.STORED
        if await run_in_threadpool(self.store.size, photo.thumb_key) is None:
            state = await self._judge(photo)
        return await run_in_threadpool(
            records.mark, self.engine, self.store, self.base_url, photo, state, size
        )

    async def _judge(self, photo: Photo) -> PhotoState:
        """Looked at once, however often somebody asks for a picture that takes long."""
        if await run_in_threadpool(records.is_bad, self.engine, photo):
            return PhotoState.BAD
        async with self._looking:
            is_picture = await run_in_threadpool(self._make_small, photo)
        return PhotoState.STORED if is_picture else PhotoState.BAD

    def _make_small(self, photo: Photo) -> bool:
        small = thumbnail_apart(self.store.read(photo.key) or b"")
        if small is not None:
            self.store.add(photo.thumb_key, small)
        return small is not None

    @contextmanager
    def _told_when_superseded(self, staged: Staged) -> Any:
        event = self._writing[staged.path] = asyncio.Event()
        try:
            yield event
        finally:
            self._writing.pop(staged.path, None)


async def _patiently(
    body: AsyncIterator[bytes], idle_s: float, superseded: asyncio.Event
) -> AsyncIterator[bytes]:
    """The chunks of a body, until it is silent for too long or nobody waits for it any more."""
    ended = asyncio.ensure_future(superseded.wait())
    try:
        while True:
            chunk = asyncio.ensure_future(anext(body, None))
            done, _ = await asyncio.wait(
                {chunk, ended}, timeout=idle_s, return_when=asyncio.FIRST_COMPLETED
            )
            if chunk not in done:
                chunk.cancel()
                raise Superseded if ended in done else ProblemError(408)
            if (content := chunk.result()) is None:
                return
            yield content
    finally:
        ended.cancel()


def _stands_at(offset: int) -> ProblemError:
    return ProblemError(409, headers={"upload-offset": str(offset)})


def _empty(staged: Staged) -> None:
    with locked(staged) as file:
        file.truncate(0)
