"""Sending photos: one at a time, in pieces that grow while the network is good.

Operations never wait for this: it has a loop and a connection of its own.
"""

import asyncio
import datetime as dt
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final
from uuid import UUID

from field_app.store import photo_queue
from field_app.store.engine import CannotSave, Store
from field_app.store.photo_files import PhotoFiles
from field_app.store.settings import Setting
from field_app.store.tables import PhotoRow
from field_app.sync.client import SyncClient
from field_app.sync.cycle import Signed
from field_app.sync.errors import Offline, PhotoRefused, ServerBusy, SyncError
from field_app.sync.pauses import Nudges, Pause, pause_after

log = logging.getLogger(__name__)

KEPT_FOR: Final = dt.timedelta(days=14)
"""How long a photo stays on the phone once the office has it."""
FIRST_PIECE: Final = 64 * 1024
LARGEST_PIECE: Final = 4 * 1024 * 1024
SMALLEST_PIECE: Final = 16 * 1024
QUICK_S: Final = 2.0
HELD_FROM_BYTES: Final = 5 * 1024 * 1024
LOOK_FOR_WIFI_S: Final = 30.0
LONGEST_WAIT_S: Final = 300.0
FIRST_WAIT_S: Final = 5.0


class Uploads:
    """One device's way out for photos. `jitter` picks a wait between 0 and the longest."""

    def __init__(
        self,
        store: Store,
        files: PhotoFiles,
        client: SyncClient,
        signed: Callable[[], Signed],
        *,
        now: Callable[[], dt.datetime],
        jitter: Callable[[float], float],
        is_metered: Callable[[], Awaitable[bool]],
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._store, self._files, self._client = store, files, client
        self._signed, self._now, self._jitter = signed, now, jitter
        self._is_metered, self._on_change = is_metered, on_change
        self.is_held = False
        """Whether photos wait for Wi-Fi, because the person wants it so."""
        self.told: str | None = None
        """Why the server does not take any just now, in its words."""
        self._nudges = Nudges()
        self._piece = FIRST_PIECE
        self._got_on = False

    def nudge(self) -> None:
        self._nudges.nudge()

    def insist(self) -> None:
        """A person asked: try once now, even if the server asked to wait."""
        self._nudges.insist()

    async def run(self) -> None:
        """Send what is ready whenever there is something to do, until cancelled."""
        tries = 0
        while True:
            self._nudges.begin()
            self._got_on = False
            try:
                await self.send_all()
                tries = 0
                self._note_told(None)
                pause = Pause(LOOK_FOR_WIFI_S if self.is_held else LONGEST_WAIT_S)
            except Exception as error:
                # Whatever is wrong with a photo, operations go on.
                if not isinstance(error, (SyncError, CannotSave)):
                    log.exception("photos could not be sent")
                self._note_told(str(error) if isinstance(error, ServerBusy) else None)
                tries = 1 if self._got_on else tries + 1  # a bad link that carries something
                own_s = self._jitter(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(tries, 10)))
                pause = pause_after(error, own_s)
            await self._nudges.wait(pause)

    def _note_told(self, told: str | None) -> None:
        if told != self.told:
            self.told = told
            self._on_change()

    async def send_all(self) -> None:
        """Send everything that is ready. Raises SyncError where the network or server fails."""
        signed = self._signed()
        author = signed.person.id
        while photos := await asyncio.to_thread(
            self._store.read, lambda session: photo_queue.ready(session, author)
        ):
            await self._hold(photos)
            if self.is_held:
                return
            await self._send(signed, photos[0])
        await self._hold([])
        await asyncio.to_thread(self._free_room, author)

    async def _hold(self, photos: list[PhotoRow]) -> None:
        """Find out whether these have to wait for Wi-Fi."""
        size = sum(photo.bytes - photo.sent_bytes for photo in photos)
        is_wanted = self._store.get_setting(Setting.PHOTOS_ON_WIFI) is not None
        is_held = is_wanted and size > HELD_FROM_BYTES and await self._is_metered()
        if is_held != self.is_held:
            self.is_held = is_held
            self._on_change()

    def _free_room(self, author: UUID) -> None:
        """Drop photos that have been at the office for a while; their thumbnails stay."""
        before = self._now() - KEPT_FOR
        for sha256 in self._store.write_quietly(
            lambda session: photo_queue.forget_old(session, author, before)
        ):
            self._files.drop(sha256)

    async def _send(self, signed: Signed, photo: PhotoRow) -> None:
        content = await asyncio.to_thread(self._files.read, photo.sha256)
        if content is None:
            await self._settle(photo, photo_queue.FAILED)
            return
        try:
            async for offset in self._pieces(signed.token, photo, content):
                await self._note(photo, offset)
        except PhotoRefused:
            await self._settle(photo, photo_queue.FAILED)
        else:
            await self._settle(photo, photo_queue.SENT)

    async def _pieces(self, token: str, photo: PhotoRow, content: bytes) -> AsyncIterator[int]:
        """Where the upload stands at first and after each piece, until everything is there."""
        sha256 = photo.sha256
        offset = await self._client.announce_photo(token, sha256, len(content))
        if offset > photo.sent_bytes:  # the office has more than we knew when the link broke
            self._got_on = True
            yield offset
        while offset < len(content):
            piece = content[offset : offset + self._piece]
            began = time.monotonic()
            try:
                offset = await self._client.send_piece(token, sha256, offset, piece)
            except Offline:
                self._piece = max(SMALLEST_PIECE, self._piece // 2)
                raise
            if time.monotonic() - began < QUICK_S:
                self._piece = min(LARGEST_PIECE, self._piece * 2)
            self._got_on = True
            yield offset

    async def _note(self, photo: PhotoRow, offset: int) -> None:
        await asyncio.to_thread(
            self._store.write,
            lambda session: photo_queue.note(session, photo.author_id, photo.sha256, offset),
        )

    async def _settle(self, photo: PhotoRow, status: str) -> None:
        now = self._now()
        await asyncio.to_thread(
            self._store.write,
            lambda session: photo_queue.settle(session, photo.author_id, photo.sha256, status, now),
        )
