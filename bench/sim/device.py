"""One simulated device: the app's own store, outbox and cycle; clock and network are ours."""

import asyncio
import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from bench.sim.network import Lost, Network
from field_app.domain.clock import ClockReading, Stamp
from field_app.domain.operations import Envelope, Operation
from field_app.domain.wire import Person, SyncRequest, SyncResponse
from field_app.store import offsets
from field_app.store.engine import Store
from field_app.store.offsets import Ticks
from field_app.sync import cycle
from field_app.sync.cycle import Signed

MOST_ROUNDS = 200
BATCH, PAGE = 3, 100


class Killed(Exception):
    """The device died with an answer in its hands."""


@dataclass
class Told:
    """What this device's people were told was saved, by operation."""

    saved: dict[UUID, str] = field(default_factory=dict)


class Device:
    """A device folder with somebody signed in. Time is the fleet's, seen through its own clock."""

    def __init__(
        self, folder: Path, device_id: UUID, person: Person, seeded: random.Random
    ) -> None:
        self.folder, self.device_id, self.person = folder, device_id, person
        self._seeded = seeded
        self.skew = dt.timedelta(0)
        self.boot = 1
        self.told = Told()
        self.store = Store(folder)

    @property
    def signed(self) -> Signed:
        return Signed(self.person, self.device_id, "token")

    def ticks(self, now: dt.datetime) -> Ticks:
        since_boot = int(now.timestamp() * 1000) % 10**9
        return Ticks(
            device_at=now + self.skew, monotonic_ms=since_boot, boot_id=f"boot {self.boot}"
        )

    def perform(self, target_id: UUID, operation: Operation, now: dt.datetime) -> bool:
        """Do it here, as a tap does; whether it was saved as an operation."""
        clock: ClockReading = offsets.read_clock(self.store.read(offsets.load), self.ticks(now))
        stamp = Stamp(
            operation_id=UUID(int=self._seeded.getrandbits(128), version=4),
            actor=self.person.actor,
            device_id=self.device_id,
            occurred_at=clock.occurred_at,
            received_at=clock.occurred_at,
            clock=clock,
        )
        envelope = Envelope(
            stamp=stamp, seq=0, target_id=target_id, time_zone_offset_min=0, operation=operation
        )
        queued_before = self.store.get_setting("last_seq")
        self.store.perform(envelope)
        if self.store.get_setting("last_seq") == queued_before:
            return False
        self.told.saved[stamp.operation_id] = operation.kind
        return True

    def sync(
        self, network: Network, now: dt.datetime, meanwhile: Callable[[], None] = lambda: None
    ) -> bool:
        """The app's own cycle, with small batches; False where the network or a crash ended it.

        `meanwhile` is what the person does while an answer is on its way.
        """
        way = _Way(self, network, meanwhile)
        ticks = partial(self.ticks, now)
        doing = cycle.Cycle(self.store, way, self.signed, ticks, "1", BATCH, PAGE, _at_once)
        try:
            asyncio.run(doing.run())
        except Lost:
            return False
        except Killed:
            self.restart()
            return False
        return True

    def restart(self) -> None:
        """kill -9 and start again: what was not committed is gone."""
        self.store.close()
        self.boot += 1
        self.store = Store(self.folder)


@dataclass
class _Way:
    """The network as one device's cycle sees it."""

    device: Device
    network: Network
    meanwhile: Callable[[], None]
    rounds: int = 0

    async def sync(self, _token: str, request: SyncRequest) -> SyncResponse:
        self.rounds += 1
        if self.rounds > MOST_ROUNDS:
            raise RuntimeError(f"the device of {self.device.person.name} never stops asking")
        answer = self.network.ask(self.device, request)
        if self.network.kills():
            raise Killed
        self.meanwhile()
        return answer


async def _at_once(work: Callable[..., Any], *args: Any) -> Any:
    """In place of a thread, so that a seed always does the same."""
    return work(*args)
