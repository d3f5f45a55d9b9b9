"""Makes the pictures of the README and the guide, and the tour, from the running demo.

`uv run python -m bench.screenshots [FOLDER]` (docs/pictures unless told otherwise).
"""

import argparse
import io
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.support.browser import DESKTOP, PHONE, Screen, a_browser
from tests.support.demo import running_demo
from tests.support.postgres import open_folder

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
COLOURS = 256
SETTLED_MS = 1200
"""Pixels come a moment after semantics."""
FRAME_MS = 1300
LAST_FRAME_MS = 3000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=PICTURES)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with (
        open_folder() as place,
        running_demo(place / "demo") as demo,
        sync_playwright() as playwright,
        a_browser(playwright) as browser,
    ):
        camera = Camera(browser, demo.url, folder)
        before_a_shift(camera)
        take_the_tour(camera)
        during_a_shift(camera)
        in_another_language(camera)
        in_sunlight(camera)
        on_a_managers_phone(camera)
        at_a_managers_desk(camera)


class Camera:
    """Opens windows on the demo and keeps what they show, as few bytes as possible."""

    def __init__(self, browser: Browser, url: str, folder: Path) -> None:
        self.browser = browser
        self.url = url
        self.folder = folder

    def open(self, size: tuple[int, int] = PHONE, **more: Any) -> Screen:
        return Screen(self.browser, self.url, size, **more)

    def take(self, screen: Screen, name: str) -> None:
        picture = see(screen).quantize(COLOURS, dither=Image.Dither.NONE)
        picture.save(self.folder / f"{name}.png", optimize=True)

    def animate(self, frames: list[Image.Image], name: str) -> None:
        shown_ms = [FRAME_MS] * (len(frames) - 1) + [LAST_FRAME_MS]
        first, *others = frames
        first.save(
            self.folder / f"{name}.webp",
            save_all=True,
            append_images=others,
            duration=shown_ms,
            loop=0,
            lossless=True,
            method=6,
        )


def see(screen: Screen) -> Image.Image:
    screen.page.mouse.move(1, 1)
    screen.page.wait_for_timeout(SETTLED_MS)
    return Image.open(io.BytesIO(screen.page.screenshot())).convert("RGB")


def before_a_shift(camera: Camera) -> None:
    phone = camera.open()
    phone.sign_in("Ana Castillo")
    phone.sees("Synced")
    camera.take(phone, "phone-today-light")
    phone.tap("^Check in")
    phone.sees("You are at Chelsea Market")
    camera.take(phone, "phone-check-in-light")
    phone.page.keyboard.press("Escape")
    phone.close()


def take_the_tour(camera: Camera) -> None:
    """A shift without a signal, from the sign-in to the last thing synced."""
    ana = camera.open()
    frames: list[Image.Image] = []

    def keep() -> None:
        frames.append(see(ana))

    ana.sees("Ana Castillo")
    keep()
    ana.sign_in("Ana Castillo")
    ana.sees("Synced")
    keep()
    ana.flight_mode(on=True)
    ana.settings()
    keep()
    ana.back()
    ana.go_to("Offers")
    keep()
    ana.tap("^Accept")
    ana.sees("not booked yet")
    keep()
    ana.tap("^Confirm")
    ana.sees("Saved on this device")
    keep()
    ana.go_to("Today")
    for act in ("in", "out"):
        ana.tap(f"^Check {act}")
        ana.sees("You are at Chelsea Market")
        keep()
        ana.tap("^Confirm")
        ana.sees(f"Checked {act}. Saved on this device")
        keep()
    ana.go_to("Sync")
    ana.sees("not yet at the office .3.")
    keep()
    ana.flight_mode(on=False)
    ana.settings()
    keep()
    ana.back()
    ana.sees("Everything is synced")
    keep()
    ana.close()
    camera.animate(frames, "tour")


def during_a_shift(camera: Camera) -> None:
    """Jalen is checked in, and has no signal."""
    phone = camera.open(dark=True)
    phone.sign_in("Jalen Brooks")
    phone.flight_mode(on=True)
    phone.go_to("Offers")
    phone.tap("^Accept")
    phone.sees("not booked yet")
    camera.take(phone, "phone-accept-offline-dark")
    phone.tap("^Confirm")
    phone.go_to("Today")
    phone.tap("^Check out")
    phone.sees("You are at Chelsea Market")
    phone.tap("^Confirm")
    phone.go_to("Sync")
    phone.sees("not yet at the office .2.")
    phone.does_not_see("^Checked out. Saved")
    camera.take(phone, "phone-sync-offline-dark")
    phone.close()


def in_another_language(camera: Camera) -> None:
    phone = camera.open(locale="es-ES")
    phone.tap("^Jalen Brooks")
    phone.sees_heading("Hoy")
    phone.sees("Sincronizado")
    camera.take(phone, "phone-today-spanish-light")
    phone.close()


def in_sunlight(camera: Camera) -> None:
    """The hardest look: the largest text, in the colours for a bright day."""
    phone = camera.open()
    phone.sign_in("Jalen Brooks")
    phone.settings()
    phone.scroll_to("200%")
    phone.tap_choice("Sunlight")
    phone.tap_choice("200%")
    phone.open()
    phone.sees("Synced")
    camera.take(phone, "phone-today-largest-sunlight")
    phone.close()


def on_a_managers_phone(camera: Camera) -> None:
    phone = camera.open()
    phone.sign_in("Dana Whitfield")
    phone.go_to("Kits")
    phone.type_into("Serial number", "samp 3")
    phone.page.keyboard.press("Enter")
    phone.sees("Hand out LCB-SAMP-0003")
    camera.take(phone, "phone-kit-out-light")
    phone.page.keyboard.press("Escape")
    phone.go_to("Issues")
    phone.tap("^A delivery blocks")
    phone.sees("2 of 3 photos at the office")
    camera.take(phone, "phone-issue-light")
    phone.close()


def at_a_managers_desk(camera: Camera) -> None:
    desk = camera.open(DESKTOP)
    desk.sign_in("Dana Whitfield")
    desk.tap("^Open the event")
    desk.sees("Who is there")
    camera.take(desk, "desktop-event-light")
    desk.close()
    desk = camera.open(DESKTOP, dark=True)
    desk.sign_in("Dana Whitfield")
    desk.open("/exceptions")
    desk.sees("Waits for a decision")
    camera.take(desk, "desktop-inbox-dark")
    desk.close()


if __name__ == "__main__":
    main()
