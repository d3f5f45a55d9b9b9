"""A Flet session without a client: the real session, diff and scheduler over a fake transport.

It uses Flet's internals, which is why Flet is pinned.
"""

import asyncio
import dataclasses
import functools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

import flet as ft
import msgpack
from flet.components.public_utils import unwrap_component
from flet.controls.base_control import BaseControl
from flet.controls.context import _context_page, context
from flet.messaging.connection import Connection
from flet.messaging.protocol import (
    Message,
    MessageAction,
    RegisterClientResponseBody,
    configure_encode_object_for_msgpack,
)
from flet.messaging.session import Session
from flet.pubsub.pubsub_hub import PubSubHub

C = TypeVar("C", bound=BaseControl)
TURNS = 30
"""Turns of the event loop that a change may need to reach every component."""


class _Transport(Connection):
    """What a client would receive, encoded as for the wire, and the few answers one would give."""

    session: Session

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.get_running_loop()
        self.executor = ThreadPoolExecutor(2)
        self.pubsubhub = PubSubHub(loop=self.loop, executor=self.executor)
        self.page_url = "http://test"
        self.crashes: list[str] = []
        self.patches = 0
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.is_busy = False
        """A busy window keeps its answers to itself; see `answer`."""
        self.at = ""
        """The address it shows."""
        self._waiting: list[Any] = []
        self._routing: set[asyncio.Task[None]] = set()

    def send_message(self, message: Any) -> None:
        # Encoding is what records the state that the next difference is taken from.
        encode = configure_encode_object_for_msgpack(BaseControl)
        msgpack.packb([message.action, message.body], default=encode)
        self.patches += message.action == MessageAction.PATCH_CONTROL
        if message.action == MessageAction.SESSION_CRASHED:
            self.crashes.append(message.body.message)
        if message.action == MessageAction.INVOKE_METHOD:
            self._answer(message.body)

    def _answer(self, call: Any) -> None:
        self.calls.append((call.name, call.args))
        if self.is_busy:
            self._waiting.append(call)
        else:
            self._do(call)

    def answer(self) -> None:
        """What was kept, in order; from now on at once."""
        self.is_busy, waiting, self._waiting = False, self._waiting, []
        for call in waiting:
            self._do(call)

    def _do(self, call: Any) -> None:
        if call.name == "push_route":
            self.loop.call_soon(self.goes, call.args["route"])
        self.loop.call_soon(
            self.session.handle_invoke_method_results, call.control_id, call.call_id, None, None
        )

    def goes(self, route: str) -> None:
        """And says so, if that is elsewhere: in two messages, the second handled in a task."""
        if route == self.at:
            return
        self.at = route
        self.session.apply_patch(1, {"route": route})
        task = self.loop.create_task(
            self.session.dispatch_event(1, "route_change", {"route": route})
        )
        self._routing.add(task)
        task.add_done_callback(self._routing.discard)


