"""Keeps a screen alive: the toolkit stops drawing for ever at the first thing it cannot draw, and
draws on whatever page is at work when something changes.

It reaches into Flet's session, which is why Flet is pinned.
"""

import asyncio
import logging
from collections.abc import Callable
from contextvars import copy_context

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


def on_this_page(act: Callable[[], None]) -> Callable[[], None]:
    """The act, to be called from any thread and any other page's work: it happens soon, and here.

    Two pages share a device, for one while a browser loads the page again. The toolkit draws what
    changes on the page of the context, and so one would be drawn on the other and stand still.
    """
    loop, here = asyncio.get_running_loop(), copy_context()

    def soon() -> None:
        loop.call_soon_threadsafe(act, context=here)

    return soon
