"""The gallery: every part of the screens is in it, and it can be drawn in every dress."""

import ast
import inspect
from types import ModuleType

import flet as ft
import pytest

from field_app import gallery
from field_app.views.parts import buttons, counters, sheets, stat, surfaces, timeline
from field_app.views.theme import MODES, TEXT_SIZES, Dress
from tests.support.headless import Headless

PARTS = (buttons, counters, sheets, stat, surfaces, timeline)
NOT_SHOWN = {
    *("page_column", "search_field", "Kept", "withhold"),
    *("lined", "rows_card", "read_apart", "read_first"),
}
"""What needs a whole app around it, or is no part."""
WORDS = {"whole_numbers", "is_count", "nothing_to_count"}


def made_in(module: ModuleType) -> set[str]:
    tree = ast.parse(inspect.getsource(module))
    return {n.name for n in tree.body if isinstance(n, ast.FunctionDef) and n.name[0] != "_"}


def test_every_part_is_in_the_gallery() -> None:
    made = set().union(*map(made_in, PARTS))
    shown = {
        node.attr
        for node in ast.walk(ast.parse(inspect.getsource(gallery)))
        if isinstance(node, ast.Attribute)
    }

    assert made - shown == NOT_SHOWN | WORDS


@pytest.mark.parametrize("theme", MODES)
async def test_it_can_be_drawn_in_every_dress(theme: str) -> None:
    dress = Dress(theme, TEXT_SIZES[-1])

    async with Headless(lambda page: gallery.open_gallery(page, dress)) as shown:
        for words in ("Synced", "Offline", "Primary, withheld", "Nothing here", "Cups"):
            assert shown.says(words)
        await shown.choose("Dark")
        assert shown.says("Nothing here")


async def test_why_a_button_is_withheld_is_said_at_a_tap() -> None:
    async with Headless(gallery.open_gallery) as shown:
        withheld = [b for b in shown.find(ft.LayoutControl) if b.disabled]

        assert len(withheld) > 3
        for button in withheld:
            assert isinstance(button.tooltip, ft.Tooltip)
            assert button.tooltip.trigger_mode == ft.TooltipTriggerMode.TAP
