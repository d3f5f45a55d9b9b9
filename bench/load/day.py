"""A day's rhythm, at the rate of its busiest hour, and then faster and faster.

Everything starts at its appointed moment, whether or not the server keeps up, so that a slow answer
delays no other request and hides nothing.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator
from uuid import uuid4

from bench.load.device import Device

VISIBLE_MIN = 60
"""Minutes of a day for which somebody has the app in front of them; it then syncs every minute."""
BUSIEST_MIN = 20
"""How many of those lie in the busiest hour, the one in which shifts begin."""
BURST = 0.2
"""Of all devices, how many check in within the first minute."""
REPORTS = 0.05
LEAVING = 0.05
"""Of all devices, how many report something, and check out, in the part of the hour that is run."""
CHECK_IN = {
    "location": {
        "latitude": 40.7425,
        "longitude": -74.0061,
        "accuracy_m": 12,
        "captured_at": "2026-11-23T08:59:57Z",
    }
}

Moment = tuple[float, Device, Callable[[Device], None]]


class NotArrived(Exception):
    """Not everybody did in time; the message says how many."""


async def arrive(devices: list[Device], at_once: int, within_s: float) -> list[asyncio.Task[None]]:
    """Everybody opens their stream and syncs for the first time, so many at once at most.

    Returns the streams' tasks. Raises NotArrived.
    """
    places = asyncio.Semaphore(at_once)
    streams: list[asyncio.Task[None]] = []

    async def come(device: Device) -> None:
        try:
            await device.sync()
        finally:
            places.release()

    try:
        async with asyncio.timeout(within_s), asyncio.TaskGroup() as coming:
            for device in devices:
                await places.acquire()
                streams.append(asyncio.create_task(device.listen()))
                coming.create_task(come(device))
    except TimeoutError:
        for stream in streams:
            stream.cancel()
        arrived = sum(device.has_arrived for device in devices)
        raise NotArrived(
            f"{arrived:,} of {len(devices):,} devices had their first answer within "
            f"{within_s:,.0f} s, and so the run ends here."
        ) from None
    return streams


async def busiest_hour(devices: list[Device], minutes: float) -> None:
    """So many minutes of it: the burst of check-ins with its kits, reports, check-outs, and idling.

    The burst takes a minute, or half the time where that is less.
    """
    began = time.monotonic()
    moments = sorted(_moments(devices, minutes * 60), key=lambda each: each[0])
    for at_s, device, act in moments:
        if (early_s := began + at_s - time.monotonic()) > 0:
            await asyncio.sleep(early_s)
        act(device)
        device.nudge()


async def idle(devices: list[Device], a_second: float, seconds: float) -> None:
    chosen = random.choices(devices, k=int(a_second * seconds))
    async for device in _paced(chosen, a_second):
        device.nudge()


async def settled(devices: list[Device], within_s: float) -> list[Device]:
    """Wait until everybody is done with what they were doing; returns who was not, in time.

    Who was done once is done: somebody or other is always being woken.
    """
    until = time.monotonic() + within_s
    waited_for = devices
    while time.monotonic() < until:
        waited_for = [device for device in waited_for if not device.is_settled]
        if not waited_for:
            break
        await asyncio.sleep(0.1)
    return waited_for


def _moments(devices: list[Device], seconds: float) -> Iterator[Moment]:
    agents = [device for device in devices if not device.worker.is_manager]
    random.shuffle(agents)
    burst_s = min(60, seconds / 2)
    coming = agents[: max(1, int(len(agents) * BURST))]
    for device in coming:
        yield random.uniform(0, burst_s), device, _check_in
    for device in agents[: max(1, int(len(agents) * LEAVING))]:
        yield random.uniform(burst_s, seconds), device, _check_out
    for device in random.sample(agents, max(1, int(len(agents) * REPORTS))):
        yield random.uniform(0, seconds), device, _report
    for device in random.choices(devices, k=int(len(devices) * BUSIEST_MIN * seconds / 3600)):
        yield random.uniform(0, seconds), device, _nothing


def _check_in(device: Device) -> None:
    worker = device.worker
    assert worker.shift is not None
    device.perform("assignment.check_in", worker.shift, CHECK_IN)
    if worker.need is not None:
        device.perform("kit.check_out", worker.need, {"entry": "scan"})


def _check_out(device: Device) -> None:
    assert device.worker.shift is not None
    device.perform("assignment.check_out", device.worker.shift, CHECK_IN)


def _report(device: Device) -> None:
    said = {"issue_type": "other", "description": "The banner stand is broken", "severity": "low"}
    said["event_instance_id"] = str(device.worker.event)
    device.perform("issue.report", uuid4(), said)


def _nothing(_: Device) -> None:
    pass


async def _paced(devices: list[Device], a_second: float) -> AsyncIterator[Device]:
    began = time.monotonic()
    for number, device in enumerate(devices):
        if (early_s := began + number / a_second - time.monotonic()) > 0:
            await asyncio.sleep(early_s)
        yield device
