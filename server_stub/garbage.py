"""Collecting garbage beside thousands of open streams, by the clock.

A full collection looks at everything that lives: 1.8 s with 10,000 open streams, in which nobody is
answered. Python begins one when enough is new, which was every 40 s there. What a stream or a sync
leaves is freed without it, so a few an hour are plenty.
"""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

EVERY_S = 600
HARDLY_EVER = 1_000_000
"""Collections of what is younger, until Python would begin a full one by itself."""


@asynccontextmanager
async def collected_by_the_clock(every_s: float = EVERY_S) -> AsyncIterator[None]:
    """Meanwhile full collections begin every so many seconds, and not when Python thinks so."""
    young, younger, by_itself = gc.get_threshold()
    gc.set_threshold(young, younger, HARDLY_EVER)
    clock = asyncio.create_task(_collect_for_ever(every_s))
    try:
        yield
    finally:
        gc.set_threshold(young, younger, by_itself)
        clock.cancel()
        with suppress(asyncio.CancelledError):
            await clock


async def _collect_for_ever(every_s: float) -> None:
    while True:
        await asyncio.sleep(every_s)
        gc.collect()
