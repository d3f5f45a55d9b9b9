"""One run: a fleet of devices and one office, through bad luck, and then a healed network."""

import datetime as dt
import hashlib
import json
import random
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import psycopg
from sqlmodel import select

from bench.sim import actions, invariants
from bench.sim.device import Device
from bench.sim.network import NO_BAD_LUCK, Luck, Network
from bench.sim.office import Office
from field_app.domain.wire import DeviceCard, Person
from field_app.store.tables import OutboxRow
from server_stub import database, devices
from server_stub.settings import ServerSettings

STEPS = 150
HEALING_ROUNDS = 4
MINUTE = dt.timedelta(minutes=1)


@dataclass
class Run:
    """What became of a seed. Two runs of one seed have the same digest."""

    seed: int
    broken: list[str] = field(default_factory=list)
    saved: int = 0
    luck: dict[str, int] = field(default_factory=dict)
    digest: str = ""


def run(seed: int, url: str, folder: Path, luck: Luck | None = None, steps: int = STEPS) -> Run:
    """Play one seed on an empty, migrated database."""
    with ExitStack() as stack:
        db = stack.enter_context(psycopg.connect(url, autocommit=True))
        engine = database.create_engine(url, pool_size=1)
        stack.callback(engine.dispose)
        fleet = Fleet(
            seed,
            db,
            Network(engine, ServerSettings(database_url=url), _random(seed, "net"), luck or Luck()),
            folder,
        )
        stack.callback(fleet.close)
        return fleet.play(steps)


class Fleet:
    """Everybody's devices: each person one, the first agent two, and two people share one."""

    def __init__(self, seed: int, db: psycopg.Connection, network: Network, folder: Path) -> None:
        self.seed, self.db, self.network = seed, db, network
        self._seeded = _random(seed, "people")
        # Hours before now, so that no rule that compares with the office's clock sees a difference.
        whole = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0)
        self.now = whole - dt.timedelta(hours=6)
        self.office = Office(db, _random(seed, "office"), self.now)
        people = [*self.office.managers, *self.office.agents, self.office.agents[0]]
        self.devices = [self._device(folder / str(n), person) for n, person in enumerate(people)]

    def play(self, steps: int) -> Run:
        for _ in range(steps):
            self.now += self._seeded.randrange(1, 4) * MINUTE
            self._step()
        self._heal()
        result = Run(self.seed, saved=sum(len(d.told.saved) for d in self.devices))
        result.broken = invariants.broken(self.db, self.network, self.devices)
        result.luck = dict(sorted(self.network.seen.items()))
        result.digest = self._digest()
        return result

    def close(self) -> None:
        for device in self.devices:
            device.store.close()

    def _step(self) -> None:
        device = self._seeded.choice(self.devices)
        match self._seeded.randrange(10):
            case 0 | 1 | 2 | 3 | 4:
                self._act(device)
            case 5 | 6 | 7:
                device.sync(self.network, self.now, lambda: self._act(device, 0.4))
            case 8:
                self.office.write_as_others_do()
                if self._seeded.random() < 0.1:
                    self.office.forget_cursors()
            case _ if self._seeded.random() < 0.5:
                device.restart()
            case _:
                device.skew = self._seeded.randrange(-90, 90) * MINUTE

    def _act(self, device: Device, chance: float = 1) -> None:
        act = actions.something(device, self._seeded)
        if act is not None and self._seeded.random() < chance:
            device.perform(*act, self.now)

    def _heal(self) -> None:
        """The network is fine again: now everything has to drain, and soon."""
        self.network.luck = NO_BAD_LUCK
        for _ in range(HEALING_ROUNDS):
            self.now += 6 * MINUTE
            for device in self.devices:
                device.sync(self.network, self.now)

    def _device(self, folder: Path, person_id: UUID) -> Device:
        device_id = UUID(int=self._seeded.getrandbits(128), version=4)
        row = self.db.execute(
            "SELECT id, name, email, role, organization_id FROM users WHERE id = %s", [person_id]
        ).fetchone()
        assert row is not None
        names = ("id", "name", "email", "role", "organization_id")
        person = Person.model_validate(dict(zip(names, row, strict=True)))
        card = DeviceCard(id=device_id, name="Simulated", platform="sim", app_version="1")
        with self.network.engine.begin() as connection:
            devices.bind(connection, card, person_id)
        device = Device(folder, device_id, person, _random(self.seed, str(folder.name)))
        device.sync(self.network, self.now)
        return device

    def _digest(self) -> str:
        """All that a seed decides: what was done in which order, and what was said to it."""
        query = """SELECT operation_id::text, kind, seq, status, verdict->>'code',
            verdict->'flags' FROM sync_operations ORDER BY operation_id"""
        decided = self.db.execute(query).fetchall()
        held = [
            [(str(r.operation_id), r.status, r.code) for r in d.store.read(_outbox)]
            for d in self.devices
        ]
        return hashlib.sha256(json.dumps([decided, held]).encode()).hexdigest()[:16]


def _outbox(session: object) -> list[OutboxRow]:
    query = select(OutboxRow).order_by(OutboxRow.seq)  # type: ignore[arg-type]
    return list(session.exec(query))  # type: ignore[attr-defined]


def _random(seed: int, what: str) -> random.Random:
    """A stream of its own for each part, so that one more question here changes nothing there."""
    return random.Random(f"{seed} {what}")
