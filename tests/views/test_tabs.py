"""The tabs share one frame, and the bar in it stays whoever taps how fast."""

import flet as ft
import pytest

from field_app.domain.assignment import AssignmentStatus
from field_app.views.parts.shell import TABS
from tests.support.field import a_shift
from tests.views.conftest import OpenApp


@pytest.mark.parametrize(("width", "kind"), [(390, ft.NavigationBar), (1280, ft.NavigationRail)])
async def test_a_tap_on_a_bar_that_was_drawn_before_is_heard(
    open_the_app: OpenApp, width: int, kind: type[ft.NavigationBar | ft.NavigationRail]
) -> None:
    async with open_the_app(a_shift(status=AssignmentStatus.ACCEPTED), width=width) as app:
        (bar,) = app.find(kind)
        for number, tab in [*enumerate(TABS), *enumerate(TABS)]:
            await app.fire(bar, "change", number)

            assert app.route == tab.route
            assert [each.title.value for each in app.find(ft.AppBar)] == [tab.label]
            assert [each.selected_index for each in app.find(kind)] == [number]
