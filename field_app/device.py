"""The phone behind a protocol: clocks, ids, position, links, secrets. Tests pass a fake."""

import asyncio
import contextlib
import datetime as dt
import locale
import logging
import platform as host
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol
from uuid import UUID, uuid4

import flet as ft
import flet_geolocator as fg
from flet_secure_storage import SecureStorage

from field_app.domain.geofence import Fix

log = logging.getLogger(__name__)

FIX_WITHIN_S = 15
SERVICE_WITHIN_S = 15
CAMERA_WITHIN_S = 60  # the person may be asked first
UNMETERED = {ft.ConnectivityType.WIFI, ft.ConnectivityType.ETHERNET}
ALLOWED = {fg.GeolocatorPermissionStatus.WHILE_IN_USE, fg.GeolocatorPermissionStatus.ALWAYS}
LINUX_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

FixProblem = Literal["denied", "off", "timeout", "unsupported"]


@dataclass(frozen=True)
class FixOutcome:
    """A position, or why there is none."""

    fix: Fix | None
    problem: FixProblem | None = None


PositionLeave = Literal["granted", "denied", "off", "unasked"]


@dataclass(frozen=True)
class Health:
    """What a device says of itself. No percent where it has no battery, or does not say."""

    position: PositionLeave = "unasked"
    battery_percent: int | None = None


class Secrets(Protocol):
    """Where the sign-in token lives."""

    async def get(self, name: str) -> str | None: ...
    async def put(self, name: str, value: str | None) -> None: ...


class Camera(Protocol):
    """A camera that shows what it sees in `view`, once that is on the screen."""

    view: ft.Control

    async def start(self) -> str | None:
        """None once it sees; otherwise a sentence saying why it does not."""

    async def shoot(self) -> bytes | None:
        """A JPEG; None where it failed."""


class Device(Protocol):
    """Everything that makes one run of the app differ from the next."""

    name: str
    platform: str

    def now(self) -> dt.datetime: ...
    def monotonic_ms(self) -> int: ...
    def boot_id(self) -> str: ...
    def new_id(self) -> UUID: ...
    def time_zone_offset_min(self) -> int: ...
    async def languages(self) -> list[str]: ...
    async def wants_stillness(self) -> bool: ...
    async def health(self) -> Health: ...
    async def asks_for_position(self) -> bool: ...
    async def fix(self) -> FixOutcome: ...
    async def open_url(self, url: str) -> None: ...
    async def save_file(self, name: str, content: bytes) -> bool: ...
    async def pick_photos(self) -> list[bytes]: ...
    @property
    def has_camera(self) -> bool: ...
    def new_camera(self) -> Camera: ...
    async def is_metered(self) -> bool: ...


