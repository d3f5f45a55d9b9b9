"""Going down without losing a request: no longer ready, streams end, then the server stops.

A first SIGTERM or SIGINT begins it, and `drain_s` later the server's own handler does the rest. A
second one does not wait.
"""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ServersOwn = Callable[[int, FrameType | None], Any]


class Draining:
    """Whether this process is going down. `end_streams` is called in the loop when it begins."""

    def __init__(self, drain_s: float) -> None:
        self.is_on = False
        self._drain_s = drain_s

    @contextmanager
    def on_signals(self, end_streams: Callable[[], None]) -> Iterator[None]:
        """Stand between the signals and the server; only the main thread hears signals."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()

        def chain(servers_own: ServersOwn) -> ServersOwn:
            def begin(number: int, frame: FrameType | None) -> None:
                is_again, self.is_on = self.is_on, True
                loop.call_soon_threadsafe(end_streams)
                if is_again or not self._drain_s:
                    servers_own(number, frame)
                else:
                    loop.call_soon_threadsafe(
                        loop.call_later, self._drain_s, servers_own, number, None
                    )

            return begin

        before = {}
        for number in (signal.SIGINT, signal.SIGTERM):
            servers_own = signal.getsignal(number)
            if callable(servers_own):
                before[number] = servers_own
                signal.signal(number, chain(servers_own))
        try:
            yield
        finally:
            for number, servers_own in before.items():
                signal.signal(number, servers_own)


class LastAnswers:
    """ASGI middleware: while draining, every answer says that it is the connection's last.

    Without it a request could be on its way on a connection that the server is just closing.
    """

    def __init__(self, app: ASGIApp, draining: Draining) -> None:
        self._app = app
        self._draining = draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and self._draining.is_on:
                message["headers"] = [*message.get("headers", []), (b"connection", b"close")]
            await send(message)

        await self._app(scope, receive, answer)
