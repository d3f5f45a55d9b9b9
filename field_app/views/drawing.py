"""Keeps a screen alive: the toolkit stops drawing for ever at the first thing it cannot draw.

It reaches into Flet's session, which is why Flet is pinned.
"""

import asyncio
import logging
from collections.abc import Callable

import flet as ft

log = logging.getLogger(__name__)


def keep_drawing(page: ft.Page, draw_again: Callable[[], None]) -> None:
    """Start drawing again whenever it ends; `draw_again` asks for what was left undrawn.

    A part that leaves the screen between asking to be drawn and being drawn ends it, for one.
    """
    session = page.session

    def revive(ended: asyncio.Task[None]) -> None:
        if ended.cancelled() or (failure := ended.exception()) is None:
            return
        log.error("drawing ended", exc_info=failure)
        session.start_updates_scheduler()  # type: ignore[no-untyped-call]
        watch()
        draw_again()

    def watch() -> None:
        drawing: asyncio.Task[None] | None = getattr(session, "_Session__updates_task", None)
        if drawing is not None:
            drawing.add_done_callback(revive)

    watch()
