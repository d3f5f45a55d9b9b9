"""Pauses between two tries: a nudge ends one, unless the server asked to be left alone."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from field_app.sync.errors import ServerBusy

SHORTEST_ORDERED_S: Final = 1.0
LONGEST_ORDERED_S: Final = 3600.0
"""A server that asks for more than an hour is mistaken, and nobody's work waits for that long."""


@dataclass(frozen=True)
class Pause:
    """`is_ordered` where the server asked for it (Retry-After)."""

    seconds: float
    is_ordered: bool = False


def pause_after(error: Exception | None, own_s: float) -> Pause:
    """As long as the server asked for; where it asked for nothing, as long as we would."""
    if isinstance(error, ServerBusy) and error.retry_after_s is not None:
        ordered_s = min(max(error.retry_after_s, SHORTEST_ORDERED_S), LONGEST_ORDERED_S)
        return Pause(ordered_s, is_ordered=True)
    return Pause(own_s)


class Nudges:
    """What asks for the next try of one loop: soon, or now because a person said so."""

    def __init__(self) -> None:
        self._soon, self._now = asyncio.Event(), asyncio.Event()

    def nudge(self) -> None:
        """Try soon: at once in a pause of our own, after the pause the server asked for."""
        self._soon.set()

    def insist(self) -> None:
        """Try once now, whatever the server asked for."""
        self._soon.set()
        self._now.set()

    def begin(self) -> None:
        """A try begins: it answers every nudge so far."""
        self._soon.clear()

    async def wait(self, pause: Pause) -> None:
        """Until the pause is over or ended."""
        self._now.clear()  # who insisted during a try has had that try
        wanted = self._now if pause.is_ordered else self._soon
        # Not wait_for: before Python 3.12 it can swallow a cancellation that meets a nudge.
        with suppress(TimeoutError):
            async with asyncio.timeout(pause.seconds):
                await wanted.wait()
