"""Access while it lasts: one stream for each device, and uploads that end when access does."""

import asyncio
from collections.abc import AsyncIterator

from sqlalchemy import Engine, text
from starlette.concurrency import run_in_threadpool

from server_stub import devices
from server_stub.problems import ProblemError
from server_stub.tokens import Caller
from server_stub.wakeups import STREAM_OPENED, Waiter, WakeUps

NEXT_NUMBER = text("SELECT nextval('stream_numbers')")
TELL_OLDER = text("SELECT pg_notify(:channel, :device || ' ' || :number)")


def number_stream(engine: Engine, waiter: Waiter) -> None:
    """Number a new stream; those of its device with a lower number end, in every process."""
    with engine.begin() as connection:
        waiter.number = int(connection.execute(NEXT_NUMBER).scalar_one())  # before it is told
        device, number = str(waiter.device_id), str(waiter.number)
        values = {"channel": STREAM_OPENED, "device": device, "number": number}
        connection.execute(TELL_OLDER, values)


async def while_welcome(
    engine: Engine, wakeups: WakeUps, caller: Caller, body: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    """The pieces of a body; raises a 401 problem as soon as its sender has no access any more."""
    waiter = Waiter(person_id=caller.person.id, device_id=caller.device_id, events=set())
    with wakeups.waiting(waiter):
        left = asyncio.ensure_future(_leaving(engine, caller, waiter))
        chunk = None
        try:
            while True:
                chunk = asyncio.ensure_future(anext(body, None))
                await asyncio.wait({chunk, left}, return_when=asyncio.FIRST_COMPLETED)
                if left.done():
                    left.result()
                    raise ProblemError(401)
                if (content := chunk.result()) is None:
                    return
                yield content
        finally:
            left.cancel()
            if chunk is not None:
                chunk.cancel()


async def _leaving(engine: Engine, caller: Caller, waiter: Waiter) -> None:
    """Returns once access has ended; not when the server goes down, which finishes requests."""
    while await run_in_threadpool(_is_welcome, engine, caller):
        await waiter.changed.wait()
        waiter.changed.clear()


def _is_welcome(engine: Engine, caller: Caller) -> bool:
    with engine.connect() as connection:
        return devices.welcome_until(connection, caller) is not None
