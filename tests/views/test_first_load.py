"""Screens before anything came, without a connection, and where something cannot be read."""

import asyncio
import datetime as dt

import flet as ft
import httpx
import pytest

from tests.support.field import NOON
from tests.views.conftest import OpenApp

EMPTY = {
    "/": "No shift in the coming weeks.",
    "/offers": "No offers waiting",
    "/kits": "No kit in your hands",
    "/issues": "Nothing reported",
    "/hours": "No shifts yet",
    "/exceptions": "Nothing needs you",
}


@pytest.mark.parametrize("route", EMPTY)
async def test_what_never_came_is_not_said_to_be_nothing(open_the_app: OpenApp, route: str) -> None:
    async with open_the_app(route=route, has_synced=False) as app:
        assert app.says("Nothing was fetched yet.")
        assert not app.says(EMPTY[route])


@pytest.mark.parametrize("route", EMPTY)
async def test_an_empty_screen_says_what_will_appear_there(
    open_the_app: OpenApp, route: str
) -> None:
    async with open_the_app(route=route) as app:
        assert app.says(EMPTY[route])


async def silent(_: httpx.Request) -> httpx.Response:
    await asyncio.Event().wait()
    return httpx.Response(200)


async def test_the_first_sync_says_that_it_is_under_way(open_the_app: OpenApp) -> None:
    async with open_the_app(has_synced=False, answer=silent, token="valid") as app:
        await app.runtime.start()

        await app.until("Fetching your shifts")
        assert app.find(ft.ProgressBar)


@pytest.mark.parametrize(("hours", "moves"), [(0, False), (3, True)])
async def test_a_bar_moves_while_what_is_old_is_renewed(
    open_the_app: OpenApp, hours: int, moves: bool
) -> None:
    asked = asyncio.Event()

    async def heard(request: httpx.Request) -> httpx.Response:
        asked.set()
        return await silent(request)

    async with open_the_app(answer=heard, token="valid") as app:
        app.device.at = NOON + dt.timedelta(hours=hours)
        await app.settle()
        assert not app.find(ft.ProgressBar)

        await app.runtime.start()
        await asked.wait()
        await app.settle()

        assert bool(app.find(ft.ProgressBar)) == moves
        assert app.says("Syncing\u2026") == moves
        assert app.says("Synced") != moves
