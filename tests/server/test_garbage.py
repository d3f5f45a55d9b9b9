"""Full collections come by the clock: they hold up everybody who waits for an answer."""

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from server_stub.app import create_app
from server_stub.garbage import collected_by_the_clock
from server_stub.settings import ServerSettings


class Knot:
    """Holds itself, so that only the collector can free it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def full_collections() -> Iterator[list[str]]:
    """One word for each that begins."""
    begun: list[str] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start" and info["generation"] == 2:
            begun.append(phase)

    gc.callbacks.append(note)
    yield begun
    gc.callbacks.remove(note)


def keep_much() -> list[list[int]]:
    """More that lives than what makes Python collect everything, several times over."""
    return [[number] for number in range(len(gc.get_objects()) * 2 + 100_000)]


async def test_much_that_lives_brings_no_full_collection(full_collections: list[str]) -> None:
    gc.collect()
    full_collections.clear()
    async with collected_by_the_clock():
        keep_much()
        assert full_collections == []

    keep_much()

    assert full_collections, "without it, Python would have"


async def test_the_clock_brings_one() -> None:
    knot = Knot()
    gone = asyncio.Event()
    weakref.finalize(knot, gone.set)
    async with collected_by_the_clock(every_s=0.01):
        del knot
        await asyncio.wait_for(gone.wait(), 10)


async def test_a_server_at_work_has_it_so_and_leaves_it_as_it_was(database_url: str) -> None:
    before = gc.get_threshold()
    app = create_app(ServerSettings(database_url=database_url))

    async with app.router.lifespan_context(app):
        assert gc.get_threshold()[2] > 1000 * before[2]

    assert gc.get_threshold() == before
