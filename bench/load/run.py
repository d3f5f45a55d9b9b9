"""A whole run: a town, one server process, its devices, and what there is to say about it."""

import asyncio
import contextlib
import os
import random
import resource
import socket
import sys
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg

from bench.load import day
from bench.load.checks import missing
from bench.load.device import Device, Record
from bench.load.gauge import Gauge, Spent
from bench.load.town import Worker, fill
from bench.load.wire import Traffic, Wire
from server_stub.demo.children import Child, wait_until
from server_stub.garbage import collected_by_the_clock

BAD_LINKS = 0.01
FIRST_SYNCS_AT_ONCE = 16
SLOWEST_ARRIVALS = 10
"""A second; where fewer get their first answer, the rest is not waited for."""
WITHIN_S = 45
"""How long stragglers may take after their last appointed moment."""
SLOW_MS = 500
STEP_S = 8
STEPS_A_SECOND = (100, 150, 200, 250, 300, 400, 500, 650, 800, 1000)
SAMPLE_S = 5


@dataclass
class Phase:
    """What happened between two moments: how long, what it cost, and how long each sync took."""

    seconds: float = 0.0
    spent: Spent = field(default_factory=lambda: Spent(0, 0, 0))
    bytes_on_wire: int = 0
    woken: int = 0
    took: dict[str, list[float]] = field(default_factory=dict)

    @property
    def syncs(self) -> int:
        return sum(len(each) for each in self.took.values())

    def good(self) -> list[float]:
        """Seconds of every sync over a good link, but for first ones."""
        return [
            *self.took.get("without", []),
            *self.took.get("with an operation", []),
        ]


@dataclass
class Result:
    record: Record = field(default_factory=Record)
    phases: dict[str, Phase] = field(default_factory=dict)
    steps: dict[int, Phase] = field(default_factory=dict)
    memory_mb: dict[str, float] = field(default_factory=dict)
    streams: int = 0
    samples: list[tuple[float, float]] = field(default_factory=list)
    """Hours since the beginning, and MB of the server."""
    postgres_mb: float = 0.0
    missing: list[str] = field(default_factory=list)
    unsettled: int = 0


class Run:
    """Drives devices against a server that is up; `result` grows with every phase."""

    def __init__(self, workers: list[Worker], port: int, gauge: Gauge) -> None:
        self.result = Result()
        self._gauge, self._traffic = gauge, Traffic()
        wire = Wire("127.0.0.1", port, self._traffic)
        every = round(1 / BAD_LINKS)
        self._devices = [
            Device(worker, wire, self.result.record, is_on_bad_link=number % every == every - 1)
            for number, worker in enumerate(workers)
        ]

    async def play(self, minutes: float, *, with_ramp: bool) -> None:
        """Arrive, work, and idle faster and faster until that is too fast. Raises NotArrived."""
        self.result.memory_mb["before"] = self._gauge.memory_mb()
        async with self._phase("arriving"):
            within_s = max(60, len(self._devices) / SLOWEST_ARRIVALS)
            streams = await day.arrive(self._devices, FIRST_SYNCS_AT_ONCE, within_s)
        self.result.memory_mb["with streams"] = self._gauge.memory_mb()
        self.result.streams = self.result.record.streams
        sampling = asyncio.create_task(self._sample())
        async with self._phase("hour"):
            await day.busiest_hour(self._devices, minutes)
        if with_ramp:
            await self._ramp()
        self.result.memory_mb["after"] = self._gauge.memory_mb()
        self.result.postgres_mb = self._gauge.postgres_mb()
        await _end([sampling, *streams])

    async def _ramp(self) -> None:
        for rate in STEPS_A_SECOND:
            async with self._phase(f"ramp {rate}") as phase:
                await day.idle(self._devices, rate, STEP_S)
            self.result.steps[rate] = phase
            if percentile(phase.good(), 0.95) * 1000 > SLOW_MS:
                return

    @contextlib.asynccontextmanager
    async def _phase(self, name: str) -> AsyncIterator[Phase]:
        """Measured until everybody is done with what they were doing."""
        record, phase = self.result.record, Phase()
        began, spent, woken = time.monotonic(), self._gauge.spent(), record.woken
        on_wire = self._traffic.sent + self._traffic.received
        record.took.clear()
        print(f"{name} ...", file=sys.stderr, flush=True)
        yield phase
        self.result.unsettled += len(await day.settled(self._devices, WITHIN_S))
        phase.seconds = time.monotonic() - began
        phase.spent = self._gauge.spent().since(spent)
        phase.bytes_on_wire = self._traffic.sent + self._traffic.received - on_wire
        phase.woken = record.woken - woken
        phase.took = {kind: list(took) for kind, took in record.took.items()}
        self.result.phases[name] = phase

    async def _sample(self) -> None:
        began = time.monotonic()
        while True:
            hours = (time.monotonic() - began) / 3600
            self.result.samples.append((hours, self._gauge.memory_mb()))
            await asyncio.sleep(SAMPLE_S)


def run(
    url: str, postgres_pid: int, folder: Path, devices: int, minutes: float, *, with_ramp: bool
) -> Result:
    """Fill an empty migrated database, serve it and let the devices work."""
    allow_sockets(devices)
    with psycopg.connect(url, autocommit=True) as db:
        workers = fill(db, devices)
        with serving(url, folder) as (pid, port):
            running = Run(workers, port, Gauge(pid, postgres_pid))
            asyncio.run(_undisturbed(running.play(minutes, with_ramp=with_ramp)))
        running.result.missing = missing(db, running.result.record.acknowledged)
    return running.result


def allow_sockets(devices: int) -> None:
    """Let this process and its children open a socket for each device and some for its syncs."""
    needed = int(devices * 1.2) + 500
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < needed:
        sys.exit(f"{devices} devices need {needed} open files; {most} are allowed (ulimit -Hn).")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@contextlib.contextmanager
def serving(url: str, folder: Path) -> Iterator[tuple[int, int]]:
    """The process id and the port of `sync-server serve`, with its log in `folder`."""
    port = _free_port()
    command = [sys.executable, "-m", "server_stub.cli", "serve", "--port", str(port)]
    environment = {**os.environ, "DATABASE_URL": url, "PHOTO_STORE": str(folder / "photos")}
    server = Child("server", command, environment, folder / "server.log")
    server.start()
    try:
        if not wait_until(lambda: _is_up(port), 30):
            raise RuntimeError((folder / "server.log").read_text()[-2000:])
        assert server.process is not None
        yield server.process.pid, port
    finally:
        server.stop()


def percentile(values: list[float], of: float) -> float:
    return sorted(values)[min(int(len(values) * of), len(values) - 1)] if values else 0.0


def _free_port() -> int:
    """One that no outgoing connection can be given meanwhile, of which there are thousands here."""
    for port in random.sample(range(20_000, 30_000), 100):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise OSError("no port between 20000 and 30000 is free")


def _is_up(port: int) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
    return False


async def _undisturbed(play: Coroutine[None, None, None]) -> None:
    """Thousands of devices are much to look at, too, and would all seem to wait meanwhile."""
    async with collected_by_the_clock():
        await play


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
