"""Another screen is drawn at the tap, while the window is told its address.

The toolkit by itself tells the window, waits until that says where it is, and draws then: behind
whatever frame the window is busy with, such as the one that answers the finger.
"""

import asyncio
import contextlib
from typing import Any

import flet as ft

PATIENCE_S = 5
"""A window that does not answer for so long says by itself where it is when it is back."""


def go_at_once(page: ft.Page) -> None:
    """For `page.navigate`, and so for the toolkit's own Back."""
    _Going(page)


class _Going:
    """Where one page is.

    A window says where it is once for everything it is told, in order, and answers thereafter.
    Until it has said the last of it, it is behind us.
    """

    def __init__(self, page: ft.Page) -> None:
        session = page.session
        self._page, self._id = page, page._i
        self._dispatch, self._apply = session.dispatch_event, session.apply_patch
        self._telling: dict[asyncio.Task[None], str] = {}
        self._drawing: set[asyncio.Task[None]] = set()
        session.dispatch_event = self._hear  # type: ignore[method-assign]
        session.apply_patch = self._note  # type: ignore[method-assign]
        page.navigate = self.go  # type: ignore[method-assign, assignment]

    def go(self, route: str) -> None:
        if route == self._page.route:
            return  # the window would not say anything either
        telling = asyncio.create_task(self._tell(route))
        self._telling[telling] = route
        telling.add_done_callback(lambda done: self._telling.pop(done, None))
        self._apply(self._id, {"route": route})
        drawing = asyncio.create_task(self._dispatch(self._id, "route_change", {"route": route}))
        self._drawing.add(drawing)
        drawing.add_done_callback(self._drawing.discard)

    async def _tell(self, route: str) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._page.push_route(route), PATIENCE_S)

    def _note(self, control_id: int, patch: dict[str, Any]) -> None:
        """The window says where it is here first; the event of that follows, in a later turn."""
        if control_id == self._id and "route" in patch and self._telling:
            said = patch["route"]
            patch = {name: value for name, value in patch.items() if name != "route"}
            first = next(iter(self._telling))
            if self._telling[first] == said:
                del self._telling[first]
        self._apply(control_id, patch)

    async def _hear(self, control_id: int, event_name: str, event_data: Any) -> None:
        if control_id == self._id and event_name == "disconnect":
            self._telling.clear()  # that window does not answer any more
        is_of_route = control_id == self._id and event_name == "route_change"
        if is_of_route and event_data["route"] != self._page.route:
            return  # we, or the window, have gone on since
        await self._dispatch(control_id, event_name, event_data)
