"""The pages of this process: each with its device's runtime, what it hears, and how it ends."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid4

import flet as ft

from field_app.device import Device, FileSecrets, FletDevice, PlatformSecrets
from field_app.runtime import Runtime
from field_app.settings import Settings
from field_app.store import ahead
from field_app.store.settings import Setting
from field_app.views import toolkit
from field_app.views.app import open_app
from field_app.views.drawing import keep_drawing, on_this_page
from field_app.views.hooks import AppContext, DemoChoice, Frame, Pulse
from field_app.views.language import manner_of
from field_app.views.theme import Dress

T = TypeVar("T")

BROWSER_KEY = "fieldkit.device"
FIRST_SCREEN_S = 1.0


class Devices:
    """The runtimes of this process by device folder; tabs of one browser share theirs.

    A runtime speaks to its device through the page that came last and is still there.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open: dict[Path, tuple[Runtime, list[Device]]] = {}

    async def take(self, page: ft.Page, device: Device) -> tuple[Path, Runtime]:
        folder = await self._folder(page)
        if folder in self._open:
            runtime, there = self._open[folder]
            there.append(device)
            runtime.device = device
            return folder, runtime
        secrets = FileSecrets(folder) if page.web else PlatformSecrets()
        runtime = Runtime(folder, self._settings.server_url, device, secrets)
        self._open[folder] = (runtime, [device])
        await runtime.start()
        return folder, runtime

    async def release(self, folder: Path, device: Device) -> None:
        runtime, there = self._open[folder]
        there.remove(device)
        if there:
            runtime.device = there[-1]
            return
        del self._open[folder]
        await runtime.stop()

    async def _folder(self, page: ft.Page) -> Path:
        """In the web view each browser is a device of its own; elsewhere there is only one."""
        if not page.web:
            return self._settings.data_dir
        return self._settings.data_dir / "browsers" / str(await _browser_id())


async def _browser_id() -> UUID:
    """The id this browser remembers, so that it finds its data after a restart of the app."""
    remembered = ft.SharedPreferences()
    known = await insist(lambda: remembered.get(BROWSER_KEY))
    try:
        return UUID(str(known))
    except ValueError:
        made = uuid4()
        await insist(lambda: remembered.set(BROWSER_KEY, str(made)))
        return made


async def insist(ask: Callable[[], Awaitable[T]], *, patience_s: float = 3, times: int = 10) -> T:
    """Ask the browser until it answers.

    A page that is loaded again while its first question is under way takes the question with it;
    the session goes on with the new page, which never heard it.

    Raises:
        TimeoutError: It never answered.
    """
    for _ in range(times - 1):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                return await ask()
    async with asyncio.timeout(patience_s):
        return await ask()


async def open_page(page: ft.Page, settings: Settings, devices: Devices) -> None:
    """One page: its context, the news it listens to, and the end of both."""
    device = FletDevice(page)
    folder, runtime = await devices.take(page, device)
    pulse = Pulse()
    tags = await device.languages()
    stored = runtime.store.get_setting
    frame = Frame(
        width=page.width or 390,
        height=page.height or 844,
        dress=Dress(
            stored(Setting.THEME) or "system",
            float(stored(Setting.TEXT_SIZE) or 1),
            await device.wants_stillness(),
        ),
        manner=manner_of(tags, stored(Setting.LANGUAGE), stored(Setting.HOURS)),
    )

    def heard() -> None:
        pulse.news += 1

    def committed() -> None:
        pulse.commits += 1

    hear = on_this_page(heard)
    leave_commits = runtime.store.subscribe(on_this_page(committed))
    leave_status = runtime.on_status(lambda _: hear())

    async def close() -> None:
        reading.cancel()
        leave_commits()
        leave_status()
        await devices.release(folder, device)

    def set_dress(dress: Dress) -> None:
        runtime.store.put_setting(Setting.THEME, dress.theme)
        runtime.store.put_setting(Setting.TEXT_SIZE, str(dress.scale))
        frame.dress = dress

    def set_manner(language: str | None, hours: str | None) -> None:
        runtime.store.put_setting(Setting.LANGUAGE, language)
        runtime.store.put_setting(Setting.HOURS, hours)
        frame.manner = manner_of(tags, language, hours)

    def resume(event: ft.AppLifecycleStateChangeEvent) -> None:
        if event.state in {ft.AppLifecycleState.RESUME, ft.AppLifecycleState.SHOW}:
            runtime.nudge()

    page.on_close = close
    page.on_connect = lambda _: heard()
    page.on_app_lifecycle_state_change = resume
    context = AppContext(
        acts=runtime,
        device=device,
        pulse=pulse,
        frame=frame,
        demo_people=tuple(DemoChoice(**p.model_dump()) for p in settings.demo_people),
        demo_password=settings.demo_password or "",
        set_dress=set_dress,
        set_manner=set_manner,
    )
    open_app(page, context)
    keep_drawing(page, heard)
    reading = asyncio.create_task(_read_ahead(runtime))


async def _read_ahead(runtime: Runtime) -> None:
    """In a thread, once the first screen is there."""
    await asyncio.sleep(FIRST_SCREEN_S)
    await asyncio.to_thread(toolkit.import_controls)
    if (person := runtime.person) is not None:
        now = runtime.device.now()
        await asyncio.to_thread(
            runtime.store.read, lambda session: ahead.read(session, person.id, now)
        )
