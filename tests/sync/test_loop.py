"""The loop: one cycle at a time, soon after a nudge, backing off when the network is away."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from field_app.store.status import SyncPhase, SyncStatus
from field_app.sync.errors import Offline, ServerBusy, SignedOut, SyncError, UpgradeRequired
from field_app.sync.loop import LONGEST_PAUSE_S, SyncLoop
from field_app.sync.pauses import Pause
from tests.support.field import NOON


@asynccontextmanager
async def silence() -> AsyncIterator[AsyncIterator[str]]:
    """A stream that is never opened."""
    await asyncio.Event().wait()
    yield nothing()


async def nothing() -> AsyncIterator[str]:
    return
    yield


class Run:
    """A loop over a scripted cycle, with every status it told."""

    def __init__(
        self,
        cycle: Callable[[], Awaitable[None]],
        stream: Callable[[], AbstractAsyncContextManager[AsyncIterator[str]]] = silence,
    ) -> None:
        self.told: list[SyncStatus] = []
        self._news = asyncio.Event()
        self.loop = SyncLoop(
            cycle,
            stream,
            now=lambda: NOON,
            jitter=lambda longest: longest,
            on_status=self._hear,
            status=SyncStatus(SyncPhase.IDLE, NOON),
        )

    def _hear(self, status: SyncStatus) -> None:
        self.told.append(status)
        self._news.set()

    async def until(self, phase: SyncPhase) -> None:
        """Wait for a status of this phase to be told."""
        while self.told[-1:] == [] or self.told[-1].phase is not phase:
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), 10)

    async def __aenter__(self) -> "Run":
        self._task = asyncio.create_task(self.loop.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    @property
    def phases(self) -> list[SyncPhase]:
        return [status.phase for status in self.told]


async def test_a_nudge_during_a_cycle_runs_one_more_and_never_two_at_once() -> None:
    running, most, count = 0, 0, 0
    done = asyncio.Event()

    async def cycle() -> None:
        nonlocal running, most, count
        running, count = running + 1, count + 1
        most = max(most, running)
        if count == 1:
            run.loop.nudge()
            run.loop.nudge()
        await asyncio.sleep(0)
        running -= 1
        if count == 2:
            done.set()

    run = Run(cycle)
    async with run:
        await asyncio.wait_for(done.wait(), 10)

    assert (most, count) == (1, 2)


async def test_every_word_of_the_stream_is_a_nudge() -> None:
    cycles = asyncio.Semaphore(0)
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def cycle() -> None:
        cycles.release()

    async def words() -> AsyncIterator[str]:
        while True:
            yield await heard.get()

    @asynccontextmanager
    async def stream() -> AsyncIterator[AsyncIterator[str]]:
        yield words()

    async with Run(cycle, stream):
        for _ in range(2):  # at the start, and when the stream opened
            await asyncio.wait_for(cycles.acquire(), 10)
        heard.put_nowait("changed")
        await asyncio.wait_for(cycles.acquire(), 10)


@pytest.mark.parametrize(
    ("error", "phase"),
    [
        (Offline("No connection."), SyncPhase.OFFLINE),
        (SignedOut("Sign in again."), SyncPhase.SIGNED_OUT),
        (UpgradeRequired("Too old."), SyncPhase.UPGRADE_REQUIRED),
        (RuntimeError("a bug"), SyncPhase.BROKEN),
    ],
)
async def test_trouble_is_told_with_its_sentence_and_the_loop_goes_on(
    error: Exception, phase: SyncPhase
) -> None:
    outcomes: list[Exception | None] = [error, None]
    done = asyncio.Event()

    async def cycle() -> None:
        outcome = outcomes.pop(0)
        if not outcomes:
            done.set()
        if outcome is not None:
            raise outcome

    run = Run(cycle)
    async with run:
        await run.until(phase)
        run.loop.nudge()
        await asyncio.wait_for(done.wait(), 10)
        await run.until(SyncPhase.IDLE)

    assert run.phases == [SyncPhase.SYNCING, phase, SyncPhase.IDLE]
    if isinstance(error, SyncError):
        assert run.told[1].message == str(error)


async def test_pauses_grow_to_five_minutes_and_honour_what_the_server_asks() -> None:
    errors: list[Exception] = [Offline("away")] * 12

    async def cycle() -> None:
        raise errors.pop(0) if errors else ServerBusy("busy", retry_after_s=7)

    loop = Run(cycle).loop

    pauses = [await loop._turn() for _ in range(13)]

    assert pauses[:3] == [Pause(5.0), Pause(9.0), Pause(17.0)]
    assert max(pause.seconds for pause in pauses) == LONGEST_PAUSE_S + 1
    assert pauses[-1] == Pause(7, is_ordered=True)
