"""Another screen is there at the tap, whenever the window gets round to its address."""

from collections.abc import AsyncIterator

import flet as ft
import pytest

from field_app.views import going
from field_app.views.going import go_at_once
from tests.support.headless import Headless

drawn: list[str] = []


@ft.component
def Place() -> ft.View:
    page, name = ft.context.page, ft.use_view_path()
    drawn.append(name)
    ways = [
        ft.TextButton(f"go to {way}", on_click=lambda _, way=way: page.navigate(way))
        for way in ("/", "/kits", "/issues")
    ]
    return ft.View(route=name, controls=[ft.Text(f"at {name}"), *ways])


@ft.component
def Places() -> object:
    routes = [ft.Route(path=path, component=Place) for path in ("/", "/kits", "/issues")]
    return ft.Router(routes, manage_views=True)


def main(page: ft.Page) -> None:
    go_at_once(page)
    page.render_views(Places)


@pytest.fixture
async def app() -> AsyncIterator[Headless]:
    async with Headless(main) as app:
        drawn.clear()
        yield app


async def test_a_screen_is_drawn_before_the_window_says_where_it_is(app: Headless) -> None:
    app.busy_window()

    await app.tap("go to /kits")

    assert app.says("at /kits")
    assert app.route == "/kits"


async def test_the_window_is_told_once_and_its_answer_draws_nothing_again(app: Headless) -> None:
    app.busy_window()
    await app.tap("go to /kits")
    await app.tap("go to /kits")
    await app.answers()

    assert app.calls == [("push_route", {"route": "/kits"})]
    assert drawn == ["/kits"]


async def test_a_late_answer_brings_nobody_back(app: Headless) -> None:
    app.busy_window()
    await app.tap("go to /kits")
    await app.tap("go to /issues")

    await app.open("/kits")  # what the window says while it is still to go on

    assert app.route == "/issues"
    await app.answers()
    assert drawn == ["/kits", "/issues"]
    assert app.route == "/issues"


async def test_the_browsers_back_is_heard_once_the_window_has_answered(app: Headless) -> None:
    app.busy_window()
    await app.tap("go to /kits")
    await app.answers()

    await app.open("/")

    assert app.says("at /")
    assert app.route == "/"


async def test_a_back_that_is_heard_together_with_the_answer_counts(app: Headless) -> None:
    app.busy_window()
    await app.tap("go to /kits")

    await app.answers("/")  # the app was at something else for as long as that

    assert app.says("at /")
    assert app.route == "/"


async def test_a_back_before_the_window_has_gone_on_is_behind(app: Headless) -> None:
    app.busy_window()
    await app.tap("go to /kits")
    await app.tap("go to /issues")

    for elsewhere in ("/elsewhere", "/", "/elsewhere"):
        await app.open(elsewhere)

    assert app.route == "/issues"
    await app.answers("/kits", "/")
    assert drawn == ["/kits", "/issues", "/"]
    assert app.route == "/"


async def test_a_window_that_was_there_already_is_heard_again(app: Headless) -> None:
    app.busy_window()
    await app.tap("go to /kits")
    await app.open("/kits")  # by itself, so it will not say so when it is told

    await app.answers("/")

    assert app.route == "/"


async def test_a_window_that_never_answers_is_heard_when_it_is_back(
    app: Headless, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(going, "PATIENCE_S", 0)
    app.busy_window()
    await app.tap("go to /kits")

    await app.open("/issues")

    assert app.says("at /issues")


async def test_another_window_is_heard_at_once(app: Headless) -> None:
    app.busy_window()
    await app.tap("go to /kits")
    await app.window_is_lost()

    await app.open("/issues")

    assert app.says("at /issues")
