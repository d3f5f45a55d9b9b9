"""Keeps a screen alive: the toolkit stops drawing for ever at the first thing it cannot draw, and
draws on whatever page is at work when something changes.

It reaches into Flet's session, which is why Flet is pinned.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextvars import copy_context

import flet as ft

from field_app.tidying import Tidying

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


def tidy_between(page: ft.Page) -> None:
    """Collect garbage once nothing has been drawn on this page for a moment."""
    session, tidying = page.session, Tidying()
    schedule = session.schedule_update

    def stirring(control: ft.BaseControl) -> None:
        tidying.stir()
        schedule(control)

    session.schedule_update = stirring  # type: ignore[method-assign]


class OutermostFirst(set[ft.BaseControl]):
    """What is to be drawn, in an order in which nothing is drawn twice.

    What is drawn takes what is inside along. In the order of a set the inside was often first, and
    after a sync a screen was drawn up to three times over.
    """

    def __iter__(self) -> Iterator[ft.BaseControl]:
        return iter(sorted(super().__iter__(), key=_depth))


def draw_once(page: ft.Page) -> None:
    """Draw what changed on this page from the outside in."""
    page.session._Session__pending_updates = OutermostFirst()  # type: ignore[attr-defined]


def _depth(control: ft.BaseControl) -> int:
    depth, above = 0, control.parent
    while above is not None:
        depth, above = depth + 1, above.parent
    return depth


def on_this_page(act: Callable[[], None]) -> Callable[[], None]:
    """The act, to be called from any thread and any other page's work: it happens soon, and here.

    Two pages share a device, for one while a browser loads the page again. The toolkit draws what
    changes on the page of the context, and so one would be drawn on the other and stand still.
    """
    loop, here = asyncio.get_running_loop(), copy_context()

    def soon() -> None:
        loop.call_soon_threadsafe(act, context=here)

    return soon
