"""Lists of any length: a few rows at once, the others in slices, so that nothing waits for them.

What a row costs is drawing it. Between two slices the loop is free: the first rows are painted and
taps are taken.
"""

import asyncio
import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import flet as ft

from field_app.store.queries import LIST_LIMIT
from field_app.views.hooks import AppContext, Place, component, use_app
from field_app.views.parts.surfaces import lined, read_apart, rows_card, section
from field_app.views.theme import L, S

FIRST = 3
"""Rows that come with the screen around them: a frame earlier than any others could."""
SLICE = 4
"""Rows that are drawn at once after these."""
LOWEST_ROW = 60
"""No row is lower, in logical pixels: as many as this makes fill any window."""


@dataclass(frozen=True)
class Group:
    """Rows in a card, or cards, under a heading.

    What `draw` makes of an item depends on that and the minute alone. `weight` is how many rows
    an item is worth; what is more than one is a card of its own. With `holds_components` it is
    drawn whenever the list is: the toolkit loses a component inside of what it does not draw.
    """

    heading: str | None
    items: Sequence[Any]
    draw: Callable[[AppContext, Any], ft.Control]
    weight: int = 1
    holds_components: bool = False

    def first(self, rows: int) -> list[tuple[Any, ...]]:
        """The items that so many rows are enough for, in slices."""
        items = tuple(self.items[: -(-rows // self.weight)])
        first, size = (max(1, many // self.weight) for many in (FIRST, SLICE))
        rest = range(first, len(items), size)
        slices = [items[:first], *(items[at : at + size] for at in rest)]
        return [each for each in slices if each]


def use_place(name: str) -> tuple[Place, int]:
    """The place in a list, and how many rows of it to read."""
    app = use_app()
    place = app.place(name)

    def enter() -> None:
        place.wanted.rows = max(math.ceil(app.frame.height / LOWEST_ROW), place.needed)

    ft.use_memo(enter, [])
    ft.use_state(place.wanted)
    return place, min(place.wanted.rows, LIST_LIMIT)


@component
def LongList(
    groups: Sequence[Group],
    place: Place | None = None,
    end: Sequence[ft.Control] = (),
    *,
    is_whole: bool = False,
) -> ft.Control:
    """Groups of rows, of them what is wanted at a place, or all of them, one slice after the other.

    `end` comes below the last. `is_whole`: all at once, where somebody is put back below it.
    """
    now = use_app().device.now().replace(second=0, microsecond=0)
    total = sum(len(group.items) * group.weight for group in groups)
    goal = min(total, place.wanted.rows) if place else total
    at_once = max(FIRST, place.needed if place else total if is_whole else 0)
    drawn, set_drawn = ft.use_state(at_once)
    if place:
        place.drawn = min(drawn, total)

    async def go_on() -> None:
        await asyncio.sleep(0)  # what is drawn goes out first
        if drawn < goal:
            set_drawn(drawn + SLICE)

    ft.use_effect(go_on, dependencies=[drawn, goal])
    parts = _sections(groups, drawn, now)
    if drawn >= total:
        parts += map(read_apart, end)
    return ft.Column(parts, spacing=L, horizontal_alignment=ft.CrossAxisAlignment.STRETCH)


def _sections(groups: Sequence[Group], rows: int, now: dt.datetime) -> list[ft.Control]:
    """The first so many rows of all groups together."""
    drawn: list[ft.Control] = []
    for group in groups:
        draw = _Rows if group.holds_components else _KeptRows
        slices = [
            draw(group.draw, items, group.weight == 1, at == 0, now, key=str(at))
            for at, items in enumerate(group.first(max(0, rows)))
        ]
        rows -= len(group.items) * group.weight
        if slices:
            parts = [rows_card(slices)] if group.weight == 1 else slices
            drawn.append(read_apart(section(group.heading, parts)))
    return drawn


@component
def _Rows(
    draw: Callable[[AppContext, Any], ft.Control],
    items: tuple[Any, ...],
    is_lined: bool,
    is_first: bool,
    _now: dt.datetime,
) -> ft.Control:
    app = use_app()
    ft.use_state(app.frame)
    drawn = [draw(app, item) for item in items]
    return ft.Column(
        lined(drawn, is_first=is_first) if is_lined else drawn,
        spacing=0 if is_lined else S,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )


_KeptRows: Callable[..., ft.Control] = ft.memo(_Rows)  # type: ignore[no-untyped-call]
"""Drawn again only when its own rows have changed, however often the list is."""
