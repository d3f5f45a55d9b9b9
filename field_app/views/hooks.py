"""What screens stand on: the app's context, reading the mirror, doing operations, error guards."""

import asyncio
import datetime as dt
import functools
import logging
import math
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, cast
from uuid import UUID

import flet as ft
from sqlmodel import Session

from field_app.device import Device
from field_app.domain.clock import ClockReading
from field_app.domain.decision import Refused
from field_app.domain.issues import NewPhoto
from field_app.domain.operations import Operation
from field_app.domain.wire import Person
from field_app.store.engine import CannotSave, Store
from field_app.store.status import SyncStatus
from field_app.store.tables import OutboxRow
from field_app.views import language
from field_app.views.coming_back import known_as
from field_app.views.keeping import OldParts, Part, use_part
from field_app.views.language import Manner, tr
from field_app.views.theme import Dress

PLAIN = Dress()
ROOM_FOR_WORDS = 280
"""Logical pixels in the measure of 100 % text."""
WINDOWS_AHEAD = 3
"""How far down a list is drawn, from the top of the window on."""
log = logging.getLogger(__name__)
T = TypeVar("T")


class Acts(Protocol):
    """What a screen may ask of the device at work (`field_app.runtime.Runtime`)."""

    store: Store
    server_url: str
    person: Person | None

    @property
    def status(self) -> SyncStatus: ...
    @property
    def photos_wait_for_wifi(self) -> bool: ...
    @property
    def photos_told(self) -> str | None: ...
    @property
    def free_bytes(self) -> int: ...
    def read_clock(self) -> ClockReading: ...
    async def perform(self, target_id: UUID, operation: Operation) -> Refused | None: ...
    async def perform_again(self, refused: OutboxRow) -> Refused | None: ...
    def diagnostics(self) -> bytes: ...
    async def take_photo(self, content: bytes, *, from_gallery: bool = True) -> NewPhoto: ...
    async def photo(self, sha256: str, *, thumb: bool = False) -> bytes | None: ...
    def retry_photo(self, sha256: str) -> None: ...
    async def sign_in(self, email: str, password: str) -> str | None: ...
    async def sign_out(self, keep_unsent: bool = False) -> str | None: ...
    def set_flight_mode(self, is_on: bool) -> None: ...
    def set_photos_wait_for_wifi(self, is_on: bool) -> None: ...
    def sync_now(self) -> None: ...


@ft.observable
@dataclass
class Pulse:
    """Counts commits and sync news; whoever holds it in state renders again when it beats."""

    commits: int = 0
    news: int = 0


@ft.observable
@dataclass
class Frame:
    """The window's size in logical pixels, how the app is dressed, and how things are said."""

    width: float = 390
    height: float = 844
    dress: Dress = PLAIN
    manner: Manner = language.ENGLISH_MANNER
    is_list_hidden: bool = False
    """Whether something opened from a list has the room of that list too; see `use_screen`."""

    @property
    def has_room(self) -> bool:
        """Whether words fit side by side: a phone's width at the usual size of text."""
        return self.width / self.dress.scale >= ROOM_FOR_WORDS


@ft.observable
@dataclass
class Wanted:
    """How many rows of a list are to be drawn."""

    rows: int = 0


@dataclass
class Place:
    """Where somebody is in a list, kept while they are elsewhere.

    Rows are drawn for the windows around that place and no others: each costs its time.
    """

    wanted: Wanted = field(default_factory=Wanted)
    drawn: int = 0
    pixels: float = 0.0
    needed: int = 0
    """Rows that must be drawn before it can be gone back to."""

    def move(self, pixels: float, window: float, below: float) -> None:
        """News of a scroll, in logical pixels; `below` is the farthest it can go so far."""
        rows_per_pixel = self.drawn / max(window + below, 1.0)
        self.pixels = pixels
        self.needed = math.ceil((pixels + 2 * window) * rows_per_pixel) if pixels > 0 else 0
        ahead = math.ceil((pixels + WINDOWS_AHEAD * window) * rows_per_pixel)
        self.wanted.rows = max(self.wanted.rows, ahead)


@dataclass
class Answers:
    """What the mirror was asked since its last commit, and answered."""

    MOST = 50

    _commits: int = 0
    _known: dict[Hashable, Any] = field(default_factory=dict)

    def of(self, commits: int, asked: Hashable, read: Callable[[], Any]) -> Any:
        """The answer as of that commit, read where it is not known."""
        if commits != self._commits or len(self._known) > self.MOST:
            self._commits = commits
            self._known.clear()
        if asked not in self._known:
            self._known[asked] = read()
        return self._known[asked]


@dataclass(frozen=True)
class DemoChoice:
    """One of the demo's one-tap sign-ins."""

    name: str
    email: str
    role: str


