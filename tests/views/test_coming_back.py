"""What a window that lost the app is sent when it is back."""

from collections.abc import AsyncIterator

import flet as ft
import pytest

from field_app.views.coming_back import come_back_anew, known_as
from tests.support.headless import Headless


@ft.component
def Place() -> ft.View:
    taps, set_taps = ft.use_state(0)
    is_asking, ask = ft.use_state(False)
    sheet = ft.BottomSheet(ft.Text("Sure?"), on_dismiss=lambda _: ask(False))
    ft.use_dialog(sheet if is_asking else None)
    return ft.View(
        route=known_as(ft.use_view_path()),
        controls=[
            ft.Text(f"{taps} taps"),
            ft.TextButton("more", on_click=lambda _: set_taps(taps + 1)),
            ft.TextButton("ask", on_click=lambda _: ask(True)),
        ],
    )


@ft.component
def Places() -> object:
    kit = ft.Route(path="kit", component=Place)
    return ft.Router([ft.Route(path="/", component=Place, children=[kit])], manage_views=True)


def main(page: ft.Page) -> None:
    page.render_views(Places)


def opened(route: str = "/") -> Headless:
    return Headless(main, before_main=come_back_anew, route=route)


@pytest.fixture
async def app() -> AsyncIterator[Headless]:
    async with opened("/kit") as app:
        yield app


def screens(app: Headless) -> list[str]:
    return [view.route or "" for view in app.find(ft.View)]


async def test_every_screen_is_one_that_no_window_has_seen(app: Headless) -> None:
    before = screens(app)
    await app.window_is_lost()
    once = screens(app)
    await app.window_is_lost()

    for seen in (before, once, screens(app)):
        assert [route.partition("#")[0] for route in seen] == ["/", "/kit"]
    assert len({*before, *once, *screens(app)}) == 6


async def test_two_apps_have_no_screen_in_common() -> None:
    async with opened() as one, opened() as other:
        assert screens(one) != screens(other)


async def test_the_first_screen_takes_the_place_of_the_empty_one() -> None:
    empty: list[str | None] = []

    def noting(page: ft.Page) -> None:
        empty.extend(view.route for view in page.views)
        main(page)

    async with Headless(noting, before_main=come_back_anew) as app:
        assert screens(app) == empty


async def test_a_screen_that_is_drawn_again_stays_the_same_one(app: Headless) -> None:
    await app.window_is_lost()
    before = screens(app)
    await app.tap("more")

    assert app.says("1 taps")
    assert screens(app) == before


async def test_what_was_open_is_open_and_not_dismissed_with_the_old_screen(app: Headless) -> None:
    await app.tap("ask")
    (before,) = [sheet._i for sheet in app.find(ft.BottomSheet)]
    await app.window_is_lost()

    await app.tell(before, "dismiss", {"open": False})

    (sheet,) = app.find(ft.BottomSheet)
    assert sheet.open
    await app.tell(sheet._i, "drag", {"open": False})
    assert not sheet.open
