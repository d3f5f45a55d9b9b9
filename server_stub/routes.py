"""The routes: parse, call, answer. No rule lives here."""

import re
import time
from typing import Annotated, Any, Protocol, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool

from field_app.domain.wire import (
    MOST_OPERATIONS,
    PROTOCOL,
    Person,
    RotateRequest,
    SignInRequest,
    SyncRequest,
    Verdict,
)
from server_stub import auth, devices, pull, push, stream, tokens
from server_stub.auth import Doorkeeper
from server_stub.bodies import parse, read_json
from server_stub.devices import Device
from server_stub.draining import Draining
from server_stub.limits import CROWDED, Buckets, Places, Turns
from server_stub.metrics import Metrics
from server_stub.observing import note, note_verdicts
from server_stub.problems import ProblemError
from server_stub.pull import Asked
from server_stub.replica import Replica
from server_stub.settings import ServerSettings
from server_stub.tokens import Caller
from server_stub.wakeups import WakeUps

router = APIRouter()

STREAM_LATER_S = 30
QUICK_S = 1.0
"""A body that takes longer may come from somebody who had access only when it began."""


class Parts(Protocol):
    """What the app keeps in its state (see app.py)."""

    engine: Engine
    replica: Replica | None
    settings: ServerSettings
    doorkeeper: Doorkeeper
    turns: Turns
    places: Places
    buckets: Buckets
    wakeups: WakeUps
    metrics: Metrics
    draining: Draining


async def parts_of(request: Request) -> Parts:
    return cast(Parts, request.app.state)


def caller_of(
    parts: Annotated[Parts, Depends(parts_of)],
    authorization: Annotated[str | None, Header()] = None,
) -> Caller:
    caller = tokens.identify(parts.engine, parts.settings, authorization)
    note(device=str(caller.device_id))
    parts.buckets.take(caller.device_id)
    return caller


def sender_of(
    parts: Annotated[Parts, Depends(parts_of)],
    authorization: Annotated[str | None, Header()] = None,
) -> tuple[Caller, ProblemError | None]:
    caller, problem = tokens.recognize(parts.engine, parts.settings, authorization)
    note(device=str(caller.device_id))
    parts.buckets.take(caller.device_id)
    return caller, problem


async def body_of(request: Request, parts: Parts) -> Any:
    """The body as JSON; whoever takes long over it has to be let in once more."""
    began_s = time.monotonic()
    body = await read_json(request, within_s=parts.settings.body_s)
    if time.monotonic() - began_s > QUICK_S:
        await run_in_threadpool(caller_of, parts, request.headers.get("authorization"))
    return body


SenderDep = Annotated[tuple[Caller, ProblemError | None], Depends(sender_of)]
PartsDep = Annotated[Parts, Depends(parts_of)]
CallerDep = Annotated[Caller, Depends(caller_of)]


@router.post("/v1/auth/sign-in")
async def sign_in(request: Request, parts: PartsDep) -> Response:
    """Exchange e-mail and password for a token bound to this device."""
    asked = parse(SignInRequest, await read_json(request, within_s=parts.settings.body_s))
    address = request.client.host if request.client else ""
    with parts.metrics.sign_in():
        async with parts.turns.turn():
            answer = await run_in_threadpool(parts.doorkeeper.sign_in, asked, address)
    return _json(answer.model_dump_json())


@router.post("/v1/auth/rotate", status_code=204)
async def rotate(request: Request, parts: PartsDep, caller: CallerDep) -> Response:
    """Announce the device's next token by its hash."""
    asked = parse(RotateRequest, await body_of(request, parts))
    await run_in_threadpool(
        tokens.announce, parts.engine, parts.settings, caller, asked.next_sha256
    )
    return Response(status_code=204)


@router.post("/v1/auth/sign-out", status_code=204)
def sign_out(parts: PartsDep, caller: CallerDep) -> Response:
    """End this device's token."""
    auth.sign_out(parts.engine, caller)
    return Response(status_code=204)


@router.get("/v1/me")
def me(caller: CallerDep) -> Person:
    """The signed-in person."""
    return caller.person


@router.get("/v1/devices")
def own_devices(parts: PartsDep, caller: CallerDep) -> list[Device]:
    """The signed-in person's devices."""
    return devices.of_person(parts.engine, caller)


@router.delete("/v1/devices/{device_id}", status_code=204)
def revoke_device(device_id: UUID, parts: PartsDep, caller: CallerDep) -> Response:
    """Revoke a device: its token and its streams end at once."""
    devices.revoke(parts.engine, caller, device_id)
    return Response(status_code=204)


@router.post("/v1/sync")
async def sync(request: Request, parts: PartsDep, sender: SenderDep) -> Response:
    """Decide the device's operations, then answer what changed in its person's scope.

    Who gets no answer (no access any more, an app that is too old) can still hand operations in.
    """
    caller, problem = sender
    body = await body_of(request, parts)
    _ensure_servable(body)
    asked = parse(SyncRequest, body)
    if problem is None and _is_older(asked.app_version, parts.settings.oldest_app):
        problem = ProblemError(426)
    if problem is None:
        with parts.wakeups.pace.at_work():
            async with parts.places.place(writes=bool(asked.operations)):
                return await run_in_threadpool(_sync, parts, caller, asked)
    if not asked.operations:
        raise problem
    return await run_in_threadpool(_take, parts, caller, asked)


def _take(parts: Parts, caller: Caller, asked: SyncRequest) -> Response:
    return _json(pull.nothing(parts.engine, asked.cursor, _decide(parts, caller, asked)))


def _sync(parts: Parts, caller: Caller, asked: SyncRequest) -> Response:
    if asked.health is not None:
        devices.note(parts.engine, caller, asked.app_version, asked.health)
    wanted = Asked(caller, asked.cursor, asked.page_rows, _decide(parts, caller, asked))
    begun = time.perf_counter()
    answer = pull.answer(parts.engine, parts.replica, parts.settings, wanted)
    parts.metrics.pulled(time.perf_counter() - begun, len(answer.body), answer.rows)
    return _json(answer.body)


def _decide(parts: Parts, caller: Caller, asked: SyncRequest) -> list[Verdict]:
    verdicts = push.handle(parts.engine, caller, asked.operations)
    parts.metrics.verdicts(verdicts)
    note_verdicts(verdicts)
    return verdicts


def _ensure_servable(body: Any) -> None:
    """Raises a problem for another protocol, which may look different, and for too much at once."""
    asked = body if isinstance(body, dict) else {}
    if isinstance(asked.get("protocol"), int) and asked["protocol"] != PROTOCOL:
        raise ProblemError(426)
    operations = asked.get("operations")
    if isinstance(operations, list) and len(operations) > MOST_OPERATIONS:
        raise ProblemError(413, detail=f"at most {MOST_OPERATIONS} operations in a request")


@router.get("/v1/sync/stream")
def sync_stream(parts: PartsDep, caller: CallerDep) -> StreamingResponse:
    """Server-sent events: `changed` when this person's scope may have changed, never data."""
    if parts.wakeups.count >= parts.settings.most_streams:
        raise ProblemError(429, *CROWDED, retry_after_s=STREAM_LATER_S)
    events = stream.changes_for(parts.engine, parts.settings, parts.wakeups, parts.metrics, caller)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


def _is_older(version: str, oldest: str) -> bool:
    """Compares the numbers in both, "0.9" being older than "0.10"."""
    numbers = [[int(part) for part in re.findall(r"\d+", each)] for each in (version, oldest)]
    return numbers[0] < numbers[1]


def _json(content: str | bytes) -> Response:
    return Response(content, media_type="application/json")
