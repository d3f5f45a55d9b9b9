"""Sheets: what slides up to ask one thing."""

from collections.abc import Sequence

import flet as ft

from field_app.views.parts.buttons import buttons
from field_app.views.parts.surfaces import Handler, banner
from field_app.views.theme import CONTENT_WIDTH, XL, L, M, Tone


def read_first(heading: ft.Control) -> ft.Control:
    """What something is about, where a screen reader looks for that."""
    return ft.Semantics(content=heading, header=True)


def last_word(button: ft.Control, problem: str | None) -> ft.Control:
    """A sheet's button, with what is wrong right above it."""
    parts = [banner(problem, Tone.BAD)] if problem else []
    return ft.Column(
        [*parts, buttons(button)],
        spacing=M,
        tight=True,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )


ROOMY = 700
"""Window heights from which a short sheet fits without scrolling."""


def sheet_of(
    controls: Sequence[ft.Control], on_dismiss: Handler | None = None, *, is_long: bool = False
) -> ft.BottomSheet:
    """What slides up to ask one thing; no wider than reads well.

    The first control is its heading. A long one is as high as the window, and its last control, the
    button, stays in sight.
    """
    heading, *rest = controls
    controls = [read_first(heading), *rest]
    wide = ft.CrossAxisAlignment.STRETCH
    scrolls = ft.ScrollMode.AUTO
    has_room = (ft.context.page.height or 0) >= ROOMY  # what scrolls takes the whole height
    if is_long:
        *above, last = controls
        scrolled = ft.Column(
            above, spacing=L, scroll=scrolls, expand=True, horizontal_alignment=wide
        )
        content = ft.Column([scrolled, last], spacing=L, horizontal_alignment=wide)
    else:
        content = ft.Column(
            list(controls),
            spacing=L,
            tight=True,
            scroll=None if has_room else scrolls,
            horizontal_alignment=wide,
        )
    padding = ft.Padding.only(left=XL, right=XL, top=M, bottom=XL)
    return ft.BottomSheet(
        ft.Container(content, padding=padding, width=CONTENT_WIDTH),
        show_drag_handle=True,
        scrollable=True,
        on_dismiss=on_dismiss,
    )
