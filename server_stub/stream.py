"""The stream: tells a device that something has changed, never what."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool

from field_app.domain.person import Role
from server_stub import access, devices, scope
from server_stub.metrics import Metrics
from server_stub.settings import ServerSettings
from server_stub.tokens import Caller
from server_stub.wakeups import Waiter, WakeUps


async def changes_for(
    engine: Engine,
    settings: ServerSettings,
    wakeups: WakeUps,
    metrics: Metrics,
    caller: Caller,
) -> AsyncIterator[str]:
    """Server-sent events for one device, until it is revoked or the server goes down.

    No database connection is held while nothing happens.
    """
    waiter = Waiter(person_id=caller.person.id, device_id=caller.device_id, number=0)
    with wakeups.waiting(waiter), metrics.stream():
        yield ": listening\n\n"
        await run_in_threadpool(access.number_stream, engine, waiter)
        while not waiter.is_over:
            until = await run_in_threadpool(_welcome_until, engine, settings, caller, waiter)
            if until is None:
                return
            wakeups.concerns.watch(waiter)
            while not await _is_woken(waiter, settings.stream_comment_s):
                yield ": still here\n\n"
                if dt.datetime.now(dt.UTC) > until:
                    break  # its token may have been used since, and be good for longer
            is_woken = waiter.changed.is_set()
            if is_woken and not waiter.is_over:
                await wakeups.pace.turn(waiter.over)
            waiter.changed.clear()
            if is_woken and not waiter.is_over:
                yield "event: changed\ndata: {}\n\n"


async def _is_woken(waiter: Waiter, within_s: float) -> bool:
    try:
        await asyncio.wait_for(waiter.changed.wait(), within_s)
    except TimeoutError:
        return False
    return True


def _welcome_until(
    engine: Engine, settings: ServerSettings, caller: Caller, waiter: Waiter
) -> dt.datetime | None:
    """How long the stream may stay open; while it may, the waiter learns which events concern it.

    An admin's does not: of a new event they are not told by name.
    """
    with engine.connect() as connection:
        until = devices.welcome_until(connection, caller)
        if until is not None and caller.person.role is not Role.INTERNAL_ADMIN:
            found = scope.of(connection, caller.person, settings, dt.datetime.now(dt.UTC))
            waiter.run = {str(event_id) for event_id in found.run}
            waiter.events = {str(event_id) for event_id in found.events}
    return until
