"""The journeys' fixtures: one demo for all of them, one window a person.

They end with this folder: while Playwright runs, no other test can have its own event loop.
"""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.conftest import TAPS
from tests.support.browser import PHONE, Screen, a_browser, find_chromium
from tests.support.demo import Demo, running_demo
from tests.support.postgres import open_folder
from tests.support.wire_client import WireClient

PASSWORD = "field-demo-2026"


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if find_chromium() is None:
        pytest.skip("no Chromium on PATH: install it to run the browser journeys")
    with sync_playwright() as playwright, a_browser(playwright) as browser:
        yield browser


@pytest.fixture(scope="package")
def demo(browser: Browser) -> Iterator[Demo]:
    with open_folder() as folder, running_demo(folder / "demo") as demo:
        yield demo


@pytest.fixture
def window(
    browser: Browser, demo: Demo, record_property: Callable[[str, object], None]
) -> Iterator[Callable[..., Screen]]:
    """Opens windows on the demo, each a device of its own, and closes them at the end."""
    opened: list[Screen] = []

    def open_window(size: tuple[int, int] = PHONE, **more: Any) -> Screen:
        opened.append(Screen(browser, more.pop("url", demo.url), size, **more))
        opened[-1].note = lambda said: record_property(TAPS, said)
        return opened[-1]

    yield open_window
    for screen in opened:
        screen.close()


@pytest.fixture
def wire(demo: Demo) -> Iterator[Callable[[str], WireClient]]:
    """Signs demo people in over the wire, as "first.last"."""
    with httpx.Client(base_url=demo.server_url, timeout=30) as http:
        yield lambda name: WireClient(http, f"{name}@fieldkit.example", PASSWORD)


@pytest.fixture
def central(demo: Demo) -> Iterator[psycopg.Connection]:
    """The demo's own database, to see what really arrived."""
    with psycopg.connect(demo.database_url, autocommit=True) as connection:
        yield connection
