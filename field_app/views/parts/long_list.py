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
from field_app.views.theme import L

SLICE = 5
"""Rows that are drawn at once."""
LOWEST_ROW = 60
"""No row is lower, in logical pixels: as many as this makes fill any window."""


@dataclass(frozen=True)
class Group:
    """Rows under a heading. What `draw` makes of an item depends on that and the minute alone."""

    heading: str | None
    items: Sequence[Any]
    draw: Callable[[AppContext, Any], ft.Control]


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
def LongList(groups: Sequence[Group], place: Place, end: Sequence[ft.Control] = ()) -> ft.Control:
    """Groups of rows, of them what is wanted; `end` comes below the last row that there is."""
    now = use_app().device.now().replace(second=0, microsecond=0)
    total = sum(len(group.items) for group in groups)
    goal = min(total, place.wanted.rows)
    drawn, set_drawn = ft.use_state(max(SLICE, place.needed))
    place.drawn = min(drawn, total)

    async def go_on() -> None:
        await asyncio.sleep(0)  # what is drawn goes out first
        if drawn < goal:
            set_drawn(drawn + SLICE)

    ft.use_effect(go_on, dependencies=[drawn, goal])
    parts = _sections(groups, drawn, now)
    if total <= drawn and (total < place.wanted.rows or total >= LIST_LIMIT):
        parts += map(read_apart, end)
    return ft.Column(parts, spacing=L, horizontal_alignment=ft.CrossAxisAlignment.STRETCH)


def _sections(groups: Sequence[Group], most: int, now: dt.datetime) -> list[ft.Control]:
    """The first so many rows of all groups together."""
    drawn: list[ft.Control] = []
    for group in groups:
        if not (items := tuple(group.items[:most])):
            continue
        most -= len(items)
        slices = [
            _Slice(group.draw, items[at : at + SLICE], at == 0, now, key=str(at))
            for at in range(0, len(items), SLICE)
        ]
        card = rows_card(slices)
        part = section(group.heading, [card]) if group.heading else card
        drawn.append(read_apart(part))
    return drawn


@component
def _Rows(
    draw: Callable[[AppContext, Any], ft.Control],
    items: tuple[Any, ...],
    is_first: bool,
    _now: dt.datetime,
) -> ft.Control:
    app = use_app()
    ft.use_state(app.frame)
    return ft.Column(
        lined([draw(app, item) for item in items], is_first=is_first),
        spacing=0,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )


_Slice: Callable[..., ft.Control] = ft.memo(_Rows)  # type: ignore[no-untyped-call]
"""Drawn again only when its own rows have changed, however often the list is."""
