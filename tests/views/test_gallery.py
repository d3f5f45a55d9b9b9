"""The gallery: every part of the screens is in it, and it can be drawn in every dress."""

import ast
import inspect

import pytest

from field_app import gallery
from field_app.views.parts import surfaces
from field_app.views.theme import MODES, TEXT_SIZES, Dress
from tests.support.headless import Headless

NOT_PARTS = {
    *("page_column", "search_field", "Kept", "withhold"),
    *("lined", "rows_card", "read_apart"),
}
"""What needs a whole app around it, or is no part."""


def test_every_part_is_in_the_gallery() -> None:
    tree = ast.parse(inspect.getsource(surfaces))
    made = {n.name for n in tree.body if isinstance(n, ast.FunctionDef) and n.name[0] != "_"}
    shown = {
        node.attr
        for node in ast.walk(ast.parse(inspect.getsource(gallery)))
        if isinstance(node, ast.Attribute)
    }

    assert made - shown == NOT_PARTS


@pytest.mark.parametrize("theme", MODES)
async def test_it_can_be_drawn_in_every_dress(theme: str) -> None:
    dress = Dress(theme, TEXT_SIZES[-1])

    async with Headless(lambda page: gallery.open_gallery(page, dress)) as shown:
        for words in ("Synced", "Offline", "Primary, withheld", "Nothing here"):
            assert shown.says(words)
        await shown.choose("Dark")
        assert shown.says("Nothing here")
