"""Counting what is in a kit: everything is taken to be there until somebody says otherwise."""

from collections.abc import Callable

import flet as ft

from field_app.domain.kit import Component
from field_app.views.form import entered
from field_app.views.language import tr
from field_app.views.parts.buttons import icon_button
from field_app.views.parts.surfaces import body, small
from field_app.views.theme import S

Count = Callable[[str, int], None]


def whole_numbers() -> str:
    return tr("Please write whole numbers, like 120.")


def is_count(text: str) -> bool:
    return text.isascii() and text.isdigit()


def counter(part: Component, whole: int, counted: int, count: Count) -> ft.Control:
    """A durable part with a step down and up."""
    is_whole = counted >= whole
    icon = ft.Icons.CHECK_CIRCLE if is_whole else ft.Icons.REMOVE_CIRCLE_OUTLINE
    color = ft.Colors.PRIMARY if is_whole else ft.Colors.ERROR
    said = tr("{counted} of {planned}", counted=counted, planned=whole)
    return ft.Row(
        [
            ft.Icon(icon, color=color),
            ft.Container(
                ft.Column([body(part.name), small(tr("of {whole}", whole=whole))], spacing=0),
                expand=True,
            ),
            _step(
                tr("One less"),
                part,
                ft.Icons.REMOVE,
                None if counted else tr("None are counted."),
                lambda: count(part.name, -1),
            ),
            ft.Text(
                f"{counted}",
                theme_style=ft.TextThemeStyle.TITLE_MEDIUM,
                semantics_label=f"{part.name}: {said}",
            ),
            _step(
                tr("One more"),
                part,
                ft.Icons.ADD,
                tr("All are counted.") if is_whole else None,
                lambda: count(part.name, 1),
            ),
        ],
        spacing=S,
    )


def left_over(
    part: Component, whole: int, text: str, write: Callable[[str, str], None]
) -> ft.Control:
    """A consumable: how much is left, if somebody counts it."""
    return ft.TextField(
        label=tr("{name} left over, of {whole}", name=part.name, whole=whole),
        value=text,
        keyboard_type=ft.KeyboardType.NUMBER,
        max_length=6,
        counter="",
        on_change=lambda e: write(part.name, entered(e)),
    )


def _step(
    said: str, part: Component, icon: ft.IconData, why_not: str | None, act: Callable[[], None]
) -> ft.Control:
    label = f"{said}: {part.name}"
    return icon_button(icon, label, lambda _: act(), why_not=why_not)


def nothing_to_count() -> ft.Control:
    return small(tr("The contents of this kind of kit are not known to this device."))
