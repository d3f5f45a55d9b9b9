"""One device at work: its store, its sync and its person, and the acts a screen may ask for."""

import asyncio
import contextlib
import datetime as dt
import json
import logging
import random
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from sqlmodel import Session

from field_app.device import Device, Secrets
from field_app.domain.clock import ClockReading, Stamp
from field_app.domain.decision import Refused
from field_app.domain.issues import NewPhoto
from field_app.domain.operations import OPERATION, Envelope, Operation
from field_app.domain.wire import (
    DeviceCard,
    Person,
    SignInRequest,
    SignInResponse,
    WireEnvelope,
)
from field_app.settings import APP_VERSION
from field_app.store import (
    diagnostics,
    mirror,
    offsets,
    outbox,
    photo_intake,
    photo_queue,
    settings,
)
from field_app.store.engine import Store
from field_app.store.offsets import Ticks
from field_app.store.photo_files import PhotoFiles
from field_app.store.settings import Setting
from field_app.store.status import SyncPhase, SyncStatus
from field_app.store.tables import OutboxRow
from field_app.sync.client import FlightMode, SyncClient
from field_app.sync.cycle import Cycle, Signed
from field_app.sync.errors import SignedOut, SyncError
from field_app.sync.loop import SyncLoop
from field_app.sync.uploads import Uploads

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

TOKEN = "token"  # noqa: S105 - the name it is kept under


