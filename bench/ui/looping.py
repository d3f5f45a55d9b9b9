"""How long the UI's loop is blocked by taps and by a sync, and how long a tap takes to be drawn.

The real session, components and difference of Flet run here, with a client that draws nothing:
what it leaves out is the painting in Flutter.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median

from bench.figures import Figure
from bench.ui.shelf import ME, NOW, shift_row
from field_app.domain.kit import ActivityKit
from field_app.store import ahead, kit_queries, mirror
from field_app.tidying import spare_the_loop
from field_app.views import toolkit
from tests.support.field import DANA
from tests.views.conftest import App

ROUNDS, TICK_S, CHANGED = 5, 0.001, 2_000
TABS = ("/", "/kits", "/issues", "/offers")


class Watch:
    """Records the longest time that the loop did nothing else, in ms.

    `working_ms`: of it the loop's own work. On a busy machine the rest is waiting for a core.
    """

    def __init__(self) -> None:
        self.longest_ms = 0.0
        self.working_ms = 0.0

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """By a callback of the loop: a task that sleeps wakes a turn late, and adds two up."""
        loop = asyncio.get_running_loop()
        last, worked = time.perf_counter(), time.thread_time()

        def tick() -> None:
            nonlocal last, worked, ticking
            now, done = time.perf_counter(), time.thread_time()
            self.longest_ms = max(self.longest_ms, (now - last - TICK_S) * 1000)
            self.working_ms = max(self.working_ms, (done - worked) * 1000)
            last, worked = now, done
            ticking = loop.call_later(TICK_S, tick)

        ticking = loop.call_later(TICK_S, tick)
        try:
            yield
            await asyncio.sleep(0)
        finally:
            ticking.cancel()

    def figure(self, what: str, more: str) -> Figure:
        aim = "< 20"
        more = f"{more}; {self.longest_ms:.0f} ms by the clock, waiting for a core included"
        return Figure(f"{what}: the loop works at once", self.working_ms, "ms", None, more, aim)


async def session(folder: Path) -> list[Figure]:
    """Tabs, a row, and 2,000 changed rows taken in by a thread as the sync does."""
    spare_the_loop()
    app = App(folder, person=ME)
    async with app:
        await asyncio.to_thread(_read_ahead, app)
        figures = [figure for route in TABS for figure in await _visit(app, route)]
        kit = _first_kit(app)
        figures += await _visit(app, f"/kits/{kit.id}", "a kit", "/kits")
        figures += await _visit(app, f"/event/{kit.event_instance_id}", "an event", "/")
        figures.append(await _changes(app))
    await app.runtime.stop()
    assert ME.id == DANA.id
    return figures


def _read_ahead(app: App) -> None:
    """As a page does in a thread once its first screen is there."""
    toolkit.import_controls()
    app.runtime.store.read(lambda session: ahead.read(session, ME.id, NOW))


def _first_kit(app: App) -> ActivityKit:
    shelves = app.runtime.store.read(
        lambda session: kit_queries.shelves(session, ME.id, NOW, len(TABS))
    )
    listed = [*shelves.trouble, *shelves.mine, *shelves.out, *shelves.coming]
    return next(need.kit for need in listed if need.kit.event_instance_id)


async def _visit(
    app: App, route: str, name: str | None = None, before: str = "/sync"
) -> list[Figure]:
    """The first time nothing is read yet. From the lightest tab, whose leaving costs nothing."""
    name, took, watch = name or route, [], Watch()
    for _ in range(ROUNDS):
        await app.open(before)
        async with watch.watching():
            began = time.perf_counter()
            await app.open(route)
            took.append((time.perf_counter() - began) * 1000)
    more = f"most {max(took):.0f}; all that is drawn of it by itself"
    read = Figure(f"to {name}, read, built and encoded", median(took), "ms", None, more, "< 100")
    return [read, watch.figure(f"to {name}", "longest of all rounds")]


async def _changes(app: App) -> Figure:
    """The list of kits is on the screen meanwhile."""
    watch = Watch()
    await app.open("/kits")
    rows = {"staff_assignments": [shift_row(n, version=2) for n in range(CHANGED)]}
    store = app.runtime.store
    async with watch.watching():
        await asyncio.to_thread(
            store.write, lambda session: mirror.apply_rows(session, rows, generation=0)
        )
        await app.settle()
    return watch.figure(f"a sync of {CHANGED:,} rows", "Kits on the screen")
