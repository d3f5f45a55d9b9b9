"""An app on real files: the real runtime, a fake device, and a server that cannot be reached."""

import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import flet as ft
import httpx
import pytest
from sqlmodel import select

from field_app.device import FixOutcome
from field_app.domain.person import Role
from field_app.domain.records import Record
from field_app.domain.wire import Person
from field_app.runtime import Runtime
from field_app.store import mirror
from field_app.store.engine import Store
from field_app.store.settings import Setting
from field_app.store.tables import OutboxRow
from field_app.views.app import open_app
from field_app.views.hooks import AppContext, DemoChoice, Frame, Pulse
from field_app.views.language import ENGLISH_MANNER, Manner
from tests.support.field import ANA, NOON, FakeDevice, FakeSecrets, on_wire
from tests.support.headless import Headless

PERSON = Person(id=ANA.id, name="Ana Castillo", email="ana@example.org", role=Role.BRAND_AGENT)
Answer = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]


def unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no network", request=request)


class App(Headless):
    """A headless app and what stands behind it."""

    def __init__(
        self,
        folder: Path,
        *records: Record,
        person: Person | None = PERSON,
        outcome: FixOutcome | None = None,
        answer: Answer = unreachable,
        token: str | None = None,
        width: int = 390,
        route: str = "/",
        has_synced: bool = True,
        manner: Manner = ENGLISH_MANNER,
    ) -> None:
        self._manner = manner
        self._was_used_before(folder, records, person, has_synced=has_synced)
        self.device = FakeDevice(outcome=outcome)
        self.runtime = Runtime(
            folder,
            "http://server",
            self.device,
            FakeSecrets(**({"token": token} if token else {})),
            httpx.MockTransport(answer),
        )
        super().__init__(self._show, width=width, route=route)

    def _was_used_before(
        self, folder: Path, records: Sequence[Record], person: Person | None, *, has_synced: bool
    ) -> None:
        store = Store(folder)
        if person is not None:
            store.put_setting(Setting.PERSON, person.model_dump_json())
            store.put_setting(Setting.LAST_SYNCED_AT, NOON.isoformat() if has_synced else None)
        store.write(lambda session: mirror.apply_rows(session, on_wire(*records), generation=0))
        store.close()

    async def takes_in(self, *records: Record) -> None:
        """What a sync brings while the app is open."""
        came = on_wire(*records)
        self.runtime.store.write(lambda session: mirror.apply_rows(session, came, generation=0))
        await self.settle()

    def operations(self) -> list[tuple[str, dict[str, Any]]]:
        """Kind and payload of everything in the outbox, the first first."""
        query = select(OutboxRow).order_by("seq")
        rows = self.runtime.store.read(lambda session: session.exec(query).all())
        return [(row.kind, json.loads(row.envelope)["payload"]) for row in rows]

    def _show(self, page: ft.Page) -> None:
        pulse = Pulse()

        def committed() -> None:
            page.session.connection.loop.call_soon_threadsafe(
                lambda: setattr(pulse, "commits", pulse.commits + 1)
            )

        self.runtime.store.subscribe(committed)
        self.runtime.on_status(lambda _: setattr(pulse, "news", pulse.news + 1))
        choice = DemoChoice(name="Ana Castillo", email="ana@example.org", role="lead")
        context = AppContext(
            acts=self.runtime,
            device=self.device,
            pulse=pulse,
            frame=Frame(width=page.width or 390, manner=self._manner),
            demo_people=(choice,),
            demo_password="secret",
        )
        open_app(page, context)


OpenApp = Callable[..., AbstractAsyncContextManager[App]]


@pytest.fixture
def open_the_app(tmp_path: Path) -> OpenApp:
    @contextlib.asynccontextmanager
    async def opened(*records: Record, **more: Any) -> AsyncIterator[App]:
        app = App(tmp_path, *records, **more)
        async with app:
            yield app
        await app.runtime.stop()

    return opened
