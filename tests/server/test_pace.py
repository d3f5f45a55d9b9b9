"""Who is told when: in turn, and after those who are being answered."""

import asyncio

import pytest

from server_stub.pace import Pace

QUICK = 10_000


async def test_nobody_is_told_while_many_are_being_answered() -> None:
    pace, over = Pace(QUICK, busy_at=2), asyncio.Event()
    with pace.at_work():
        with pace.at_work():
            turn = asyncio.create_task(pace.turn(over))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.shield(turn), 0.05)
        await asyncio.wait_for(turn, 10)


async def test_who_leaves_does_not_wait_for_a_quiet_moment() -> None:
    pace, over = Pace(QUICK, busy_at=1), asyncio.Event()
    with pace.at_work():
        turn = asyncio.create_task(pace.turn(over))
        over.set()

        await asyncio.wait_for(turn, 10)


async def test_turns_have_their_distance() -> None:
    pace, over = Pace(100, busy_at=1), asyncio.Event()
    loop = asyncio.get_running_loop()
    began = loop.time()

    for _ in range(4):
        await pace.turn(over)

    assert loop.time() - began >= 0.03 - 0.001  # the first has no need to wait
