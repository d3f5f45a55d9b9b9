"""The stream: tells a device that something has changed, never what."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool

from field_app.domain.person import Role
from server_stub import devices, scope
from server_stub.settings import ServerSettings
from server_stub.tokens import Caller
from server_stub.wakeups import Waiter, WakeUps


async def changes_for(
    engine: Engine, settings: ServerSettings, wakeups: WakeUps, caller: Caller
) -> AsyncIterator[str]:
    """Server-sent events for one device, until it is revoked or the server goes down.

    No database connection is held while nothing happens.
    """
    waiter = Waiter(person_id=caller.person.id, device_id=caller.device_id)
    with wakeups.waiting(waiter):
        yield ": listening\n\n"
        while not waiter.is_over:
            if not await run_in_threadpool(_is_welcome, engine, settings, caller, waiter):
                return
            wakeups.concerns.watch(waiter)
            while not await _is_woken(waiter, settings.stream_comment_s):
                yield ": still here\n\n"
            if not waiter.is_over:
                await wakeups.pace.turn()
            waiter.changed.clear()
            if not waiter.is_over:
                yield "event: changed\ndata: {}\n\n"


async def _is_woken(waiter: Waiter, within_s: float) -> bool:
    try:
        await asyncio.wait_for(waiter.changed.wait(), within_s)
    except TimeoutError:
        return False
    return True


def _is_welcome(engine: Engine, settings: ServerSettings, caller: Caller, waiter: Waiter) -> bool:
    """Whether the stream may stay open; if so, the waiter learns which events concern it.

    An admin's does not: of a new event they are not told by name.
    """
    with engine.connect() as connection:
        if not devices.is_welcome(connection, caller):
            return False
        if caller.person.role is not Role.INTERNAL_ADMIN:
            found = scope.of(connection, caller.person, settings, dt.datetime.now(dt.UTC))
            waiter.run = {str(event_id) for event_id in found.run}
            waiter.events = {str(event_id) for event_id in found.events}
    return True
