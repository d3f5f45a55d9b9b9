"""Phones for convergence tests: the real device core on SQLite files, against a real server."""

import datetime as dt
from pathlib import Path
from uuid import UUID, uuid4

import httpx
from sqlmodel import select

from field_app.domain.clock import ClockGrade, ClockReading, Stamp
from field_app.domain.decision import Refused
from field_app.domain.operations import Envelope, Operation
from field_app.domain.wire import DeviceCard, SignInRequest
from field_app.store.engine import Store
from field_app.store.offsets import Ticks
from field_app.store.photo_files import PhotoFiles
from field_app.store.tables import OutboxRow
from field_app.sync.client import SyncClient
from field_app.sync.cycle import Cycle, Signed
from field_app.sync.uploads import Uploads
from tests.support.central import PASSWORD


class Phone:
    """One person's phone without a screen. It syncs only when it is told to."""

    def __init__(
        self, folder: Path, url: str, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.store = Store(folder)
        self.client = SyncClient(url, transport)
        self.files = PhotoFiles(folder / "photos")
        self.uploads = Uploads(
            self.store,
            self.files,
            self.client,
            lambda: self.signed,
            now=_now,
            jitter=lambda _: 0.0,
            is_metered=self._is_metered,
        )
        self.on_mobile_data = False

    async def _is_metered(self) -> bool:
        return self.on_mobile_data

    async def __aenter__(self) -> "Phone":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()
        self.store.close()

    async def sign_in(self, email: str) -> None:
        device = DeviceCard(id=uuid4(), name="Phone", platform="test", app_version="1")
        asked = SignInRequest(email=email, password=PASSWORD, device=device)
        answer = await self.client.sign_in(asked)
        self.signed = Signed(answer.person, answer.device_id, answer.token)
        await self.sync()

    async def sync(self) -> None:
        await Cycle(self.store, self.client, self.signed, self._ticks, "1").run()

    def perform(
        self, target_id: UUID, operation: Operation, at: dt.datetime, grade: ClockGrade
    ) -> Refused | None:
        stamp = Stamp(
            operation_id=uuid4(),
            actor=self.signed.person.actor,
            device_id=self.signed.device_id,
            occurred_at=at,
            received_at=at,
            clock=ClockReading(device_at=at, offset_ms=0, grade=grade),
        )
        return self.store.perform(
            Envelope(
                stamp=stamp,
                seq=0,
                target_id=target_id,
                time_zone_offset_min=0,
                operation=operation,
            )
        )

    def outbox(self) -> dict[UUID, str]:
        """What became of every operation that was saved on this phone, by operation."""
        rows = self.store.read(lambda session: session.exec(select(OutboxRow)).all())
        return {row.operation_id: row.status for row in rows}

    def _ticks(self) -> Ticks:
        return Ticks(device_at=_now(), monotonic_ms=0, boot_id="boot")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