@dataclass(frozen=True)
class AppContext:
    """Everything a screen needs, made by main, one per page."""

    acts: Acts
    device: Device
    pulse: Pulse
    frame: Frame
    demo_people: tuple[DemoChoice, ...] = ()
    demo_password: str = ""
    set_dress: Callable[[Dress], None] = field(default=lambda _dress: None)
    set_manner: Callable[[str | None, str | None], None] = field(default=lambda _lang, _hours: None)
    """Language and hours of the day ("12" or "24"); None is as the device has it."""
    searches: dict[str, ft.TextField] = field(default_factory=dict)
    """The search field of each tab that has one, as it was last drawn."""
    places: dict[str, Place] = field(default_factory=dict)
    """The place in each list; see `place`."""
    answers: Answers = field(default_factory=Answers)
    old: OldParts = field(default_factory=OldParts)
    """What shows something older than is on this device."""

    @property
    def is_demo(self) -> bool:
        return bool(self.demo_people)

    def place(self, name: str) -> Place:
        return self.places.setdefault(name, Place())


AppProvider = ft.create_context(cast("AppContext | None", None))


def use_app() -> AppContext:
    app = ft.use_context(AppProvider)
    if app is None:
        raise RuntimeError("a component was rendered outside the app")
    return app


def use_query(query: Callable[[Session], T], *asked: Hashable) -> T:
    """Read the mirror in this render, and render again after every commit.

    With `asked`, all that the answer depends on besides the mirror, it is read once a commit: much
    is drawn again also when something opens above it, or when somebody comes back to it.
    """
    app = use_app()
    ft.use_state(app.pulse)  # holding an Observable in state subscribes us
    if not asked:
        return app.acts.store.read(query)
    return read_once(app, query, *asked)


def read_once(app: AppContext, query: Callable[[Session], T], *asked: Hashable) -> T:
    """The answer as of the last commit. Outside of a component it is read for `use_query`."""
    key = query.__code__, asked
    return cast("T", app.answers.of(app.pulse.commits, key, lambda: app.acts.store.read(query)))


def this_minute(app: AppContext) -> dt.datetime:
    """Of the device's clock; what is asked from then on stays the same for a minute."""
    return app.device.now().replace(second=0, microsecond=0)


def use_person() -> Person:
    """The signed-in person; screens below the sign-in always have one."""
    app = use_app()
    person = app.acts.person
    if person is None:
        raise RuntimeError("nobody is signed in")
    return person


def use_frame() -> Frame:
    frame = use_app().frame
    ft.use_state(frame)
    return frame


def use_sync_status() -> SyncStatus:
    app = use_app()
    ft.use_state(app.pulse)
    return app.acts.status


def say(sentence: str) -> None:
    """A snack bar that goes away by itself."""
    ft.context.page.show_dialog(ft.SnackBar(ft.Text(sentence), persist=False))


def guarded(handler: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, None]]:
    """An event handler that can fail without taking the screen with it."""

    @functools.wraps(handler)
    async def run(*args: Any) -> None:
        try:
            outcome = handler(*args)
            if isinstance(outcome, Awaitable):
                await outcome
        except CannotSave as error:
            say(tr(str(error)))
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("a handler failed: %s", getattr(handler, "__qualname__", handler))
            say(tr("Something went wrong. Nothing you saved is lost."))

    return run


def component(draw: Callable[..., Any]) -> Callable[..., Any]:
    """A Flet component whose failure stays in its own place.

    Where it was drawn before, that is what it goes on to show, and `OldNotice` says so. Without
    this an exception while rendering stops every later update, silently.
    """
    return _bounded(draw, _apology)


def screen(draw: Callable[..., Any]) -> Callable[..., Any]:
    """The same for a component that returns a whole view."""
    return _bounded(
        draw,
        lambda part: ft.View(route=known_as("/"), appbar=ft.AppBar(), controls=[_apology(part)]),
    )


def _bounded(draw: Callable[..., Any], instead: Callable[[Part], Any]) -> Callable[..., Any]:
    @functools.wraps(draw)
    def boundary(*args: Any, **kwargs: Any) -> Any:
        app = ft.use_context(AppProvider)
        old = app.old if app is not None else OldParts()
        part = use_part(old)
        if app is not None:
            language.speak(app.frame.manner)
        try:
            part.drawn = draw(*args, **kwargs)
        except Exception:
            log.exception("could not draw %s", draw.__name__)
            if part.drawn is None:
                return instead(part)
            old.add(part)
            return part.drawn
        part.at = app.device.now() if app is not None else None
        old.forget(part)
        return part.drawn

    return ft.component(boundary)


def _apology(part: Part) -> ft.Control:
    """In the place of what never could be shown."""
    from field_app.views.parts.buttons import quiet  # which stands on this module

    sentence = tr("This part could not be shown. Nothing you saved is lost.")
    again = quiet(tr("Try again"), guarded(lambda _: part.again()))
    said = ft.Text(sentence, color=ft.Colors.ERROR)
    return ft.Column([said, ft.Row([again], wrap=True)], tight=True)
