"""Two large buttons are beside each other where their words fit, and below each other elsewhere."""

import flet as ft
import pytest

from field_app.domain.kit import KitStatus
from tests.support.field import a_shift
from tests.support.kits import NEED
from tests.views.conftest import App, OpenApp
from tests.views.field_day import DANA_HERSELF, SHELF
from tests.views.test_screens import BACKGROUND

ROOMS = pytest.mark.parametrize(("width", "beside"), [(390, True), (250, False)])
"""A phone as it is, and as wide as its text leaves it at 160 %."""


def are_beside(app: App, *words: str) -> bool:
    rows = [[getattr(each, "content", None) for each in row.controls] for row in app.find(ft.Row)]
    assert all(any(word in row for row in rows) for word in words)
    return list(words) in rows


@ROOMS
async def test_an_answer_to_an_offer(open_the_app: OpenApp, width: int, *, beside: bool) -> None:
    async with open_the_app(*BACKGROUND, a_shift(), route="/offers", width=width) as app:
        assert are_beside(app, "Decline", "Accept") == beside


@ROOMS
async def test_what_is_done_with_a_kit(open_the_app: OpenApp, width: int, *, beside: bool) -> None:
    out = NEED.model_copy(update={"status": KitStatus.CHECKED_OUT, "holder_id": DANA_HERSELF.id})
    async with open_the_app(
        *SHELF, out, person=DANA_HERSELF, route=f"/kits/{out.id}", width=width
    ) as app:
        assert are_beside(app, "Return", "Hand on") == beside
