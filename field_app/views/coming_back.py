"""A window that comes back after it lost the app gets every screen as one that it has not seen.

It is sent everything again. What it knows already it compares with what it had, whole, and on every
level of it again, so that a screen that is as it was keeps it busy for ever; and a sheet that was
open would be opened a second time, over the first.
"""

import secrets
from collections.abc import Iterator
from typing import Any

import flet as ft
from flet.components.public_utils import unwrap_component
from flet.controls.id_counter import ControlId


def come_back_anew(page: ft.Page) -> None:
    """Before the window is sent anything; its first screen would slide over an empty one."""

    def rename() -> None:
        page.data = secrets.token_hex(4)  # no app that the window was with before had it either
        for screen in _screens(page.views):
            path, _, _ = (screen.route or "").partition("#")
            # Nobody is told: all of it will be sent.
            object.__setattr__(screen, "route", _name(path, page))

    def renew(_event: object) -> None:
        rename()
        for sheet in page._dialogs.controls:  # the window takes the old one for dismissed
            page.session.index.pop(sheet._i, None)
            sheet._i = ControlId.next()
            page.session.index[sheet._i] = sheet

    rename()
    page.on_disconnect = renew


def known_as(path: str) -> str:
    """What the window knows the screen at this path by, for a view's `route`."""
    return _name(path, ft.context.page)


def _name(path: str, page: ft.Page) -> str:
    return f"{path}#{page.data}"


def _screens(drawn: Any) -> Iterator[ft.View]:
    found = unwrap_component(drawn)
    if isinstance(found, list):
        for each in found:
            yield from _screens(each)
    elif isinstance(found, ft.View):
        yield found
