"""The only module that speaks HTTP: the wire's requests, and its errors as `SyncError`.

httpx is imported with the first request, beside the UI's loop: no screen waits for it.
"""

import asyncio
import base64
import gzip
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from field_app.domain.wire import SignInRequest, SignInResponse, SyncRequest, SyncResponse
from field_app.sync.address import BadAddress, ensure_safe
from field_app.sync.errors import (
    NotAllowed,
    Offline,
    PhotoRefused,
    ProtocolBroken,
    ServerBusy,
    SignedOut,
    SyncError,
    TooLarge,
    UpgradeRequired,
    WrongOffset,
)

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

M = TypeVar("M", bound=BaseModel)
TIMEOUT = (10, 30, 30, 30)
"""Seconds to connect, between two pieces read, between two written, for a free connection."""
PIECE_TIMEOUT = (10, 60, 60, 60)
STREAM_TIMEOUT = (10, 60, 60, 60)  # the server comments every 25 s
GZIP_FROM_BYTES = 1024


class FlightMode:
    """A transport with a switch: on, nothing leaves the device, and open streams break."""

    def __init__(
        self, inner: "httpx.AsyncBaseTransport | None" = None, is_on: bool = False
    ) -> None:
        self._inner = inner
        self.is_on = is_on

    def open(self) -> None:
        """Make the real transport, where no other was given; it reads its certificates."""
        import httpx

        self._inner = self._inner or httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: "httpx.Request") -> "httpx.Response":
        import httpx

        if self.is_on:
            raise httpx.ConnectError("flight mode is on", request=request)
        assert self._inner is not None, "a request before the client was opened"
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        if self._inner is not None:
            await self._inner.aclose()


class SyncClient:
    """Speaks to one server. Every method raises `SyncError`, nothing else."""

    def __init__(
        self, server_url: str, transport: "FlightMode | httpx.AsyncBaseTransport | None" = None
    ) -> None:
        self._server_url, self._transport = server_url, transport
        self._http: httpx.AsyncClient | None = None
        self._opening = asyncio.Lock()

    async def sign_in(self, request: SignInRequest) -> SignInResponse:
        return await self._post("/v1/auth/sign-in", request, SignInResponse)

    async def sign_out(self, token: str) -> None:
        await self._send("POST", "/v1/auth/sign-out", headers=_bearer(token))

    async def sync(self, token: str, request: SyncRequest) -> SyncResponse:
        return await self._post("/v1/sync", request, SyncResponse, _bearer(token))

    async def announce_photo(self, token: str, sha256: str, length: int) -> int:
        """How many bytes of this photo the office has already."""
        named = base64.b64encode(sha256.encode()).decode()
        headers = {"upload-length": str(length), "upload-metadata": f"sha256 {named}"}
        answer = await self._send("POST", "/v1/photos", headers=_bearer(token) | headers)
        return _offset(answer)

    async def send_piece(self, token: str, sha256: str, at: int, piece: bytes) -> int:
        """Send the next bytes of a photo; returns how many the office has now."""
        headers = {"upload-offset": str(at), "content-type": "application/offset+octet-stream"}
        try:
            answer = await self._send(
                "PATCH",
                f"/v1/photos/{sha256}",
                headers=_bearer(token) | headers,
                content=piece,
                timeout=PIECE_TIMEOUT,
            )
        except WrongOffset as error:
            return error.offset
        return _offset(answer)

    async def photo(self, token: str, sha256: str, *, thumb: bool) -> bytes:
        """A photo as the office holds it; the office may point to where it keeps its photos.

        The token goes to the office alone.
        """
        path = f"/v1/photos/{sha256}" + ("?size=thumb" if thumb else "")
        answer = await self._request("GET", path, headers=_bearer(token))
        if answer.has_redirect_location:
            return (await self._send("GET", _elsewhere(answer))).content
        if not answer.is_success:
            raise _error(answer)
        return answer.content

    @asynccontextmanager
    async def stream(self, token: str) -> AsyncIterator[AsyncIterator[str]]:
        """The names of server-sent events, as they come; ends when the server ends it."""
        http = await self._opened()
        import httpx

        headers = _bearer(token) | {"accept": "text/event-stream"}
        try:
            async with http.stream(
                "GET", "/v1/sync/stream", headers=headers, timeout=STREAM_TIMEOUT
            ) as response:
                if response.status_code != HTTPStatus.OK:
                    await response.aread()
                    raise _error(response)
                yield _event_names(response)
        except httpx.HTTPError as error:
            raise _no_route(error) from error

    async def aclose(self) -> None:
        if self._http is not None:
            await self._http.aclose()

    async def _opened(self) -> "httpx.AsyncClient":
        async with self._opening:
            if self._http is None:
                self._http = await asyncio.to_thread(self._open)
        return self._http

    def _open(self) -> "httpx.AsyncClient":
        import httpx

        if isinstance(self._transport, FlightMode):
            self._transport.open()
        transport = cast("httpx.AsyncBaseTransport | None", self._transport)
        return httpx.AsyncClient(base_url=self._server_url, transport=transport, timeout=TIMEOUT)

    async def _post(
        self, path: str, request: BaseModel, answer: type[M], headers: dict[str, str] | None = None
    ) -> M:
        body = request.model_dump_json().encode()
        sent = {"content-type": "application/json"} | (headers or {})
        if len(body) >= GZIP_FROM_BYTES:
            body, sent = gzip.compress(body, 1), sent | {"content-encoding": "gzip"}
        response = await self._send("POST", path, content=body, headers=sent)
        try:
            return answer.model_validate_json(response.content)
        except ValidationError as error:
            raise _unreadable(response, error) from error

    async def _send(self, method: str, path: str, **parts: Any) -> "httpx.Response":
        response = await self._request(method, path, **parts)
        if not response.is_success:
            raise _error(response)
        return response

    async def _request(self, method: str, path: str, **parts: Any) -> "httpx.Response":
        """The answer, whatever it says. A redirect is an answer too."""
        http = await self._opened()
        import httpx

        try:
            return await http.request(method, path, **parts)
        except httpx.HTTPError as error:
            raise _no_route(error) from error


