"""Draws every icon from assets/icon.svg, in Chromium.  `uv run python -m tools.icons`"""

from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.support.browser import a_browser

ASSETS = Path(__file__).parent.parent / "assets"
SIZES = {
    "icon.png": (1024, 1.0),
    "icon_android.png": (1024, 0.66),  # Android cuts its own shape out of the middle two thirds
    "splash.png": (1152, 0.5),
    "favicon.png": (64, 1.0),
}
"""The side in pixels, and how much of it the picture fills."""


def draw(browser: Browser, name: str, side: int, share: float) -> None:
    page = browser.new_page(viewport={"width": side, "height": side})
    picture = (ASSETS / "icon.svg").read_text()
    width = round(side * share)
    page.set_content(
        "<style>body{margin:0;height:100vh;display:grid;place-items:center}"
        f"svg{{width:{width}px;height:{width}px}}</style>{picture}"
    )
    page.screenshot(path=str(ASSETS / name), omit_background=True)
    page.close()


if __name__ == "__main__":
    with sync_playwright() as playwright, a_browser(playwright) as browser:
        for name, (side, share) in SIZES.items():
            draw(browser, name, side, share)
            print(f"{name}: {side} x {side}")
