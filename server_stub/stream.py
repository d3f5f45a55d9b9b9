"""The stream: tells a device that something has changed, never what."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool

from field_app.domain.person import Role
from server_stub import auth, scope
from server_stub.auth import Caller
from server_stub.settings import ServerSettings
from server_stub.wakeups import Waiter, WakeUps


async def changes_for(
    engine: Engine, settings: ServerSettings, wakeups: WakeUps, caller: Caller
) -> AsyncIterator[str]:
    """Server-sent events for one device, until it is revoked or the server goes down.

    No database connection is held while nothing happens.
    """
    waiter = Waiter(
        person_id=caller.person.id,
        device_id=caller.device_id,
        hears_all_events=caller.person.role is not Role.BRAND_AGENT,
    )
    with wakeups.waiting(waiter):
        yield ": listening\n\n"
        waiter.events = await run_in_threadpool(_events, engine, settings, caller)
        while True:
            try:
                await asyncio.wait_for(waiter.changed.wait(), settings.stream_comment_s)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            waiter.changed.clear()
            if waiter.is_over or not await run_in_threadpool(auth.is_welcome, engine, caller):
                return
            yield "event: changed\ndata: {}\n\n"
            waiter.events = await run_in_threadpool(_events, engine, settings, caller)


def _events(engine: Engine, settings: ServerSettings, caller: Caller) -> set[str]:
    with engine.connect() as connection:
        now = dt.datetime.now(dt.UTC)
        found = scope.of(connection, caller.person, settings, now)
        return {str(event_id) for event_id in found.events}
