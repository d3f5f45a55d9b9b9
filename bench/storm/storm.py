"""A storm: people work while devices, servers and the database are killed and the network fails."""

import asyncio
import datetime as dt
import os
import random
import socket
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import psycopg

from bench.sim.office import Office
from bench.storm import device as storm_device
from bench.storm.checks import Result, check
from bench.storm.proxy import FAIR, Proxy, Weather, proxying
from field_app.domain.wire import DeviceCard, Person, SignInResponse
from server_stub import database, devices, tokens
from server_stub.demo.children import wait_until
from server_stub.demo.postgres import PostgresServer
from server_stub.settings import ServerSettings
from tests.server.test_cli import COMMAND, inherited
from tests.support.demo import free_port

SERVERS = 2
DRAIN_S = 60
OFFICE_EVERY_S = 0.15
KEEPER = ThreadPoolExecutor(1)
"""Postgres ends with the thread that started it, so this one stays for as long as Python."""


class Storm:
    """The processes of one run. `folder` must be one that the database's account may enter."""

    def __init__(
        self, postgres: PostgresServer, url: str, folder: Path, seed: int, planted: str = ""
    ) -> None:
        self.postgres, self.url, self.folder, self._planted = postgres, url, folder, planted
        self.seeded = random.Random(seed)
        self.struck: Counter[str] = Counter()
        self.ports = [free_port() for _ in range(SERVERS)]
        self.servers: list[subprocess.Popen[bytes]] = []
        self.devices: dict[Path, subprocess.Popen[bytes]] = {}
        folder.mkdir(parents=True, exist_ok=True)
        self._log = (folder / "storm.log").open("ab")

    async def run(self, seconds: float) -> Result:
        with ExitStack() as stack:
            stack.callback(self._end_everything)
            office = self._open_office()
            stack.callback(lambda: office.db.close())
            self.servers = [self._serve(port) for port in self.ports]
            async with proxying(self._any_port, self.seeded, FAIR) as (proxy, address):
                for folder in self._sign_everybody_in(office):
                    self.devices[folder] = self._work(folder, address)
                await self._until_all_work()
                proxy.weather = Weather()
                await self._rage(proxy, address, office, seconds)
                self._heal(proxy)
                late = await asyncio.to_thread(self._drained)
                await self._level(address)
                self.struck.update(proxy.struck)
        result = check(self.url, self.folder / "kept", sorted(self.devices))
        result.broken += [f"liveness: {name} did not drain in {DRAIN_S} s" for name in late]
        result.struck = self.struck
        return result

    async def _rage(self, proxy: Proxy, address: str, office: Office, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        until, next_blow = loop.time() + seconds, loop.time()
        while loop.time() < until:
            await asyncio.sleep(OFFICE_EVERY_S)
            with suppress(psycopg.OperationalError):
                await asyncio.to_thread(office.write_as_others_do)
            if loop.time() > next_blow:
                await self._strike(proxy, address, office)
                next_blow = loop.time() + self.seeded.uniform(0.3, 1.5)

    async def _until_all_work(self) -> None:
        async with asyncio.timeout(DRAIN_S):
            while not all(storm_device.told(folder) for folder in self.devices):
                await asyncio.sleep(0.1)

    async def _strike(self, proxy: Proxy, address: str, office: Office) -> None:
        match self.seeded.choice(["device", "device", "device", "server", "server", "db", "net"]):
            case "device":
                folder = self.seeded.choice(sorted(self.devices))
                self._kill(self.devices[folder])
                self.devices[folder] = self._work(folder, address)
                self.struck["device killed"] += 1
            case "server":
                at = self.seeded.randrange(SERVERS)
                self._kill(self.servers[at])
                self.servers[at] = self._serve(self.ports[at])
                self.struck["server killed"] += 1
            case "db":
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(KEEPER, self._kill_postgres, office)
                self.struck["database killed"] += 1
            case _:
                proxy.is_parted = True
                await asyncio.sleep(self.seeded.uniform(0.2, 1.5))
                proxy.is_parted = False
                proxy.break_all()
                self.struck["network parted"] += 1

    def _heal(self, proxy: Proxy) -> None:
        proxy.weather, proxy.is_parted = FAIR, False
        proxy.break_all()
        for at, server in enumerate(self.servers):
            if server.poll() is not None:
                self.servers[at] = self._serve(self.ports[at])
        for folder, process in self.devices.items():
            if process.poll() is not None:
                raise RuntimeError(f"The device in {folder.name} fell over: see storm.log.")

    def _drained(self) -> list[str]:
        """Tell everybody to stop working; returns who is not done in time."""
        (self.folder / storm_device.ENOUGH).touch()
        late = []
        for folder, process in self.devices.items():
            try:
                if process.wait(DRAIN_S) != 0:
                    late.append(f"{folder.name} ({process.returncode})")
            except subprocess.TimeoutExpired:
                late.append(folder.name)
        return late

    async def _level(self, address: str) -> None:
        """Nobody works any more. One cycle may still be news for others, the second is not."""
        for port in self.ports:  # one that was killed last may not be up yet
            await asyncio.to_thread(wait_until, partial(_is_listening, port), DRAIN_S)
        for folder in [*self.devices, *self.devices]:
            work = storm_device.Work(folder, address)
            await work.sync()
            await work.close()

    def _open_office(self) -> Office:
        connection = psycopg.connect(self.url, autocommit=True)
        return Office(connection, self.seeded, dt.datetime.now(dt.UTC))

    def _sign_everybody_in(self, office: Office) -> list[Path]:
        """A device folder for everybody, and a second one for the first agent."""
        engine = database.create_engine(self.url, pool_size=1)
        settings = ServerSettings(database_url=self.url)
        folders = []
        for number, person_id in enumerate([*office.managers, *office.agents, office.agents[0]]):
            query = "SELECT id, name, email, role, organization_id FROM users WHERE id = %s"
            cursor = office.db.execute(query, [person_id])
            names = [column.name for column in cursor.description or ()]
            row = cursor.fetchone()
            assert row is not None
            person = Person.model_validate(dict(zip(names, row, strict=True)))
            card = DeviceCard(
                id=office.new_id(), name=f"Device {number}", platform="storm", app_version="1"
            )
            with engine.begin() as connection:
                devices.bind(connection, card, person.id)
                token, expires_at = tokens.issue(connection, settings, card.id)
            said = SignInResponse(
                token=token, expires_at=expires_at, device_id=card.id, person=person
            )
            folders.append(self.folder / f"{number}-{person.name}")
            storm_device.remember(folders[-1], said)
        engine.dispose()
        return folders

    def _work(self, folder: Path, address: str) -> subprocess.Popen[bytes]:
        what = [str(folder), address, self._planted]
        command = [sys.executable, "-m", "bench.storm.device", *what]
        return subprocess.Popen(command, stdout=self._log, stderr=self._log)

    def _serve(self, port: int) -> subprocess.Popen[bytes]:
        environment = {
            "DATABASE_URL": self.url,
            "PHOTO_STORE": str(self.folder / "kept"),
            "FIELD_PHOTO_STAGING": str(self.folder / "staging"),
        }
        return subprocess.Popen(
            [*COMMAND, "serve", "--port", str(port)],
            env=inherited() | environment,
            stdout=self._log,
            stderr=self._log,
        )

    def _kill_postgres(self, office: Office) -> None:
        pid = self.postgres.pid
        assert pid is not None
        os.kill(pid, 9)
        self.postgres.restart()
        office.db.close()
        office.db = psycopg.connect(self.url, autocommit=True)

    def _any_port(self) -> int:
        return self.seeded.choice(self.ports)

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()

    def _end_everything(self) -> None:
        for process in [*self.devices.values(), *self.servers]:
            self._kill(process)
        self._log.close()


def _is_listening(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
