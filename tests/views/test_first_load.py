"""Screens before anything came, without a connection, and where something cannot be read."""

import asyncio

import flet as ft
import httpx
import pytest
from sqlalchemy import text

from tests.support.field import a_shift
from tests.views.conftest import OpenApp
from tests.views.test_screens import BACKGROUND, BOOKED

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


async def test_the_first_sync_says_that_it_is_under_way(open_the_app: OpenApp) -> None:
    async def silent(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        return httpx.Response(200)

    async with open_the_app(has_synced=False, answer=silent, token="valid") as app:
        await app.runtime.start()

        await app.until("Fetching your shifts")


@pytest.mark.parametrize("problem", [httpx.Response(500), httpx.ConnectError("no network")])
async def test_what_is_here_stays_on_the_screen_when_a_sync_fails(
    open_the_app: OpenApp, problem: httpx.Response | httpx.ConnectError
) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        if isinstance(problem, httpx.Response):
            return problem
        raise problem

    async with open_the_app(*BACKGROUND, BOOKED, answer=fail, token="valid") as app:
        await app.runtime.start()
        await app.until("Offline")

        assert app.says("Cold brew sampling")
        await app.fire(app.find(ft.NavigationBar)[-1], "change", "4")
        assert app.says("Waiting for a connection")


async def test_what_cannot_be_read_says_so_in_its_place_and_the_rest_goes_on(
    open_the_app: OpenApp,
) -> None:
    async with open_the_app(*BACKGROUND, BOOKED, a_shift("other"), route="/issues") as app:
        app.runtime.store.write(lambda session: session.execute(text("DROP TABLE event_issues")))
        await app.until("This part could not be shown. Nothing you saved is lost.")

        await app.fire(app.find(ft.NavigationBar)[-1], "change", "1")

        assert app.says("Accept")


@pytest.mark.parametrize("route", [*EMPTY, "/sync", "/settings", "/nowhere"])
async def test_on_every_screen_a_change_of_the_sync_is_read_out(
    open_the_app: OpenApp, route: str
) -> None:
    async with open_the_app(route=route) as app:
        chips = [s for s in app.find(ft.Semantics) if s.identifier == "sync-chip"]

        assert chips
        assert all(chip.live_region for chip in chips)
