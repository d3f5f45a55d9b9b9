"""When to run a cycle: at a nudge, at the server's word, every minute, and backing off on trouble.

One owner and no state of its own: each turn asks the store what is unsettled.
"""

import asyncio
import contextlib
import datetime as dt
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

from field_app.store.engine import CannotSave
from field_app.store.status import SyncPhase, SyncStatus
from field_app.sync.errors import (
    NotAllowed,
    ProtocolBroken,
    Retryable,
    SignedOut,
    Stopped,
    SyncError,
    UpgradeRequired,
)
from field_app.sync.pauses import Nudges, Pause, pause_after

log = logging.getLogger(__name__)

EVERY_S = 60.0
FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 300.0
LONGEST_LISTENING_PAUSE_S = 60.0

Cycle = Callable[[], Awaitable[None]]
Stream = Callable[[], contextlib.AbstractAsyncContextManager[AsyncIterator[str]]]

_PHASES: dict[type[SyncError], SyncPhase] = {
    SignedOut: SyncPhase.SIGNED_OUT,
    NotAllowed: SyncPhase.SIGNED_OUT,
    UpgradeRequired: SyncPhase.UPGRADE_REQUIRED,
    ProtocolBroken: SyncPhase.BROKEN,
}


class SyncLoop:
    """Runs cycles, never two at once. `jitter` picks a pause between 0 and its argument."""

    def __init__(
        self,
        cycle: Cycle,
        stream: Stream,
        *,
        now: Callable[[], dt.datetime],
        jitter: Callable[[float], float],
        on_status: Callable[[SyncStatus], None],
        status: SyncStatus,
    ) -> None:
        self._cycle = cycle
        self._stream = stream
        self._now = now
        self._jitter = jitter
        self._on_status = on_status
        self._nudges = Nudges()
        self._failures = 0
        self.status = status

    def nudge(self) -> None:
        """Sync soon. Safe to call as often as one likes, from the loop's own thread."""
        self._nudges.nudge()

    def insist(self) -> None:
        """Sync now: a person asked for it, so it is tried once even if the server asked to wait."""
        self._nudges.insist()

    async def run(self) -> None:
        """Cycle for ever; cancel to stop."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_cycling())
            tasks.create_task(self._keep_listening())

    async def _keep_cycling(self) -> None:
        while True:
            self._nudges.begin()
            await self._nudges.wait(await self._turn())

    async def _turn(self) -> Pause:
        """One cycle; returns the pause before the next."""
        if self.status.phase is SyncPhase.IDLE:  # trouble stays on the screen until it is over
            self._tell(SyncPhase.SYNCING)
        try:
            await self._cycle()
        except Retryable as error:
            self._failures += 1
            self._tell(SyncPhase.OFFLINE, str(error))
            return pause_after(error, self._own_pause_s(self._failures, LONGEST_PAUSE_S))
        except Stopped as error:
            self._tell(_PHASES[type(error)], str(error))
            return Pause(LONGEST_PAUSE_S)
        except CannotSave as error:
            self._tell(SyncPhase.BROKEN, str(error))
            return Pause(LONGEST_PAUSE_S)
        except Exception:
            log.exception("a sync cycle failed")
            self._tell(
                SyncPhase.BROKEN, "Something went wrong while syncing. The app keeps trying."
            )
            return Pause(EVERY_S)
        self._failures = 0
        self._tell(SyncPhase.IDLE)
        return Pause(EVERY_S)

    def _own_pause_s(self, failures: int, longest_s: float) -> float:
        """From 2 s up with full jitter."""
        grown_s = FIRST_PAUSE_S * 2 ** min(failures, 10)
        return FIRST_PAUSE_S / 2 + self._jitter(min(grown_s, longest_s))

    async def _keep_listening(self) -> None:
        """Nudge at every word of the server's stream; a broken stream only costs latency."""
        failures = 0
        while True:
            ended: SyncError | None = None
            try:
                async with self._stream() as events:
                    failures = 0
                    self.nudge()  # whatever happened while nobody listened
                    async for _ in events:
                        self.nudge()
            except SyncError as error:
                log.debug("stream ended: %s", error)
                ended = error
            except Exception:
                log.exception("the stream failed")
            failures += 1
            own_s = self._own_pause_s(failures, LONGEST_LISTENING_PAUSE_S)
            await asyncio.sleep(pause_after(ended, own_s).seconds)

    def _tell(self, phase: SyncPhase, message: str | None = None) -> None:
        now = self._now()
        status = replace(
            self.status,
            phase=phase,
            message=message,
            since=self.status.since if phase is self.status.phase else now,
            last_synced_at=now if phase is SyncPhase.IDLE else self.status.last_synced_at,
        )
        self.status = status
        self._on_status(status)
