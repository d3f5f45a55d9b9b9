"""One simulated device: the app's own store, outbox and cycle; clock and network are ours."""

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from bench.sim.network import Lost, Network
from field_app.domain.clock import ClockReading, Stamp
from field_app.domain.operations import Envelope, Operation
from field_app.domain.wire import MOST_OPERATIONS, Person, SyncResponse
from field_app.store import offsets
from field_app.store.engine import Store
from field_app.store.offsets import Ticks
from field_app.sync import cycle
from field_app.sync.cycle import Signed


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
        """One cycle, page by page; False where the network or a crash ended it.

        `meanwhile` is what the person does while the answer is on its way.
        """
        most = MOST_OPERATIONS
        for _ in range(MOST_ROUNDS):
            prepared = cycle.prepare(self.store, self.signed, self.ticks(now), "1", most)
            try:
                answer = network.ask(self, prepared.request)
            except Lost:
                return False
            if network.kills():
                self.restart()
                return False
            meanwhile()
            self.take_in(prepared, answer, now)
            if answer.more:
                most = 0
                continue
            most = MOST_OPERATIONS
            if not (
                answer.verdicts and cycle._is_waiting(self.store, self.signed, self.ticks(now))
            ):
                return True
        raise RuntimeError(f"the device of {self.person.name} never stops asking")

    def take_in(self, prepared: cycle.Prepared, answer: SyncResponse, now: dt.datetime) -> None:
        cycle.apply(self.store, self.signed, prepared, answer, self.ticks(now))

    def restart(self) -> None:
        """kill -9 and start again: what was not committed is gone."""
        self.store.close()
        self.boot += 1
        self.store = Store(self.folder)


MOST_ROUNDS = 200
