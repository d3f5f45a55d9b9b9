"""Errors of requests, as `application/problem+json` with a stable code."""

import logging
from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from field_app.domain.wire import Problem
from server_stub.faults import told

log = logging.getLogger(__name__)

LONGEST_REASON = 500

CODES = {
    400: ("bad_request", "The request could not be read."),
    401: ("signed_out", "Please sign in again."),
    403: ("not_allowed", "This is not allowed for you."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not support that method."),
    408: ("too_slow", "Nothing came for a while. Go on where you were."),
    409: ("wrong_offset", "The upload stands elsewhere."),
    413: ("too_large", "The request is too large."),
    415: ("unknown_encoding", "Send the request as it is, or zipped with gzip."),
    422: ("malformed_request", "The request has the wrong form."),
    423: ("busy", "Another request is writing to this upload."),
    426: ("upgrade_required", "This app is too old for the server. Please update it."),
    429: ("too_many_tries", "Too many tries. Please wait a moment."),
    431: ("head_too_large", "The request's headers are too large."),
    460: ("wrong_hash", "The bytes that came are not the ones that were announced."),
    500: ("server_error", "The server has a problem. Nothing you sent is lost; try again."),
    507: ("disk_full", "The server's disk is full. Nothing you sent is lost; try again later."),
    503: ("unavailable", "The server cannot reach its database. Try again in a moment."),
}


class ProblemError(Exception):
    """Raised anywhere below a route; answered as a problem."""

    def __init__(
        self,
        status: int,
        code: str | None = None,
        title: str | None = None,
        detail: str | None = None,
        retry_after_s: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        known_code, known_title = CODES[status]
        super().__init__(title or known_title)
        self.problem = Problem(
            title=title or known_title, status=status, code=code or known_code, detail=detail
        )
        self.headers = dict(headers or {})
        if retry_after_s is not None:
            self.headers["retry-after"] = str(retry_after_s)


def answer(error: ProblemError) -> Response:
    headers = dict(error.headers)
    if error.problem.status == 401:
        headers["www-authenticate"] = "Bearer"
    return Response(
        error.problem.model_dump_json(),
        status_code=error.problem.status,
        media_type="application/problem+json",
        headers=headers,
    )


def install(app: FastAPI) -> None:
    """Make every error of the app a problem."""

    def on_problem(_: Request, error: Exception) -> Response:
        assert isinstance(error, ProblemError)
        return answer(error)

    def on_http(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        status = error.status_code if error.status_code in CODES else 400
        response = answer(ProblemError(status))
        response.headers.update(error.headers or {})
        return response

    def on_validation(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return answer(ProblemError(422, detail=first_error(error.errors())))

    def on_database(_: Request, error: Exception) -> Response:
        log.error("the database failed: %s", type(error).__name__)
        return answer(ProblemError(503, retry_after_s=2))

    def on_gone(_: Request, error: Exception) -> Response:
        """Nobody is there to be answered. On bad links that is ordinary, and no fault of ours."""
        log.debug("a client went away: %s", type(error).__name__)
        return answer(ProblemError(408))

    app.add_exception_handler(ClientDisconnect, on_gone)
    app.add_exception_handler(ProblemError, on_problem)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)
    for unreachable in (OperationalError, InterfaceError, TimeoutError):
        app.add_exception_handler(unreachable, on_database)
    app.add_middleware(Faults)


class Faults:
    """Answers a fault of ours with a 500, and logs it without its message.

    A handler for `Exception` would be given it too, but the web server then logs all of it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def sending(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            if scope["type"] != "http":
                raise
            log.error("a request failed: %s", told(error))
            if has_begun:
                raise BrokenOff from None
            await answer(ProblemError(500))(scope, receive, send)


class BrokenOff(Exception):
    """A fault in the middle of an answer, which ends here; it has been logged."""


def first_error(errors: object) -> str:
    """Like "device.id: Input should be a valid UUID", without the value that was sent.

    A field that nobody knows is named as the client named it: shortened, and without what no
    database holds.
    """
    if not isinstance(errors, list | tuple) or not errors:
        return "unreadable"
    place = ".".join(str(part) for part in errors[0]["loc"] if part != "body")
    said = f"{place}: {errors[0]['msg']}" if place else str(errors[0]["msg"])
    return "".join(each if each.isprintable() else "?" for each in said[:LONGEST_REASON])