class Headless:
    """An open app: find controls by what they say, tap them, type into them."""

    def __init__(
        self,
        main: Callable[[ft.Page], None],
        *,
        before_main: Callable[[ft.Page], None] = lambda _: None,
        width: int = 390,
        route: str = "/",
    ) -> None:
        self._before_main, self._main = before_main, main
        self._outside = copy_context()
        self._page = {"width": width, "height": 844, "route": route, "platform": "android"}

    async def __aenter__(self) -> "Headless":
        self._transport = _Transport()
        self._transport.at = str(self._page["route"])
        self._session = self._transport.session = Session(self._transport)
        self._session.apply_page_patch(self._page | {"web": False})
        _context_page.set(self._session.page)
        self._before_main(self._session.page)
        registered = RegisterClientResponseBody(
            self._session.id, self._session.get_page_patch(), ""
        )
        self._transport.send_message(Message(MessageAction.REGISTER_CLIENT, registered))
        context.reset_auto_update()
        self._main(self._session.page)
        await self._session.after_event(self._session.page)
        await self.settle()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._session.close()
        self._transport.executor.shutdown()
        await asyncio.sleep(0)

    def busy_window(self) -> None:
        """It does what it is told later, at `answers`, as in the middle of a frame."""
        self._transport.is_busy = True

    async def answers(self, *then_at: str) -> None:
        """All that was kept, and where it went by itself since, heard by the app in one turn."""
        self._transport.answer()
        for route in then_at:
            self._transport.loop.call_soon(self._transport.goes, route)
        await self.settle()

    async def window_is_lost(self) -> None:
        """And another one looks at the page; what was kept is never answered."""
        await self._session.disconnect(60)
        self._transport.is_busy = False
        await self._session.connect(self._transport)

    async def settle(self) -> None:
        """Let every pending render happen."""
        for _ in range(TURNS):
            await asyncio.sleep(0)
        assert not self._transport.crashes, self._transport.crashes[-1]

    async def until(self, text: str) -> None:
        """Wait for work in a thread to show on the screen."""
        for _ in range(500):
            await self.settle()
            if self.says(text):
                return
            await asyncio.to_thread(lambda: None)
        raise AssertionError(f"{text!r} is not on the screen: {self.texts()}")

    async def until_gone(self, text: str) -> None:
        """Wait for work in a thread to take something off the screen."""
        for _ in range(500):
            await self.settle()
            if not self.says(text):
                return
            await asyncio.to_thread(lambda: None)
        raise AssertionError(f"{text!r} is still on the screen: {self.texts()}")

    async def until_there(self, kind: type[BaseControl]) -> None:
        """Wait for work in a thread to bring up a control of this kind."""
        for _ in range(500):
            await self.settle()
            if self.find(kind):
                return
            await asyncio.to_thread(lambda: None)
        raise AssertionError(f"there is no {kind.__name__}: {self.texts()}")

    @property
    def patches(self) -> int:
        """How often the client was told of a change."""
        return self._transport.patches

    @property
    def calls(self) -> list[tuple[str, dict[str, Any]]]:
        """What was asked of the client, the first first."""
        return self._transport.calls

    async def open(self, route: str) -> None:
        """As a link does, or a browser's Back."""
        self._transport.goes(route)
        await self.settle()

    async def scroll(self, pixels: float, *, window: float = 700, height: float) -> None:
        """Down the screen's list, which is so high as far as it is drawn."""
        (listed,) = [each for each in self.find(ft.ListView) if each.on_scroll]
        news = {
            "event_type": ft.ScrollType.UPDATE,
            "pixels": pixels,
            "min_scroll_extent": 0.0,
            "max_scroll_extent": height - window,
            "viewport_dimension": window,
        }
        await self.fire(listed, "scroll", news)

    @property
    def route(self) -> str:
        return str(self._session.page.route)

    def find(self, kind: type[C]) -> list[C]:
        return [control for control in _walk(self._session.page) if isinstance(control, kind)]

    def texts(self) -> list[str]:
        """All texts on the screen, dialogs included, in reading order."""
        said = [control.value for control in self.find(ft.Text)]
        return said + [text for control in _walk(self._session.page) for text in _labels(control)]

    def says(self, text: str) -> bool:
        return any(text in said for said in self.texts())

    async def tap(self, text: str) -> None:
        """Tap what carries this text: a button, a chip, a row."""
        await self.fire(self._tappable(text), "click")

    async def confirm(self, text: str) -> None:
        """Tap a button of the open dialog or sheet, by its exact words."""
        layers = [*self.find(ft.AlertDialog), *self.find(ft.BottomSheet)]
        buttons = [each for each in _walk(layers) if text in _labels(each)]
        await self.fire(buttons[-1], "click")

    async def choose(self, text: str) -> None:
        """Pick a chip."""
        chips = [c for c in self.find(ft.Chip) if text in _inner_texts(c)]
        assert chips, f"no chip says {text!r}: {self.texts()}"
        await self.fire(chips[0], "select", True)

    def field(self, label: str) -> ft.TextField:
        return next(f for f in self.find(ft.TextField) if f.label == label)

    async def type_into(self, label: str, text: str) -> None:
        field = self.field(label)
        self._session.apply_patch(field._i, {"value": text})
        await self.fire(field, "change", text)

    async def tell(self, control_id: int, event: str, properties: dict[str, Any]) -> None:
        """What a window says of a control that it knows by this id; we may not know it."""
        self._session.apply_patch(control_id, properties)
        await self._session.dispatch_event(control_id, event, None)
        await self.settle()

    async def fire(self, control: BaseControl, event: str, data: object = None) -> None:
        await self._dispatched(control, event, data)
        await self.settle()

    async def fire_at_once(self, *events: tuple[BaseControl, str, object]) -> None:
        """Several events before anything is drawn again, as fast fingers on a slow phone do."""
        for control, event, data in events:
            if event == "change":
                self._session.apply_patch(control._i, {"value": data})
        await asyncio.gather(*[self._dispatched(*each) for each in events])
        await self.settle()

    def _dispatched(self, control: BaseControl, event: str, data: object) -> asyncio.Task[None]:
        """What a client sends knows nothing of what was set while the page was drawn."""
        dispatching = self._session.dispatch_event(control._i, event, data)
        return asyncio.get_running_loop().create_task(dispatching, context=self._outside.copy())

    def _tappable(self, text: str) -> BaseControl:
        for control in reversed(list(_walk(self._session.page))):
            if isinstance(control, ft.Semantics) and text in (control.label or ""):
                inside = [c for c in _walk(control) if getattr(c, "on_click", None)]
                if inside and not getattr(inside[0], "disabled", False):
                    return inside[0]
            can_tap = getattr(control, "on_click", None) is not None
            if (
                can_tap
                and not getattr(control, "disabled", False)
                and text in _inner_texts(control)
            ):
                return control
        raise AssertionError(f"nothing to tap says {text!r}: {self.texts()}")


def _walk(control: Any) -> Iterator[BaseControl]:
    control = unwrap_component(control)
    if isinstance(control, list | tuple):
        for each in control:
            yield from _walk(each)
    elif isinstance(control, BaseControl):
        yield control
        for name in _fields(type(control)):
            value = getattr(control, name, None)
            if isinstance(value, _HOLDING):
                yield from _walk(value)


_HOLDING = (BaseControl, list, tuple)


@functools.cache
def _fields(kind: type[BaseControl]) -> list[str]:
    """What may hold controls, in reading order."""
    fields = [each for each in dataclasses.fields(kind) if not each.metadata.get("skip")]
    return [each.name for each in fields if not each.name.startswith("_parent")]


def _labels(control: BaseControl) -> list[str]:
    values = [getattr(control, name, None) for name in ("content", "label", "title", "tooltip")]
    values = [each.message if isinstance(each, ft.Tooltip) else each for each in values]
    return [value for value in values if isinstance(value, str)]


def _inner_texts(control: BaseControl) -> list[str]:
    said = [c.value for c in _walk(control) if isinstance(c, ft.Text)]
    return said + [text for each in _walk(control) for text in _labels(each)]
