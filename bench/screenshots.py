"""Makes the pictures of the docs, and the icons, from the running demo.

`uv run python -m bench.screenshots [FOLDER]` (docs/pictures unless told otherwise).
"""

import argparse
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.support.browser import DESKTOP, PHONE, Screen, a_browser
from tests.support.demo import running_demo
from tests.support.postgres import open_folder

ROOT = Path(__file__).parent.parent
ICON_SIZES = {"icon.png": 1024, "favicon.png": 64}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "docs" / "pictures")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, a_browser(playwright) as browser:
        make_icons(browser)
        with open_folder() as place, running_demo(place / "demo") as demo:
            for dark in (False, True):
                take_all(browser, demo.url, folder, dark=dark)


def make_icons(browser: Browser) -> None:
    """The icons in assets/, from the one SVG."""
    svg = (ROOT / "assets" / "icon.svg").read_text()
    for name, size in ICON_SIZES.items():
        page = browser.new_page(viewport={"width": size, "height": size})
        page.set_content(f"<style>body{{margin:0}}svg{{display:block}}</style>{svg}")
        page.screenshot(path=str(ROOT / "assets" / name), omit_background=True)
        page.close()


def take_all(browser: Browser, url: str, folder: Path, *, dark: bool) -> None:
    """Every screen as a picture, on a phone and on a desktop."""
    theme = "dark" if dark else "light"

    def take(screen: Screen, name: str) -> None:
        screen.page.mouse.move(1, 1)
        screen.page.wait_for_timeout(1200)  # pixels come a moment after semantics
        screen.page.screenshot(path=str(folder / f"{name}-{theme}.png"))

    phone = Screen(browser, url, PHONE, dark=dark)
    take(phone, "phone-sign-in")
    phone.sign_in("Jalen Brooks")
    take(phone, "phone-today")
    phone.go_to("Offers")
    take(phone, "phone-offers")
    phone.go_to("Today")
    phone.tap("^Check (in|out)")
    phone.sees("You are at")
    take(phone, "phone-check")
    phone.page.keyboard.press("Escape")
    phone.flight_mode(on=True)
    phone.go_to("Offers")
    phone.tap("^Accept")
    take(phone, "phone-accept-offline")
    phone.tap("^Confirm")
    phone.go_to("Sync")
    take(phone, "phone-sync-offline")
    phone.settings()
    take(phone, "phone-settings")
    phone.close()
    manager = Screen(browser, url, PHONE, dark=dark)
    manager.sign_in("Dana Whitfield")
    manager.go_to("Kits")
    take(manager, "phone-kits")
    manager.type_into("Serial number", "samp 1")
    manager.page.keyboard.press("Enter")
    manager.sees("Hand out LCB-SAMP-0001")
    take(manager, "phone-kit-out")
    manager.page.keyboard.press("Escape")
    manager.go_to("Issues")
    take(manager, "phone-issues")
    manager.tap("^A delivery blocks")
    manager.sees("2 of 3 photos at the office")
    take(manager, "phone-issue")
    manager.close()
    desktop = Screen(browser, url, DESKTOP, dark=dark)
    take(desktop, "desktop-sign-in")
    desktop.sign_in("Dana Whitfield")
    take(desktop, "desktop-today")
    desktop.tap("^Open the event")
    desktop.sees("Who is there")
    take(desktop, "desktop-event")
    desktop.open("/exceptions")
    desktop.sees("Waits for a decision")
    take(desktop, "desktop-inbox")
    desktop.go_to("Kits")
    take(desktop, "desktop-kits")
    desktop.go_to("Sync")
    take(desktop, "desktop-sync")
    desktop.close()


if __name__ == "__main__":
    main()
