"""Reading a request's body: bounded before and after unzipping, and strictly JSON."""

import asyncio
import json
import math
import zlib
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from field_app.domain.wire import MOST_REQUEST_BYTES
from server_stub.problems import ProblemError, first_error

M = TypeVar("M", bound=BaseModel)


async def read_json(request: Request, within_s: float, most_bytes: int = MOST_REQUEST_BYTES) -> Any:
    """The body as JSON.

    Raises a problem for what is too large, too slow, no JSON, or no finite number.
    """
    try:
        async with asyncio.timeout(within_s):
            body = await _read_bounded(request, most_bytes)
    except TimeoutError as error:
        raise ProblemError(408) from error
    match request.headers.get("content-encoding", "identity").lower():
        case "identity":
            pass
        case "gzip":
            body = _unzip_bounded(body, most_bytes)
        case _:
            raise ProblemError(415)
    try:
        text = body.decode()  # given bytes, json would take UTF-16 and lone surrogates as well
        return json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise ProblemError(400, "malformed_json", "The request is not valid JSON.") from error


def parse(model: type[M], body: Any) -> M:
    """The body as a message. Raises a problem that names the first field that is wrong."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise ProblemError(422, detail=first_error(error.errors())) from error


async def _read_bounded(request: Request, most_bytes: int) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most_bytes:
            raise ProblemError(413)
        parts.append(part)
    return b"".join(parts)


def _unzip_bounded(body: bytes, most_bytes: int) -> bytes:
    unzip = zlib.decompressobj(wbits=31)
    try:
        plain = unzip.decompress(body, most_bytes + 1)
    except zlib.error:
        plain = b""
    if len(plain) > most_bytes:
        raise ProblemError(413)
    if not unzip.eof:
        raise ProblemError(400, "malformed_gzip", "The request is not valid gzip.")
    return plain


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is out of range")
    return number
