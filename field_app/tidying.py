"""Collecting garbage when nobody waits for the screen.

What left the screen is freed by a collection: up to 40 ms in one piece, which Python begins in the
middle of drawing what comes next. Here it begins once nothing has been drawn for a moment.
"""

import asyncio
import gc

QUIET_S = 0.5
NEW_OBJECTS = 50_000
"""So many more than were freed, and Python begins by itself: in a long sync, say."""


def spare_the_loop() -> None:
    """What was imported stays for good, so no collection has to look through it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])


class Tidying:
    """Collects after each stir, once it is quiet. Lives on the loop that draws."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stirred_at_s = 0.0
        self._is_waiting = False

    def stir(self) -> None:
        """Something is about to be drawn."""
        self._stirred_at_s = self._loop.time()
        if not self._is_waiting:
            self._is_waiting = True
            self._loop.call_later(QUIET_S, self._collect_if_quiet)

    def _collect_if_quiet(self) -> None:
        left_s = self._stirred_at_s + QUIET_S - self._loop.time()
        if left_s > 0:
            self._loop.call_later(left_s, self._collect_if_quiet)
            return
        self._is_waiting = False
        gc.collect()
