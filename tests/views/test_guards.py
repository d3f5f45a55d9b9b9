"""A failure in one place stays in that place."""

from collections.abc import Callable

import flet as ft
import pytest

from field_app.store.engine import CannotSave
from field_app.views.drawing import keep_drawing, on_this_page
from field_app.views.hooks import Pulse, component, guarded
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


async def test_what_changes_is_drawn_on_its_own_page_whichever_is_at_work() -> None:
    """Two pages share a device while a browser loads the page again."""
    pulse = Pulse()
    beats: list[Callable[[], None]] = []

    @ft.component
    def Beating() -> ft.Control:
        ft.use_state(pulse)
        return ft.Text(f"{pulse.news} beats")

    def beat() -> None:
        pulse.news += 1

    def first(page: ft.Page) -> None:
        beats.append(on_this_page(beat))
        page.render(Beating)

    async with Headless(first) as one, Headless(lambda page: page.add(ft.Text("Two"))) as other:
        before = one.patches, other.patches
        beats[0]()
        await one.settle()

        assert one.says("1 beats")
        assert (one.patches, other.patches) == (before[0] + 1, before[1])
