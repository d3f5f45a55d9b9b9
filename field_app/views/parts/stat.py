"""Numbers that are looked at before anything is read: large, each with a word below it."""

from collections.abc import Sequence

import flet as ft

from field_app.views.parts.surfaces import small
from field_app.views.theme import STRONG, XL, L


def stats(numbers: Sequence[tuple[str, str]]) -> ft.Control:
    """Side by side, each a value and what it counts; they wrap where text is large."""
    return ft.Row([_stat(*each) for each in numbers], wrap=True, spacing=XL, run_spacing=L)


def _stat(value: str, label: str) -> ft.Control:
    number = ft.Text(value, theme_style=ft.TextThemeStyle.HEADLINE_SMALL, weight=STRONG)
    words = ft.Column([number, small(label)], spacing=0, tight=True)
    return ft.Semantics(content=words, label=f"{value} {label}", exclude_semantics=True)
