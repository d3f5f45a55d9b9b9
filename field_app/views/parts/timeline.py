"""What happened, in order: a dot for each happening, and one line through them, in a card."""

from collections.abc import Sequence

import flet as ft

from field_app.views.parts.surfaces import rows_card
from field_app.views.theme import L, M

DOT = 10
LINE = 2
FIRST_LINE = 7
"""From a row's top to the dot: so far below it, the dot stands beside the words, not above them."""


def timeline(happenings: Sequence[ft.Control]) -> ft.Control:
    """Each is a `row`; where they are sorted the other way round, so is the line."""
    last = len(happenings) - 1
    return rows_card(
        [_beside(each, is_first=at == 0, is_last=at == last) for at, each in enumerate(happenings)]
    )


def _beside(happening: ft.Control, *, is_first: bool, is_last: bool) -> ft.Control:
    top = M + FIRST_LINE
    line = ft.Container(
        bgcolor=ft.Colors.OUTLINE_VARIANT,
        width=LINE,
        left=L + (DOT - LINE) / 2,
        top=top if is_first else 0,
        height=top if is_last else None,
        bottom=None if is_last else 0,
    )
    dot = ft.Container(
        bgcolor=ft.Colors.PRIMARY,
        width=DOT,
        height=DOT,
        border_radius=DOT / 2,
        left=L,
        top=top,
    )
    words = ft.Container(happening, margin=ft.Margin.only(left=DOT + M))
    lines = [] if is_first and is_last else [line]
    return ft.Stack([words, *lines, dot], fit=ft.StackFit.PASS_THROUGH, key=happening.key)
