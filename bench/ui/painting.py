"""From a tap or a key until the screen has changed, in a real Chromium, by the page's own clock.

The app is a process of its own, as `field-app --web` is. Flutter keeps its semantics tree
meanwhile, which people's browsers do not, and paints without a graphics card.
"""

import os
import shutil
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from bench.figures import Figure
from tests.support.app import AppProcess
from tests.support.browser import Screen, a_browser, find_chromium

ROUNDS = 5
NOWHERE = "http://127.0.0.1:9"
FIRST_KIT = "LCB-SAMP-"
WATCH = """([news, words]) => {
  window.took = null;
  let began = null;
  const start = () => { began ??= performance.now(); };
  window.addEventListener(news, start, {capture: true, once: true});
  const host = document.querySelector("flt-semantics-host");
  const said = () => [...host.querySelectorAll("*")].some(node =>
    (node.getAttribute("aria-label") ?? "").includes(words) ||
    [...node.childNodes].some(kid => kid.nodeType === 3 && kid.textContent.includes(words)));
  const look = () => {
    if (began !== null && said()) window.took = performance.now() - began;
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
"""Asks at every frame whether the words are on the screen; both clocks are the page's."""


def painted(filled: Path, scratch: Path) -> list[Figure]:
    """Nothing where there is no Chromium."""
    if find_chromium() is None:
        return []
    app = AppProcess(NOWHERE, scratch, os.environ)
    try:
        with sync_playwright() as playwright, a_browser(playwright) as browser:
            screen = _on_a_full_device(app, browser, filled, scratch)
            return [*_starts(app, screen), *_taps(screen)]
    finally:
        app.kill()


def _on_a_full_device(app: AppProcess, browser: Browser, filled: Path, scratch: Path) -> Screen:
    """A browser is a device of its own, so it opens one, and finds it full at the next start."""
    app.start()
    screen = Screen(browser, app.url)
    screen.sees("Fieldkit")
    app.kill()
    screen.page.goto("about:blank")  # or the page would find the app again before it is opened
    (device,) = (scratch / "browsers").iterdir()
    shutil.rmtree(device)
    shutil.copytree(filled, device)
    return screen


def _starts(app: AppProcess, screen: Screen) -> list[Figure]:
    began = time.perf_counter()
    app.start()
    served = time.perf_counter()
    screen.open()
    screen.sees("^Your events")
    shown = time.perf_counter()
    more = f"of it {(served - began) * 1000:.0f} ms until the page is served, and Chromium's own"
    total = (shown - began) * 1000
    return [Figure("process start -> first list, in a browser", total, "ms", None, more, "< 1,500")]


def _taps(screen: Screen) -> list[Figure]:
    took: dict[str, list[float]] = {"tab to Kits": [], "a kit": [], "a key in the search": []}
    for _ in range(ROUNDS):
        screen.go_to("Sync")
        _watch(screen, "pointerdown", FIRST_KIT)
        screen.go_to("Kits")
        took["tab to Kits"].append(_took(screen))
        _watch(screen, "pointerdown", "Hand on")
        screen.tap(f"^{FIRST_KIT}")
        took["a kit"].append(_took(screen))
        screen.back()
        screen.does_not_see("Hand on")
        screen.go_to("Issues")
        screen.type_into("Search", "number 123")
        screen.sees("number 1231")
        screen.does_not_see("number 127")
        _watch(screen, "keydown", "number 127")
        screen.page.keyboard.press("Backspace")
        took["a key in the search"].append(_took(screen))
    return [
        Figure(f"{what} -> painted, in a browser", median(ms), "ms", None, _most(ms), "< 100")
        for what, ms in took.items()
    ]


def _most(took: list[float]) -> str:
    return f"least {min(took):.0f}, most {max(took):.0f}"


def _watch(screen: Screen, news: str, words: str) -> None:
    screen.page.evaluate(WATCH, [news, words])


def _took(screen: Screen) -> float:
    screen.page.wait_for_function("window.took !== null")
    return float(screen.page.evaluate("window.took"))