class Runtime:
    """Belongs to one device folder; in the web view several tabs of a browser share one.

    `device` may change while it is at work: a browser's page goes, and another one is there.
    """

    def __init__(
        self,
        folder: Path,
        server_url: str,
        device: Device,
        secrets: Secrets,
        transport: "httpx.AsyncBaseTransport | None" = None,
    ) -> None:
        self.store = Store(folder)
        self.server_url = server_url
        self.device = device
        self.device_id = self._own_id()
        self.person = self._saved_person()
        self._secrets = secrets
        self._token: str | None = None
        self._flight = FlightMode(transport, self._is_set(Setting.FLIGHT_MODE))
        self._client = SyncClient(server_url, self._flight)
        self._files = PhotoFiles(folder / "photos")
        self._uploads = Uploads(
            self.store,
            self._files,
            self._client,
            self._signed,
            now=lambda: self.device.now(),
            jitter=_any_wait,
            is_metered=lambda: self.device.is_metered(),
            on_change=lambda: self._publish(self._loop.status),
        )
        self._status_listeners: list[Callable[[SyncStatus], None]] = []
        self._loop = SyncLoop(
            self._cycle,
            self._stream,
            now=lambda: self.device.now(),
            jitter=_any_wait,
            on_status=self._publish,
            status=self._first_status(),
        )
        self._running: asyncio.Task[None] | None = None

    @property
    def status(self) -> SyncStatus:
        return replace(self._loop.status, flight_mode=self._flight.is_on)

    @property
    def photos_wait_for_wifi(self) -> bool:
        """Whether photos are kept back at this moment."""
        return self._uploads.is_held

    @property
    def photos_told(self) -> str | None:
        """What the server said where it takes no photos just now."""
        return self._uploads.told

    @property
    def free_bytes(self) -> int:
        """Room left on the disk of this device's folder."""
        return shutil.disk_usage(self.store.folder).free

    async def start(self) -> None:
        """Begin to sync, if somebody is signed in."""
        self._token = await self._secrets.get(TOKEN)
        self._restart()

    async def stop(self) -> None:
        await self._halt()
        await self._client.aclose()
        self.store.close()

    def on_status(self, listener: Callable[[SyncStatus], None]) -> Callable[[], None]:
        self._status_listeners.append(listener)
        return lambda: self._status_listeners.remove(listener)

    def nudge(self) -> None:
        self._loop.nudge()

    def sync_now(self) -> None:
        """A person asked: tried once even where the server asked this device to wait."""
        self._loop.insist()
        self._uploads.insist()

    def read_clock(self) -> ClockReading:
        return offsets.read_clock(self.store.read(offsets.load), self.ticks())

    def ticks(self) -> Ticks:
        device = self.device
        return Ticks(
            device_at=device.now(), monotonic_ms=device.monotonic_ms(), boot_id=device.boot_id()
        )

    async def perform(self, target_id: UUID, operation: Operation) -> Refused | None:
        """Stamp an operation, do it on this device and queue it; None once it is saved here.

        Raises `CannotSave` when the device could not keep it.
        """
        saved = await asyncio.to_thread(self._perform, target_id, operation)
        self.nudge()
        return saved

    async def perform_again(self, refused: OutboxRow) -> Refused | None:
        """Do refused work anew, as a new operation; the refusal counts as read once it is saved."""
        wire = WireEnvelope.model_validate_json(refused.envelope)
        operation = OPERATION.validate_python({**wire.payload, "kind": wire.kind})
        answer = await self.perform(wire.target_id, operation)
        if answer is None:
            await asyncio.to_thread(self._dismiss, refused.operation_id)
        return answer

    def _dismiss(self, operation_id: UUID) -> None:
        now = self.device.now()
        self.store.write(lambda session: outbox.dismiss(session, operation_id, now))

    def diagnostics(self) -> bytes:
        """A file for the office, about how this device is doing; nothing private is in it."""
        now = self.device.now()
        told = self.store.read(
            lambda s: diagnostics.bundle(s, self.store.folder, self.status, APP_VERSION, now)
        )
        return json.dumps(told, indent=2).encode()

    async def take_photo(self, content: bytes, *, from_gallery: bool = True) -> NewPhoto:
        """Make a picked file fit and keep it on this device, ready to be named by an operation.

        Raises `Unusable` and `CannotSave`, both with a sentence for the person.
        """
        offset_min = self.device.time_zone_offset_min()
        picture = await asyncio.to_thread(photo_intake.take_in, content, offset_min)
        await asyncio.to_thread(self._files.save, picture)
        return NewPhoto(
            sha256=picture.sha256,
            bytes=len(picture.jpeg),
            taken_at=picture.taken_at,
            from_gallery=from_gallery,
        )

    async def photo(self, sha256: str, *, thumb: bool = False) -> bytes | None:
        """A photo from this device, or else from the office; None where neither has it now."""
        own = await asyncio.to_thread(lambda: self._files.read(sha256, thumb=thumb))
        if own is not None or self._token is None:
            return own
        try:
            fetched = await self._client.photo(self._token, sha256, thumb=thumb)
        except SyncError as error:
            log.info("a photo could not be fetched: %s", error)
            return None
        if thumb:
            await asyncio.to_thread(self._files.keep_thumb, sha256, fetched)
        return fetched

    def retry_photo(self, sha256: str) -> None:
        """Send a photo again that the office did not take."""
        author = self._require_person().id
        self.store.write(lambda session: photo_queue.retry(session, author, sha256))
        self._uploads.nudge()

    async def sign_in(self, email: str, password: str) -> str | None:
        """None when signed in; otherwise a sentence saying why not."""
        card = DeviceCard(
            id=self.device_id,
            name=self.device.name,
            platform=self.device.platform,
            app_version=APP_VERSION,
        )
        request = SignInRequest(email=email, password=password, device=card)
        try:
            answer = await self._client.sign_in(request)
        except SignedOut as error:
            return str(error)
        except SyncError as error:
            return f"{error} The first sign-in needs a connection."
        await self._halt()
        await self._secrets.put(TOKEN, answer.token)
        await asyncio.to_thread(self.store.write, lambda session: self._adopt(session, answer))
        await asyncio.to_thread(self._remember, answer)
        self.person, self._token = answer.person, answer.token
        self._restart()
        return None

    async def sign_out(self, keep_unsent: bool = False) -> str | None:
        """None when signed out; otherwise what still has to be sent or read first."""
        if self.person is None:
            return None
        me = self._require_person().id
        open_work = self.store.read(
            lambda s: outbox.count_open(s, me) + photo_queue.count_unsent(s, me)
        )
        if open_work and not keep_unsent:
            return "Some of your work has not reached the office yet, or was refused and not read."
        await self._halt()
        if self._token is not None:
            with contextlib.suppress(SyncError):  # offline: the token dies by itself in 30 days
                await self._client.sign_out(self._token)
        await self._secrets.put(TOKEN, None)
        self.person, self._token = None, None
        await asyncio.to_thread(self.store.write, _forget_person)
        self.store.journal.note({"setting": Setting.PERSON.value, "value": None})
        self._restart()
        return None

    def set_flight_mode(self, is_on: bool) -> None:
        """Cut this device's network at the transport, or restore it; survives a restart."""
        self._flight.is_on = is_on
        self.store.put_setting(Setting.FLIGHT_MODE, 1 if is_on else None)
        self._restart()

    def set_photos_wait_for_wifi(self, is_on: bool) -> None:
        """Whether large photos are kept back on mobile data; small ones always go."""
        self.store.put_setting(Setting.PHOTOS_ON_WIFI, 1 if is_on else None)
        self._uploads.nudge()

    def _perform(self, target_id: UUID, operation: Operation) -> Refused | None:
        clock = self.read_clock()
        stamp = Stamp(
            operation_id=self.device.new_id(),
            actor=self._require_person().actor,
            device_id=self.device_id,
            occurred_at=clock.occurred_at,
            received_at=clock.occurred_at,
            clock=clock,
        )
        envelope = Envelope(
            stamp=stamp,
            seq=0,
            target_id=target_id,
            time_zone_offset_min=self.device.time_zone_offset_min(),
            operation=operation,
        )
        return self.store.perform(envelope)

    def _require_person(self) -> Person:
        if self.person is None:
            raise RuntimeError("nobody is signed in on this device")
        return self.person

    def _signed(self) -> Signed:
        if self.person is None or self._token is None:
            raise SignedOut("Sign in to send and receive.")
        return Signed(self.person, self.device_id, self._token)

    async def _cycle(self) -> None:
        cycle = Cycle(self.store, self._client, self._signed(), self.ticks, APP_VERSION)
        try:
            await cycle.run()
        except SignedOut as error:
            if error.is_revoked:
                await self._clear_away()
            raise
        self._uploads.nudge()  # what a report names may go once the office has the report

    async def _clear_away(self) -> None:
        """A device that was revoked keeps nothing but what the office has not got yet."""
        me = self._require_person().id
        if self.store.read(lambda session: outbox.count_pending(session, me)):
            return
        await self._secrets.put(TOKEN, None)
        self.person, self._token = None, None
        await asyncio.to_thread(self.store.write, _forget_person)
        self.store.journal.note({"setting": Setting.PERSON.value, "value": None})
        unsent = self.store.read(photo_queue.names_unsent)
        await asyncio.to_thread(self._files.forget, unsent)

    def _stream(self) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        return self._client.stream(self._signed().token)

    def _restart(self) -> None:
        """Start the loop anew: with another person, or another network, nothing old goes on."""
        if self._running is not None:
            self._running.cancel()
        self._running = None
        self._loop.status = self._first_status()
        self._publish(self._loop.status)
        if self.person is None or self._token is None:
            return
        self._running = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        """Operations and photos, neither waiting for the other."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._loop.run())
            tasks.create_task(self._uploads.run())

    async def _halt(self) -> None:
        if self._running is None:
            return
        self._running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._running
        self._running = None

    def _publish(self, status: SyncStatus) -> None:
        status = replace(status, flight_mode=self._flight.is_on)
        for listener in list(self._status_listeners):
            listener(status)

    def _own_id(self) -> UUID:
        known = self.store.get_setting(Setting.DEVICE_ID)
        if known is None:
            known = str(uuid4())
            self.store.put_setting(Setting.DEVICE_ID, known)
        return UUID(known)

    def _saved_person(self) -> Person | None:
        saved = self.store.get_setting(Setting.PERSON)
        return None if saved is None else Person.model_validate_json(saved)

    def _is_set(self, name: Setting) -> bool:
        return self.store.get_setting(name) is not None

    def _first_status(self) -> SyncStatus:
        synced = self.store.get_setting(Setting.LAST_SYNCED_AT)
        signed_in = self.person is not None and self._token is not None
        return SyncStatus(
            phase=SyncPhase.IDLE if signed_in else SyncPhase.SIGNED_OUT,
            since=self.device.now(),
            last_synced_at=dt.datetime.fromisoformat(synced) if synced else None,
        )

    def _remember(self, answer: SignInResponse) -> None:
        """The same in the journal, for the day when the database is damaged."""
        person = {"setting": Setting.PERSON.value, "value": answer.person.model_dump_json()}
        device = {"setting": Setting.DEVICE_ID.value, "value": str(answer.device_id)}
        self.store.journal.note(person)
        self.store.journal.note(device)

    def _adopt(self, session: Session, answer: SignInResponse) -> None:
        """Make the mirror this person's; another person's leaves the device, outboxes stay."""
        saved = settings.get(session, Setting.PERSON)
        if saved is None or Person.model_validate_json(saved).id != answer.person.id:
            _forget_person(session)
        settings.put(session, Setting.PERSON, answer.person.model_dump_json())
        settings.put(session, Setting.DEVICE_ID, str(answer.device_id))


def _any_wait(longest_s: float) -> float:
    """Full jitter: a crowd of phones that lost the network together comes back spread out."""
    return random.uniform(0, longest_s)


def _forget_person(session: Session) -> None:
    mirror.clear(session)
    for name in (Setting.PERSON, Setting.CURSOR, Setting.SNAPSHOT, Setting.LAST_SYNCED_AT):
        settings.put(session, name, None)
