"""One device of a storm, as a process: somebody works and syncs until told to stop, or killed.

`python -m bench.storm.device FOLDER URL [MUTANT]`; FOLDER holds `signed.json`. The id of every
operation goes to `told.log` once the person was told that it is saved. When there is a file
`enough` next to FOLDER, the process drains what is left and ends. MUTANT is a planted bug's name.
"""

import asyncio
import datetime as dt
import json
import os
import random
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

from bench.sim import actions
from bench.sim.device import Device
from bench.sim.mutants import MUTANTS
from field_app.domain.issues import IssueReport, NewPhoto
from field_app.domain.operations import Operation
from field_app.domain.wire import SignInResponse
from field_app.store import outbox, photo_queue
from field_app.store.offsets import Ticks
from field_app.store.photo_files import PhotoFiles
from field_app.store.photo_intake import take_in
from field_app.sync.client import SyncClient
from field_app.sync.cycle import Cycle, Signed
from field_app.sync.errors import SyncError
from field_app.sync.uploads import Uploads
from tests.support.pictures import a_jpeg

PHOTO_CHANCE = 0.4
TOLD, SIGNED, ENOUGH = "told.log", "signed.json", "enough"


class Work:
    """What one process does. Everything it knows is in its folder."""

    def __init__(self, folder: Path, url: str) -> None:
        said = SignInResponse.model_validate_json((folder / SIGNED).read_text())
        self._seeded = random.Random()  # a second life must not make the ids of the first
        self.device = Device(folder, said.device_id, said.person, self._seeded)
        self.signed = Signed(said.person, said.device_id, said.token)
        self.client = SyncClient(url)
        self.files = PhotoFiles(folder / "photos")
        self.told = (folder / TOLD).open("ab")
        self.enough = folder.parent / ENOUGH
        self.uploads = Uploads(
            self.device.store,
            self.files,
            self.client,
            lambda: self.signed,
            now=_now,
            jitter=lambda _: 0.0,
            is_metered=_unmetered,
        )

    async def run(self) -> None:
        sending = asyncio.create_task(self._send_photos())
        while not (self.enough.exists() and self._is_drained()):
            for _ in range(0 if self.enough.exists() else self._seeded.randrange(4)):
                self._act()
            with suppress(SyncError):
                await self.sync()
            await asyncio.sleep(self._seeded.uniform(0, 0.15))
        sending.cancel()

    async def sync(self) -> None:
        """One cycle. Raises SyncError."""
        await Cycle(self.device.store, self.client, self.signed, self._ticks, "1").run()

    async def close(self) -> None:
        await self.client.aclose()
        self.device.store.close()
        self.told.close()

    def _ticks(self) -> Ticks:
        return self.device.ticks(_now())

    def _act(self) -> None:
        act = actions.something(self.device, self._seeded)
        if act is None:
            return
        target_id, operation = act
        if self.device.perform(target_id, self._with_photo(operation), _now()):
            operation_id, kind = list(self.device.told.saved.items())[-1]
            self.told.write(f"{operation_id} {kind}\n".encode())
            self.told.flush()
            os.fsync(self.told.fileno())

    def _with_photo(self, operation: Operation) -> Operation:
        if not isinstance(operation, IssueReport) or self._seeded.random() > PHOTO_CHANCE:
            return operation
        picture = take_in(a_jpeg(self._seeded.randrange(10**6), edge=300))
        self.files.save(picture)
        photo = NewPhoto(sha256=picture.sha256, bytes=len(picture.jpeg))
        return operation.model_copy(update={"photos": (photo,)})

    async def _send_photos(self) -> None:
        while True:
            with suppress(SyncError):
                await self.uploads.send_all()
            await asyncio.sleep(0.1)

    def _is_drained(self) -> bool:
        me = self.signed.person.id
        left = self.device.store.read(
            lambda session: outbox.backlog(session, me)[0] + photo_queue.count_unsent(session, me)
        )
        return left == 0


async def _unmetered() -> bool:
    return False


def _now() -> dt.datetime:
    now = dt.datetime.now(dt.UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def told(folder: Path) -> dict[str, str]:
    """What the people of this folder were told was saved: kinds by operation id."""
    lines = (folder / TOLD).read_text().splitlines() if (folder / TOLD).exists() else []
    return dict(line.split(" ", 1) for line in lines)


def remember(folder: Path, said: SignInResponse) -> None:
    folder.mkdir(parents=True)
    (folder / SIGNED).write_text(json.dumps(said.model_dump(mode="json")))


def main(folder: str, url: str, planted: str = "") -> None:
    bugs = [mutant.planted("") for mutant in MUTANTS if mutant.name == planted]
    with ExitStack() as stack:
        for bug in bugs:
            stack.enter_context(bug)
        asyncio.run(Work(Path(folder), url).run())


if __name__ == "__main__":
    main(*sys.argv[1:])
