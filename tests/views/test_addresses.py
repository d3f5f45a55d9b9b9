"""Addresses opened directly: each shows its screen, or says in words that there is nothing."""

from uuid import UUID

import flet as ft
import pytest

from tests.support.field import a_shift
from tests.support.kits import NEED
from tests.support.world import the_event
from tests.views.conftest import OpenApp
from tests.views.field_day import DANA_HERSELF, SHELF
from tests.views.test_exceptions import CONTESTED, SHIFT

KNOWN = {
    f"/shift/{SHIFT.id}": "Cold brew sampling",
    f"/event/{the_event().id}": "Who is there",
    f"/event/{the_event().id}/hours": "hours",
    f"/kits/{NEED.id}": "Contents",
    f"/exceptions/{CONTESTED.id}": "Says they were there",
    "/hours": "No shifts yet",
    "/settings": "Signed in",
    "/sign-in": "What is kept, and why",
    "/sync": "Sync now",
}
UNKNOWN = {
    "/shift/{}": "This shift is not on this device.",
    "/event/{}": "This event is not on this device.",
    "/event/{}/hours": "This event is not on this device.",
    "/kits/{}": "This kit is not on this device.",
    "/issues/{}": "This issue is not on this device.",
    f"/exceptions/{UUID(int=404)}": "Nothing to decide here",
    "/nowhere": "There is nothing at this address.",
    "/kits/{}/nowhere": "There is nothing at this address.",
}


@pytest.mark.parametrize("route", KNOWN)
async def test_an_address_opened_directly_shows_its_screen(
    open_the_app: OpenApp, route: str
) -> None:
    records = [*SHELF, NEED, CONTESTED, SHIFT]

    async with open_the_app(*records, person=DANA_HERSELF, route=route) as app:
        assert app.says(KNOWN[route])


@pytest.mark.parametrize("name", [str(UUID(int=404)), "no-id"], ids=["unknown", "no id"])
@pytest.mark.parametrize("address", UNKNOWN)
async def test_an_address_of_nothing_says_so_and_leads_on(
    open_the_app: OpenApp, address: str, name: str
) -> None:
    async with open_the_app(*SHELF, a_shift(), route=address.format(name)) as app:
        assert app.says(UNKNOWN[address])
        bar = app.find(ft.NavigationBar)[-1]

        await app.fire(bar, "change", "1")

        assert app.route == "/offers"


async def test_from_the_address_of_nothing_a_button_leads_to_today(open_the_app: OpenApp) -> None:
    async with open_the_app(route="/nowhere") as app:
        await app.tap("Go to Today")

        assert app.route == "/"
