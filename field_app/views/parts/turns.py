"""Drawing over several turns of the loop, so that taps are taken and what is there is painted."""

import asyncio
from collections.abc import Callable, Sequence

import flet as ft

from field_app.views.hooks import component
from field_app.views.theme import L

PARTS_AT_ONCE = 2


def stacked(parts: Sequence[ft.Control]) -> ft.Control:
    stretch = ft.CrossAxisAlignment.STRETCH
    return ft.Column([*parts], spacing=L, horizontal_alignment=stretch)


@component
def Later(read: Callable[[], object], draw: Callable[[], ft.Control]) -> ft.Control:
    """What takes long: it is read a turn of the loop after the screen around it, then drawn."""
    is_time, set_time = ft.use_state(False)

    async def come() -> None:
        await asyncio.sleep(0)
        try:
            read()
            await asyncio.sleep(0)
        finally:
            set_time(True)  # whatever could not be read, what is drawn says so in its place

    ft.use_effect(come, dependencies=[])
    return draw() if is_time else ft.Container()


@component
def Unrolled(parts: Sequence[ft.Control]) -> ft.Control:
    """A few parts at once, and each of the others a turn of the loop later: taps come between."""
    drawn, set_drawn = ft.use_state(PARTS_AT_ONCE)

    async def go_on() -> None:
        await asyncio.sleep(0)  # what is drawn goes out first
        if drawn < len(parts):
            set_drawn(drawn + 1)

    ft.use_effect(go_on, dependencies=[drawn, len(parts)])
    return stacked(parts[:drawn])