class FletDevice:
    """The device a Flet page runs on."""

    def __init__(self, page: ft.Page) -> None:
        self._page = page
        self._geolocator = fg.Geolocator()
        self._launcher = ft.UrlLauncher()
        self._files = ft.FilePicker()
        self._links = ft.Connectivity()
        self._battery = ft.Battery()
        self._semantics = ft.SemanticsService()
        self.platform = "web" if page.web else (page.platform.value if page.platform else "unknown")
        self.name = f"Browser on {host.node()}" if page.web else host.node() or self.platform

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    def monotonic_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000

    def boot_id(self) -> str:
        """The kernel's id of this boot; where it has none, a reboot shows as a clock jump."""
        try:
            return LINUX_BOOT_ID.read_text().strip()
        except OSError:
            return "unknown"

    def new_id(self) -> UUID:
        return uuid4()

    def time_zone_offset_min(self) -> int:
        offset = dt.datetime.now(dt.UTC).astimezone().utcoffset()
        return int(offset.total_seconds() // 60) if offset else 0

    async def languages(self) -> list[str]:
        """What the person reads, the best first, as tags such as `es-MX`; empty if unknown."""
        if not self._page.web:
            return [name for name in (locale.getlocale()[0],) if name]
        with contextlib.suppress(TimeoutError, RuntimeError):
            async with asyncio.timeout(SERVICE_WITHIN_S):
                info = await self._page.get_device_info()
            if isinstance(info, ft.WebDeviceInfo):
                return [*(info.languages or []), *([info.language] if info.language else [])]
        return []

    async def wants_stillness(self) -> bool:
        """Whether the person has asked their device for less motion."""
        with contextlib.suppress(TimeoutError, RuntimeError):
            async with asyncio.timeout(SERVICE_WITHIN_S):
                wanted = await self._semantics.get_accessibility_features()
            return wanted.reduce_motion or wanted.disable_animations
        return False

    async def health(self) -> Health:
        """Asks the device, never the person. Never raises."""
        position: PositionLeave = "unasked"
        percent = None
        with contextlib.suppress(TimeoutError, RuntimeError, ft.FletUnsupportedPlatformException):
            async with asyncio.timeout(SERVICE_WITHIN_S):
                position = await self._leave()
        with contextlib.suppress(TimeoutError, RuntimeError, ft.FletUnsupportedPlatformException):
            async with asyncio.timeout(SERVICE_WITHIN_S):
                percent = await self._battery.get_battery_level()
        return Health(position, percent if percent is None or 0 <= percent <= 100 else None)

    async def asks_for_position(self) -> bool:
        """Whether the person would be asked at the next `fix`. Never raises."""
        with contextlib.suppress(TimeoutError, RuntimeError, ft.FletUnsupportedPlatformException):
            async with asyncio.timeout(SERVICE_WITHIN_S):
                return await self._leave() == "unasked"
        return False

    async def _leave(self) -> PositionLeave:
        if not self._page.web and not await self._geolocator.is_location_service_enabled():
            return "off"
        status = await self._geolocator.get_permission_status()
        if status in ALLOWED:
            return "granted"
        never = fg.GeolocatorPermissionStatus.DENIED_FOREVER
        return "denied" if status is never else "unasked"

    async def fix(self) -> FixOutcome:
        """One position, never older than the question. Never raises, never waits for ever."""
        try:
            if problem := await self._obstacle():
                return FixOutcome(None, problem)
            position = await asyncio.wait_for(
                self._geolocator.get_current_position(self._configuration()), FIX_WITHIN_S + 1
            )
            return self._outcome(position)
        except TimeoutError:
            return FixOutcome(None, "timeout")
        except ft.FletUnsupportedPlatformException:
            return FixOutcome(None, "unsupported")
        except RuntimeError as error:  # what the client's own errors arrive as
            log.info("no position: %s", error)
            denied = "denied" in str(error).lower()
            return FixOutcome(None, "denied" if denied else "timeout")

    async def open_url(self, url: str) -> None:
        await asyncio.wait_for(self._launcher.launch_url(url), SERVICE_WITHIN_S)

    async def save_file(self, name: str, content: bytes) -> bool:
        """Whether the person kept the file. In a browser it is simply downloaded."""
        path = await self._files.save_file(file_name=name, src_bytes=content)
        return self._page.web or path is not None

    async def pick_photos(self) -> list[bytes]:
        """The files that the person picked, as they are; nothing where they thought better."""
        is_web = self._page.web  # a browser sends the bytes in one message, which must stay small
        picked = await self._files.pick_files(
            file_type=ft.FilePickerFileType.IMAGE, allow_multiple=not is_web, with_data=is_web
        )
        contents = []
        for file in picked or []:
            if file.bytes is not None:
                contents.append(bytes(file.bytes))
            elif file.path:
                contents.append(await asyncio.to_thread(Path(file.path).read_bytes))
        return contents

    @property
    def has_camera(self) -> bool:
        """Whether this platform has one that an app can show."""
        phones = {ft.PagePlatform.ANDROID, ft.PagePlatform.IOS}
        return self._page.web or self._page.platform in phones

    def new_camera(self) -> Camera:
        """A camera to put on the screen."""
        return FletCamera()

    async def is_metered(self) -> bool:
        """Whether the network is a phone's own, where bytes cost money. False if unknown."""
        try:
            links = await asyncio.wait_for(self._links.get_connectivity(), SERVICE_WITHIN_S)
        except (TimeoutError, RuntimeError) as error:
            log.info("the kind of network is unknown: %s", error)
            return False
        return ft.ConnectivityType.MOBILE in links and not UNMETERED & set(links)

    async def _obstacle(self) -> FixProblem | None:
        """Ask for permission where it was not given yet. A browser asks by itself."""
        if self._page.web:
            return None
        if not await asyncio.wait_for(
            self._geolocator.is_location_service_enabled(), SERVICE_WITHIN_S
        ):
            return "off"
        status = await asyncio.wait_for(self._geolocator.request_permission(), 60)
        return None if status in ALLOWED else "denied"

    def _configuration(self) -> fg.GeolocatorConfiguration:
        limit = ft.Duration(seconds=FIX_WITHIN_S)
        best = fg.GeolocatorPositionAccuracy.BEST
        if self._page.web:  # without a maximum age a browser may answer from five minutes ago
            fresh = ft.Duration(seconds=0)
            return fg.GeolocatorWebConfiguration(accuracy=best, time_limit=limit, maximum_age=fresh)
        return fg.GeolocatorConfiguration(accuracy=best, time_limit=limit)

    def _outcome(self, position: fg.GeolocatorPosition) -> FixOutcome:
        if position.latitude is None or position.longitude is None:
            return FixOutcome(None, "timeout")
        fix = Fix(
            latitude=float(position.latitude),
            longitude=float(position.longitude),
            accuracy_m=min(float(position.accuracy or 0), 100_000),
            captured_at=_aware(position.timestamp) or self.now(),
            provider=self.platform,
            mocked=bool(position.mocked),
        )
        return FixOutcome(fix)


def _aware(stamp: dt.datetime | None) -> dt.datetime | None:
    if stamp is None:
        return None
    return stamp if stamp.tzinfo else stamp.replace(tzinfo=dt.UTC)


class FletCamera:
    """The phone's or the browser's camera, the one on the back where there are several."""

    def __init__(self) -> None:
        import flet_camera as fc  # no start waits for it

        self._camera = fc.Camera(expand=True)
        self.view: ft.Control = self._camera

    async def start(self) -> str | None:
        import flet_camera as fc

        try:
            async with asyncio.timeout(CAMERA_WITHIN_S):
                found = await self._camera.get_available_cameras()
                if not found:
                    return "This device has no camera. Choose a picture instead."
                back = [c for c in found if c.lens_direction is fc.CameraLensDirection.BACK]
                await self._camera.initialize(
                    (back or found)[0], fc.ResolutionPreset.VERY_HIGH, enable_audio=False
                )
        except (TimeoutError, RuntimeError) as error:
            log.info("no camera: %s", error)
            return "The camera cannot be used. Allow it in the settings, or choose a picture."
        return None

    async def shoot(self) -> bytes | None:
        try:
            return bytes(await asyncio.wait_for(self._camera.take_picture(), SERVICE_WITHIN_S))
        except (TimeoutError, RuntimeError) as error:
            log.info("no picture: %s", error)
            return None


class FileSecrets:
    """Files only their owner may read: for the web view and desktops without a keyring."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def get(self, name: str) -> str | None:
        path = self._folder / f"{name}.secret"
        return path.read_text() if path.exists() else None

    async def put(self, name: str, value: str | None) -> None:
        path = self._folder / f"{name}.secret"
        if value is None:
            path.unlink(missing_ok=True)
            return
        path.touch(mode=0o600)
        path.write_text(value)


class PlatformSecrets:
    """The phone's keychain or keystore."""

    def __init__(self) -> None:
        self._storage = SecureStorage()

    async def get(self, name: str) -> str | None:
        value = await asyncio.wait_for(self._storage.get(name), SERVICE_WITHIN_S)
        return None if value is None else str(value)

    async def put(self, name: str, value: str | None) -> None:
        change = self._storage.remove(name) if value is None else self._storage.set(name, value)
        await asyncio.wait_for(change, SERVICE_WITHIN_S)
