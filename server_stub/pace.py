"""Not all at once: a pace that spreads what would otherwise happen in one moment."""

import asyncio
import contextlib
from collections.abc import Iterator


class Pace:
    """At most so many turns a second, and none while `busy_at` others are at work.

    One alone never waits where nobody is at work. Whose turn comes in a busy moment asks again
    behind the others.
    """

    def __init__(self, a_second: float, busy_at: int) -> None:
        self._between_s = 1 / a_second
        self._busy_at = busy_at
        self._at_work = 0
        self._next_at = 0.0

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        self._at_work += 1
        try:
            yield
        finally:
            self._at_work -= 1

    async def turn(self, over: asyncio.Event) -> None:
        """Wait for one's turn, or until it is `over`."""
        while not over.is_set():
            await self._slot(over)
            if self._at_work < self._busy_at:
                return

    async def _slot(self, over: asyncio.Event) -> None:
        now = asyncio.get_running_loop().time()
        at = max(now, self._next_at)
        self._next_at = at + self._between_s
        if at > now:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), at - now)