def _no_route(error: "httpx.HTTPError") -> SyncError:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return Offline("What answers cannot prove to be the office. Nothing was sent to it.")
    return Offline("No connection to the server.")


def _elsewhere(answer: "httpx.Response") -> str:
    place = str(answer.url.join(answer.headers["location"]))
    try:
        ensure_safe(place)
    except BadAddress as error:
        raise ProtocolBroken("The office points to a place that is not safe.") from error
    return place


def _offset(answer: "httpx.Response") -> int:
    try:
        return int(answer.headers["upload-offset"])
    except (KeyError, ValueError) as error:
        raise ProtocolBroken("The server did not say how much of a photo it has.") from error


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def _event_names(response: "httpx.Response") -> AsyncIterator[str]:
    async for line in response.aiter_lines():
        if line.startswith("event:"):
            yield line.removeprefix("event:").strip()


def _unreadable(response: "httpx.Response", error: ValidationError) -> SyncError:
    """A café's sign-in page answers 200 too; that is no route, not a broken contract."""
    if "json" not in response.headers.get("content-type", ""):
        return Offline("This network asks for a sign-in of its own before it lets the app through.")
    places = [".".join(map(str, each["loc"])) for each in error.errors(include_input=False)]
    log.warning("an answer was not as agreed at: %s", ", ".join(places[:10]))
    return ProtocolBroken("The server's answer could not be read.")


def _error(response: "httpx.Response") -> SyncError:
    """The status code decides what to do next; the problem's title is what to say."""
    said = _title(response)
    match response.status_code:
        case HTTPStatus.UNAUTHORIZED:
            is_revoked = _code(response) == "device_revoked"
            return SignedOut(said or "Please sign in again.", is_revoked=is_revoked)
        case HTTPStatus.FORBIDDEN:
            return NotAllowed(said or "This account has no access to the field app.")
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return TooLarge(said or "The request was too large.")
        case HTTPStatus.UPGRADE_REQUIRED:
            return UpgradeRequired(said or "This app is too old. Please update it.")
        case HTTPStatus.TOO_MANY_REQUESTS:
            return ServerBusy(said or "Too many tries. Please wait a moment.", _wait(response))
        case HTTPStatus.CONFLICT:
            return WrongOffset(_offset(response))
        case HTTPStatus.LOCKED:
            return ServerBusy(said or "The photo is being written.", _wait(response))
        case 460:
            return PhotoRefused(said or "The photo did not arrive as it was sent.")
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == 408:
            return ServerBusy("The server has a problem. The app keeps trying.", _wait(response))
        case status:
            log.warning("the server answered %s", status)
            return ProtocolBroken(said or "The server refused the request.")


def _title(response: "httpx.Response") -> str | None:
    problem = _problem(response)
    said = problem.get("detail") or problem.get("title")
    return str(said) if said else None


def _code(response: "httpx.Response") -> str:
    return str(_problem(response).get("code", ""))


def _problem(response: "httpx.Response") -> dict[str, Any]:
    if response.headers.get("content-type", "").partition(";")[0] != "application/problem+json":
        return {}
    try:
        problem = response.json()
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


def _wait(response: "httpx.Response") -> float | None:
    """Seconds, or a time of day, which counts from the server's own clock."""
    value = response.headers.get("retry-after", "")
    if value.isdecimal():
        return float(value)
    try:
        until, now = map(parsedate_to_datetime, (value, response.headers["date"]))
    except (KeyError, ValueError):
        return None
    return (until - now).total_seconds()
