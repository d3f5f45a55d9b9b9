"""What slides up or comes to the front: all of it is opened, pressed through and closed again."""

import ast
import datetime as dt
import json
import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import flet as ft
import pytest
from playwright.sync_api import Browser

from field_app.pages import BROWSER_KEY
from field_app.views import theme
from tests.browser.test_accessibility import WHOLE, faults
from tests.support.app import running_app
from tests.support.browser import PHONE, Screen
from tests.support.every_sheet import OPENINGS, Opening, the_device

VIEWS = Path(theme.__file__).parent
ASKED_BY = {"sheet_of", "viewer", "Question", "asks"}
"""What makes one for whoever calls it, so that the caller is what has to be walked."""
MAKERS = {"sheets.sheet_of", "photos.viewer", "ask.use_question", "shift_acts.use_confirmation"}
SPOKEN = {"hooks.say"}
"""A sentence that goes away by itself: there is nothing in it to press."""
BY_ACT = "kit_sheets._sheet"
"""Asks those that return a `Built` for what is in it."""


def made_in(tree: ast.AST, path: tuple[str, ...]) -> Iterator[str]:
    """The functions that make something of their own that covers a screen."""
    for node in ast.iter_child_nodes(tree):
        is_named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        inside = (*path, node.name) if is_named else path  # type: ignore[attr-defined]
        if isinstance(node, ast.Call) and covers(node.func):
            yield ".".join(path)
        if isinstance(node, ast.FunctionDef) and isinstance(node.returns, ast.Name):
            yield from [".".join(inside)] * (node.returns.id == "Built")
        yield from made_in(node, inside)


def covers(made: ast.expr) -> bool:
    match made:
        case ast.Name(id=name):
            return name in ASKED_BY
        case ast.Attribute(value=ast.Name(id="ft"), attr=name):
            kind = getattr(ft, name, None)
            return isinstance(kind, type) and issubclass(kind, ft.DialogControl)
        case ast.Attribute(attr=name):
            return name in ASKED_BY
    return False


def test_every_sheet_and_every_dialog_of_the_app_is_among_the_openings() -> None:
    files = sorted(VIEWS.rglob("*.py"))
    made = {each for f in files for each in made_in(ast.parse(f.read_text("utf-8")), (f.stem,))}

    assert made - MAKERS - SPOKEN - {BY_ACT} == {each.made_in for each in OPENINGS}


@pytest.fixture(scope="module")
def manager(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    """Her phone on its own: no server is there, and nothing that is opened is sent."""
    folder, device = tmp_path_factory.mktemp("phone"), uuid4()
    the_device(folder / "browsers" / str(device), dt.datetime.now(dt.UTC))
    with running_app("http://127.0.0.1:9", folder, os.environ) as app:
        screen = Screen(browser, app.url, PHONE, camera=True, remembers=remembered(device))
        yield screen
        screen.close()


def remembered(device: UUID) -> dict[str, str]:
    return {f"flutter.{BROWSER_KEY}": json.dumps(str(device))}


def begins(screen: Screen) -> list[str]:
    """A sentence where what a reader is told first is not what this is about."""
    dialog = screen.page.locator("[role=alertdialog], [aria-label=Dialog]").last
    heading = dialog.get_by_role("heading")
    named = dialog.locator("[aria-label=Camera], [aria-label=Photo]")
    return [] if heading.or_(named).count() else ["nothing says what it is about"]


@pytest.mark.parametrize("opening", OPENINGS, ids=lambda o: f"{o.made_in}: {o.says}")
def test_all_in_it_has_a_name_and_room_and_escape_closes_it(
    manager: Screen, opening: Opening
) -> None:
    manager.goes(opening.path)
    for name, then in zip(opening.taps, [*opening.taps[1:], opening.says], strict=True):
        manager.scroll_to(name)
        manager.tap(name, until=then)
    manager.picture(opening.made_in.rpartition(".")[0] + opening.says[:12])

    said = [*faults(manager, WHOLE), *begins(manager)]
    manager.escape(opening.says)  # the next one starts from a page that nothing covers
    assert said == []
