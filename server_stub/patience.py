"""Ending what takes too long from outside, with one thread for everything that is waited for."""

import heapq
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Condition, Lock, Thread
from time import monotonic

log = logging.getLogger(__name__)


@dataclass
class _Wait:
    cancel: Callable[[], object]
    is_over: bool = False
    lock: Lock = field(default_factory=Lock)


class Patience:
    """Calls `cancel` of whatever is not done in time; a timer each would be a thread a commit."""

    def __init__(self) -> None:
        self._waits: list[tuple[float, int, _Wait]] = []
        self._numbers = count()
        self._has_news = Condition()
        self._thread: Thread | None = None

    @contextmanager
    def cancelling(self, cancel: Callable[[], object], after_s: float) -> Iterator[None]:
        """Once this is left, nothing is cancelled any more, nor is on its way to be."""
        wait, ends_at = _Wait(cancel), monotonic() + after_s
        with self._has_news:
            heapq.heappush(self._waits, (ends_at, next(self._numbers), wait))
            if self._waits[0][2] is wait:
                self._has_news.notify()
            if self._thread is None:
                self._thread = Thread(target=self._watch, name="patience", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with wait.lock:
                wait.is_over = True

    def _watch(self) -> None:
        while True:
            wait = self._next_late()
            with wait.lock:
                if wait.is_over:
                    continue
                try:
                    wait.cancel()
                except Exception as error:  # of one; the others have to be ended all the same
                    log.warning("could not cancel: %s", type(error).__name__)

    def _next_late(self) -> _Wait:
        """Sleeps until somebody is late. Those that are done are let go of on the way."""
        with self._has_news:
            while True:
                while self._waits and self._waits[0][2].is_over:
                    heapq.heappop(self._waits)
                left_s = self._waits[0][0] - monotonic() if self._waits else None
                if left_s is not None and left_s <= 0:
                    return heapq.heappop(self._waits)[2]
                self._has_news.wait(left_s)
