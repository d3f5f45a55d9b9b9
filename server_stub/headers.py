"""Headers that every answer carries, also those to requests that no route has seen."""

from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server_stub.listening import LARGEST_HEAD_BYTES
from server_stub.problems import ProblemError, answer
from server_stub.settings import ServerSettings

MOST_HEADERS = 100
DOCS = ("/docs", "/redoc")
"""Pages with scripts of their own; there are none in production."""
SAFE = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


class SafeHeaders:
    """Adds them where an answer has not chosen its own."""

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app = app
        self._headers = dict(SAFE)
        if settings.hsts_days:
            age_s = settings.hsts_days * 24 * 3600
            self._headers["strict-transport-security"] = f"max-age={age_s}; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(DOCS):
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add(MutableHeaders(scope=message), self._headers.items())
            await send(message)

        if _is_large(scope["headers"]):
            await answer(ProblemError(431))(scope, receive, send_with_headers)
            return
        await self._app(scope, receive, send_with_headers)


def _is_large(headers: list[tuple[bytes, bytes]]) -> bool:
    """Also where it came in one piece, which the server then reads whatever its size."""
    size = sum(len(name) + len(value) for name, value in headers)
    return len(headers) > MOST_HEADERS or size > LARGEST_HEAD_BYTES


def _add(headers: MutableHeaders, wanted: Iterable[tuple[str, str]]) -> None:
    for name, value in wanted:
        headers.setdefault(name, value)
