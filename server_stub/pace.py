"""Not all at once: a pace that spreads what would otherwise happen in one moment."""

import asyncio
import contextlib


class Pace:
    """At most so many turns a second, in the order they were asked for. One alone never waits."""

    def __init__(self, a_second: float) -> None:
        self._between_s = 1 / a_second
        self._next_at = 0.0

    async def turn(self, over: asyncio.Event) -> None:
        """Wait for one's turn, or until it is `over`."""
        now = asyncio.get_running_loop().time()
        at = max(now, self._next_at)
        self._next_at = at + self._between_s
        if at > now:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), at - now)
