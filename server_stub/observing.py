"""Around every request: an id for it, a line in the log, its share of the metrics.

Routes are told by their templates and details by `note`: what an address names gets into neither.
"""

import logging
import re
import time
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from field_app.domain.wire import Verdict
from server_stub.metrics import Metrics

log = logging.getLogger(__name__)

REQUEST_ID = re.compile("[A-Za-z0-9._-]{1,64}")
NOWHERE = "none"
"""The route of whatever no route serves."""
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
TOO_OFTEN = {"/healthz", "/readyz", "/metrics"}
"""Asked for every few seconds by machines: measured, but not told one by one."""

_noted: ContextVar[dict[str, Any] | None] = ContextVar("noted", default=None)


def note(**details: Any) -> None:
    """Add to the line that tells of this request; also from a thread that works for it."""
    if (noted := _noted.get()) is not None:
        noted.update(details)


def note_verdicts(verdicts: Iterable[Verdict]) -> None:
    """The ids of a request's operations by what became of them."""
    by_status: dict[str, list[str]] = {}
    for verdict in verdicts:
        by_status.setdefault(verdict.status.value, []).append(str(verdict.operation_id))
    note(**by_status)


class Observed:
    """ASGI middleware; the outermost, so that it sees what the client is given."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        status = 0
        begun = time.perf_counter()

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", []),
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        noted: dict[str, Any] = {}
        token = _noted.set(noted)
        try:
            with bound_contextvars(request_id=request_id):
                await self._app(scope, receive, answer)
        finally:
            _noted.reset(token)
            self._tell(
                scope, status, time.perf_counter() - begun, noted | {"request_id": request_id}
            )

    def _tell(self, scope: Scope, status: int, took_s: float, noted: dict[str, Any]) -> None:
        route = getattr(scope.get("route"), "path", NOWHERE)
        method = scope["method"] if scope["method"] in METHODS else NOWHERE
        self._metrics.request(method, route, status, took_s)
        if route in TOO_OFTEN and status == 200:
            return
        told = {"method": method, "route": route, "status": status, "ms": round(took_s * 1000, 1)}
        log.info("request", extra=told | noted)


def _request_id(scope: Scope) -> str:
    """The caller's own, if it is one that can be looked for; else a new one."""
    given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
    return given if REQUEST_ID.fullmatch(given) else uuid4().hex
