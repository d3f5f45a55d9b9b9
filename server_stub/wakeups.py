"""Waking open streams: one listening connection a process, and who waits for what."""

import asyncio
import contextlib
import json
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg

from server_stub.concerns import Concerns
from server_stub.pace import Pace
from server_stub.sessions import parameters
from server_stub.tokens import DEVICE_GONE

log = logging.getLogger(__name__)

CHANGED = "field_changed"
STREAM_OPENED = "field_stream_opened"
"""A device and its new stream's number: its older streams end."""
MOST_STREAMS_OF_A_PERSON = 50
"""In one process; beyond that their oldest ends."""
RECONNECT_S = 1.0
TOLD_A_SECOND = 200
"""Whoever is told syncs at once. What concerns thousands is told within a minute, in turn."""
BUSY_AT = 6
"""Syncs at work in one process. Who saved something goes before who is to be told of it; and what
happens while they wait is told together."""


@dataclass(eq=False)
class Waiter:
    """One open stream or upload. `changed` is set when its person's scope may have changed."""

    person_id: UUID
    device_id: UUID
    events: set[str] | None = None
    """Which events concern this person; None: not known, so every one may."""
    run: set[str] = field(default_factory=set)
    """Which of them they run, so that everybody's shifts concern them, too."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    number: int | None = None
    """Of streams, higher for newer ones; 0 until it is known."""

    @property
    def is_over(self) -> bool:
        return self.over.is_set()

    def end(self) -> None:
        self.over.set()
        self.changed.set()


class WakeUps:
    """Listens to PostgreSQL and wakes waiters. A lost wake-up costs latency, never data."""

    def __init__(self, database_url: str) -> None:
        self._where = parameters(database_url)
        self._waiters: set[Waiter] = set()
        self._of: defaultdict[str, dict[Waiter, None]] = defaultdict(dict)
        """Waiters by person and by device, the oldest first."""
        self.concerns = Concerns()
        self.pace = Pace(TOLD_A_SECOND, BUSY_AT)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "WakeUps":
        self._task = asyncio.create_task(self._listen_for_ever())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self.end_all()

    @contextlib.contextmanager
    def waiting(self, waiter: Waiter) -> Any:
        """Register before reading anything, or a commit in between is missed."""
        owners = (str(waiter.person_id), str(waiter.device_id))
        self._waiters.add(waiter)
        for owner in owners:
            self._of[owner][waiter] = None
        self._end_oldest(self._of[owners[0]])
        self.concerns.watch(waiter)
        try:
            yield waiter
        finally:
            self._waiters.discard(waiter)
            self.concerns.forget(waiter)
            for owner in owners:
                del self._of[owner][waiter]
                if not self._of[owner]:
                    del self._of[owner]

    def _end_oldest(self, waiters: Iterable[Waiter]) -> None:
        streams = [each for each in waiters if each.number is not None and not each.is_over]
        for each in streams[:-MOST_STREAMS_OF_A_PERSON]:
            each.end()

    @property
    def count(self) -> int:
        """How many wait in this process."""
        return len(self._waiters)

    def end_all(self) -> None:
        """Close every stream: the server is going down, devices will come back."""
        for waiter in self._waiters:
            waiter.end()

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                async for channel, payload in self._notifications():
                    self._wake(channel, payload)
            except (psycopg.Error, OSError) as error:
                log.warning("not listening to the database: %s", type(error).__name__)
            await asyncio.sleep(RECONNECT_S)

    async def _notifications(self) -> AsyncIterator[tuple[str, str]]:
        async with await psycopg.AsyncConnection.connect(
            **self._where, autocommit=True
        ) as connection:
            await connection.execute(f"LISTEN {CHANGED}")
            await connection.execute(f"LISTEN {DEVICE_GONE}")
            await connection.execute(f"LISTEN {STREAM_OPENED}")
            for waiter in self._waiters:  # whatever happened while nobody listened
                waiter.changed.set()
            async for notice in connection.notifies():
                yield notice.channel, notice.payload

    def _wake(self, channel: str, payload: str) -> None:
        if channel == DEVICE_GONE:
            for waiter in self._of.get(payload, ()):
                waiter.end()
            return
        if channel == STREAM_OPENED:
            device, number = payload.split()
            for waiter in self._of.get(device, ()):
                if waiter.number is not None and waiter.number < int(number):
                    waiter.end()
            return
        news = json.loads(payload)
        for waiter in self.concerns.touched_by(news):
            if str(waiter.device_id) != news.get("by"):
                waiter.changed.set()
