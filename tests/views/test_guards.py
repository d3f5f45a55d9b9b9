"""A failure in one place stays in that place."""

import flet as ft
import pytest

from field_app.store.engine import CannotSave
from field_app.views.drawing import keep_drawing
from field_app.views.hooks import component, guarded
from tests.support.headless import Headless


@component
def Broken() -> ft.Control:
    raise ValueError("a bug")


@component
def Counter() -> ft.Control:
    count, set_count = ft.use_state(0)
    return ft.FilledButton(f"Count {count}", on_click=guarded(lambda _: set_count(count + 1)))


async def test_a_component_that_fails_leaves_the_others_alive() -> None:
    def main(page: ft.Page) -> None:
        page.render(lambda: ft.Column([Broken(), Counter()]))

    async with Headless(main) as app:
        await app.tap("Count 0")

        assert app.says("This part could not be shown.")
        assert app.says("Count 1")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ValueError("a bug"), "Something went wrong. Nothing you saved is lost."),
        (CannotSave("This device's storage is full."), "This device's storage is full."),
    ],
)
async def test_a_handler_that_fails_says_so_and_the_app_goes_on(
    error: Exception, sentence: str
) -> None:
    def fail(_: object) -> None:
        raise error

    def main(page: ft.Page) -> None:
        failing = ft.FilledButton("Fail", on_click=guarded(fail))
        page.render(lambda: ft.Column([failing, Counter()]))

    async with Headless(main) as app:
        await app.tap("Fail")
        await app.tap("Count 0")

        assert app.says(sentence)
        assert app.says("Count 1")


async def test_drawing_goes_on_after_something_that_cannot_be_drawn() -> None:
    pages: list[ft.Page] = []
    asked: list[str] = []

    def main(page: ft.Page) -> None:
        pages.append(page)
        page.render(lambda: ft.Column([Counter()]))
        keep_drawing(page, lambda: asked.append("again"))

    async with Headless(main) as app:
        pages[0].session.schedule_update(ft.Text("not on this page"))
        await app.settle()
        await app.tap("Count 0")

        assert app.says("Count 1")
        assert asked == ["again"]
