"""What is drawn is drawn once, and garbage is collected when nothing is."""

import asyncio
import gc
import weakref
from collections import Counter
from collections.abc import Iterator

import flet as ft
import pytest

from field_app import tidying
from field_app.views.drawing import draw_once, tidy_between
from field_app.views.hooks import Pulse
from field_app.views.parts.turns import Later
from tests.support.headless import Headless

MANY = 20
"""Inner parts: in the order of a set the outer one would hardly ever come first."""


@pytest.fixture
def quiet() -> Iterator[None]:
    """Python begins no collection, and this app soon."""
    gc.disable()
    yield
    gc.enable()


async def test_news_for_a_part_and_those_inside_draw_each_of_them_once() -> None:
    pulse, drawn = Pulse(), Counter[str]()

    @ft.component
    def Inner(name: str) -> ft.Control:
        ft.use_state(pulse)
        drawn[name] += 1
        return ft.Text(f"{name} {pulse.news}")

    @ft.component
    def Outer() -> ft.Control:
        ft.use_state(pulse)
        drawn["outer"] += 1
        return ft.Column([Inner(f"inner {number}") for number in range(MANY)])

    def main(page: ft.Page) -> None:
        draw_once(page)
        page.render(Outer)

    async with Headless(main) as app:
        drawn.clear()
        pulse.news += 1
        await app.settle()

        assert app.says("inner 7 1")
    assert set(drawn.values()) == {1}
    assert len(drawn) == MANY + 1


async def test_what_left_the_screen_is_freed_once_nothing_is_drawn(
    quiet: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tidying, "QUIET_S", 0.05)
    pulse, freed = Pulse(), asyncio.Event()

    @ft.component
    def Beating() -> ft.Control:
        ft.use_state(pulse)
        return ft.Text(f"{pulse.news} beats")

    def main(page: ft.Page) -> None:
        tidy_between(page)
        page.render(Beating)

    async with Headless(main) as app:
        knot = [Pulse()]
        weakref.finalize(knot[0], freed.set)
        knot.append(knot)  # type: ignore[arg-type]
        del knot
        assert not freed.is_set()

        pulse.news += 1
        await app.settle()

        await asyncio.wait_for(freed.wait(), 10)
        assert app.says("1 beats")


async def test_what_takes_long_is_read_in_one_turn_of_the_loop_and_drawn_in_another() -> None:
    happened = []

    def read() -> None:
        happened.append("read")
        asyncio.get_running_loop().call_soon(happened.append, "something else")

    def draw() -> ft.Control:
        happened.append("drawn")
        return ft.Text("the sheet")

    async with Headless(lambda page: page.render(lambda: Later(read, draw))) as app:
        assert app.says("the sheet")
    assert happened == ["read", "something else", "drawn"]


async def test_what_cannot_be_read_ahead_is_drawn_all_the_same() -> None:
    def read() -> None:
        raise OSError("the disk is full")

    async with Headless(lambda page: page.render(lambda: Later(read, lambda: ft.Text("why")))) as a:
        assert a.says("why")
