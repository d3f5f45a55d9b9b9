"""Memory and CPU of the processes, read from outside."""

import contextlib
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Spent:
    """Seconds of CPU so far: the server's, PostgreSQL's, and those of the devices."""

    server: float
    postgres: float
    devices: float

    def since(self, before: "Spent") -> "Spent":
        return Spent(
            self.server - before.server,
            self.postgres - before.postgres,
            self.devices - before.devices,
        )


class Gauge:
    def __init__(self, server_pid: int, postgres_pid: int) -> None:
        self._server = psutil.Process(server_pid)
        self._postgres = psutil.Process(postgres_pid)
        self._devices = psutil.Process()

    def memory_mb(self) -> float:
        """Of the server."""
        return float(self._server.memory_info().rss) / 2**20

    def postgres_mb(self) -> float:
        """Every page once, however many of its processes share it."""
        return sum(_own_bytes(each) for each in self._family()) / 2**20

    def spent(self) -> Spent:
        postgres = sum(_cpu_s(each) for each in self._family())
        return Spent(_cpu_s(self._server), postgres, _cpu_s(self._devices))

    def _family(self) -> list[psutil.Process]:
        return [self._postgres, *self._postgres.children(recursive=True)]


def _cpu_s(process: psutil.Process) -> float:
    """With that of its children that have ended."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return float(sum(process.cpu_times()[:4]))
    return 0.0


def _own_bytes(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.NoSuchProcess):
        return float(process.memory_full_info().pss)
    return 0.0


def slope(points: list[tuple[float, float]]) -> float:
    """How steeply the best line through these (x, y) rises."""
    x_mean = sum(x for x, _ in points) / len(points)
    y_mean = sum(y for _, y in points) / len(points)
    spread = sum((x - x_mean) ** 2 for x, _ in points)
    return sum((x - x_mean) * (y - y_mean) for x, y in points) / spread if spread else 0.0
