"""Starting a page: a browser that does not answer at once, and one whose page was replaced."""

import asyncio
from pathlib import Path

import flet as ft
import pytest

from field_app.pages import Devices, insist
from field_app.settings import Settings
from tests.support.field import FakeDevice
from tests.support.headless import Headless


async def test_a_question_that_was_lost_with_its_page_is_asked_again() -> None:
    asked = 0

    async def get() -> str:
        nonlocal asked
        asked += 1
        if asked < 3:
            await asyncio.Event().wait()
        return "known"

    assert await insist(get, patience_s=0.01) == "known"
    assert asked == 3


async def test_a_browser_that_never_answers_is_given_up() -> None:
    with pytest.raises(TimeoutError):
        await insist(asyncio.Event().wait, patience_s=0.01, times=2)


async def test_a_device_is_spoken_to_through_the_page_that_is_there(tmp_path: Path) -> None:
    pages: list[ft.Page] = []
    devices = Devices(Settings("http://server", tmp_path))
    first, again, tab = FakeDevice(), FakeDevice(), FakeDevice()
    async with Headless(pages.append):
        folder, runtime = await devices.take(pages[0], first)
        await devices.take(pages[0], again)  # the browser loaded the page anew
        assert runtime.device is again
        await devices.release(folder, first)
        assert runtime.device is again

        await devices.take(pages[0], tab)
        await devices.release(folder, tab)
        assert runtime.device is again
        await devices.release(folder, again)
