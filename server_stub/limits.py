"""Limits of one process: turns for dear work, places for syncs, and buckets: of requests for each
device, of photos for each person."""

import asyncio
import math
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from uuid import UUID

from server_stub.problems import ProblemError

CROWDED = ("too_many_requests", "The server is busy. Please try again in a moment.")
TOO_QUICK = ("too_many_requests", "This device asks too often. Please wait a moment.")
MANY_PHOTOS = (
    "too_many_requests",
    "The office takes no more photos from you today. They are kept here and sent later.",
)
COME_BACK_S = 2
A_DAY_S = 24 * 3600
MB = 1_000_000


class Turns:
    """At most `at_once` at work and `most_waiting` behind them."""

    def __init__(self, at_once: int, most_waiting: int) -> None:
        self._at_work = asyncio.Semaphore(at_once)
        self._room = at_once + most_waiting

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn; raises a 429 problem where too many wait already."""
        if self._room == 0:
            raise ProblemError(429, *CROWDED, retry_after_s=COME_BACK_S)
        self._room -= 1
        try:
            async with self._at_work:
                yield
        finally:
            self._room += 1


class Places:
    """Places at work for syncs. Who has operations may wait in theirs for somebody's lock or for a
    standby, so who only asks for news has others."""

    def __init__(self, at_once: int) -> None:
        self._writing, self._asking = asyncio.Semaphore(at_once), asyncio.Semaphore(at_once)

    def place(self, *, writes: bool) -> asyncio.Semaphore:
        return self._writing if writes else self._asking


@dataclass
class _Bucket:
    left: float
    filled_at_s: float


class Buckets:
    """A bucket of `burst` requests for each device, filling at `a_second`; or of whatever else.

    Each process has its own (docs/decisions/0010). Only the last `MOST_DEVICES` are remembered.
    `empty` is the code and the sentence of who finds too little left.
    """

    MOST_DEVICES = 50_000

    def __init__(
        self,
        a_second: float,
        burst: float,
        now_s: Callable[[], float] = monotonic,
        empty: tuple[str, str] = TOO_QUICK,
    ) -> None:
        self._a_second, self._burst, self._now_s, self._empty = a_second, burst, now_s, empty
        self._buckets: OrderedDict[UUID, _Bucket] = OrderedDict()
        self._lock = Lock()

    def take(self, device_id: UUID, amount: float = 1) -> None:
        """One request; raises a 429 problem that says when there is room for this one."""
        with self._lock:
            now_s = self._now_s()
            bucket = self._buckets.pop(device_id, None) or _Bucket(self._burst, now_s)
            self._buckets[device_id] = bucket
            if len(self._buckets) > self.MOST_DEVICES:
                self._buckets.popitem(last=False)
            filled = bucket.left + (now_s - bucket.filled_at_s) * self._a_second
            bucket.left, bucket.filled_at_s = min(filled, self._burst), now_s
            if bucket.left < amount:
                wait_s = math.ceil((amount - bucket.left) / self._a_second)
                raise ProblemError(429, *self._empty, retry_after_s=wait_s)
            bucket.left -= amount


def photo_buckets(mb_a_day: int) -> Buckets:
    """Room for the photos of each person, in bytes, that comes back within a day."""
    most = mb_a_day * MB
    return Buckets(most / A_DAY_S, most, empty=MANY_PHOTOS)
