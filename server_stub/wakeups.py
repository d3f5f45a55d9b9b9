"""Waking open streams: one listening connection a process, and who waits for what."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg

from server_stub.sessions import parameters
from server_stub.tokens import DEVICE_GONE

log = logging.getLogger(__name__)

CHANGED = "field_changed"
RECONNECT_S = 1.0


@dataclass(eq=False)
class Waiter:
    """One open stream. `changed` is set when its person's scope may have changed."""

    person_id: UUID
    device_id: UUID
    events: set[str] | None = None
    """Which events concern this person; None: not known, so every one may."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: bool = False

    def concerns(self, news: dict[str, Any]) -> bool:
        """Whether a commit may have touched this person's scope."""
        if news.get("all") or str(self.person_id) in news.get("people", []):
            return True
        events = news.get("events", [])
        return bool(events) and (self.events is None or not self.events.isdisjoint(events))


class WakeUps:
    """Listens to PostgreSQL and wakes waiters. A lost wake-up costs latency, never data."""

    def __init__(self, database_url: str) -> None:
        self._where = parameters(database_url)
        self._waiters: set[Waiter] = set()
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
        self._waiters.add(waiter)
        try:
            yield waiter
        finally:
            self._waiters.discard(waiter)

    @property
    def count(self) -> int:
        """How many wait in this process."""
        return len(self._waiters)

    def end_all(self) -> None:
        """Close every stream: the server is going down, devices will come back."""
        for waiter in self._waiters:
            waiter.is_over = True
            waiter.changed.set()

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
            for waiter in self._waiters:  # whatever happened while nobody listened
                waiter.changed.set()
            async for notice in connection.notifies():
                yield notice.channel, notice.payload

    def _wake(self, channel: str, payload: str) -> None:
        if channel == DEVICE_GONE:
            for waiter in self._waiters:
                if str(waiter.device_id) == payload:
                    waiter.is_over = True
                    waiter.changed.set()
            return
        news = json.loads(payload)
        for waiter in self._waiters:
            if waiter.concerns(news):
                waiter.changed.set()
