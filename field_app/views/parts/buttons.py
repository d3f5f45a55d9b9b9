"""What is pressed: buttons large and quiet, icons, switches, chips of which one is chosen."""

from collections.abc import Sequence

import flet as ft

from field_app.views.hooks import guarded
from field_app.views.parts.surfaces import Handler, body, read_apart, small
from field_app.views.theme import (
    CHIP_PADDING,
    FIELD_PADDING,
    ICON,
    QUIET_PADDING,
    RING,
    TARGET,
    XS,
    L,
    M,
    S,
)

READING_MS = 5000
"""How long a reason stays after it was asked for by a tap."""


def primary(
    text: str, on_click: Handler, *, icon: ft.IconData | None = None, why_not: str | None = None
) -> ft.Control:
    """The one thing to do here: large enough for a thumb in the rain. See `withhold`."""
    style = _style(FIELD_PADDING)
    button = ft.FilledButton(text, icon=icon, on_click=on_click, style=style, expand=True)
    return withhold(button, why_not)


def secondary(
    text: str, on_click: Handler, *, icon: ft.IconData | None = None, why_not: str | None = None
) -> ft.Control:
    style = _style(FIELD_PADDING, edge=1)
    button = ft.OutlinedButton(text, icon=icon, on_click=on_click, style=style, expand=True)
    return withhold(button, why_not)


def withhold(button: ft.Control, why_not: str | None) -> ft.Control:
    """Nothing is out of reach without a reason; what has one cannot be pressed, and says it."""
    button.disabled = why_not is not None
    button.tooltip = why_not and _by_a_tap(why_not)
    return button


def _by_a_tap(text: str) -> ft.Tooltip:
    """A finger cannot hover, and nobody holds down what looks as if it did nothing."""
    mode = ft.TooltipTriggerMode.TAP
    return ft.Tooltip(text, trigger_mode=mode, show_duration=READING_MS)  # type: ignore[arg-type]


def quiet(
    text: str, on_click: Handler, *, icon: ft.IconData | None = None, why_not: str | None = None
) -> ft.Control:
    style = _style(QUIET_PADDING, S)
    return withhold(ft.TextButton(text, icon=icon, on_click=on_click, style=style), why_not)


def _style(padding: int, sides: int = L, edge: int = 0) -> ft.ButtonStyle:
    """With a ring where a keyboard stands. `edge`: how wide its line is otherwise."""
    side = {ft.ControlState.FOCUSED: ft.BorderSide(RING, ft.Colors.TERTIARY)}
    if edge:
        side[ft.ControlState.DEFAULT] = ft.BorderSide(edge, ft.Colors.OUTLINE)
    return ft.ButtonStyle(
        padding=ft.Padding.symmetric(horizontal=sides, vertical=padding), side=side
    )


def icon_button(
    icon: ft.IconData,
    label: str,
    on_click: Handler,
    *,
    color: ft.Colors | None = None,
    why_not: str | None = None,
) -> ft.Control:
    """An icon to press. The toolkit names only its surroundings, so both are one to a reader."""
    button = ft.IconButton(
        icon,
        tooltip=_by_a_tap(f"{label}. {why_not}") if why_not else label,
        icon_color=color,
        icon_size=ICON,
        width=TARGET,
        height=TARGET,
        disabled=why_not is not None,
        on_click=on_click,
    )
    return ft.MergeSemantics(button)


def switch(label: str, is_on: bool, change: Handler, *, note: str) -> ft.Control:
    """Its words wrap beside it, however large they are. `note`: what it does, read after it."""
    control = ft.Switch(value=is_on, on_change=change)
    words = ft.Row([control, body(label, fills=True)], spacing=M)
    named = ft.MergeSemantics(ft.Container(words, padding=ft.Padding.symmetric(vertical=XS)))
    return ft.Column([named, read_apart(small(note))], spacing=M, tight=True)


def buttons(*controls: ft.Control, has_room: bool = True) -> ft.Control:
    """Side by side, or each on its own line where their words are large."""
    if has_room:
        return ft.Row(list(controls), spacing=M)
    return ft.Column([ft.Row([each]) for each in controls], spacing=M)


def question(
    asked: str, options: Sequence[tuple[str, str]], chosen: str | None, pick: Handler
) -> ft.Control:
    """Choices with what they answer above them; a screen reader says it right before them."""
    parts = [body(asked, strong=True), choices(options, chosen, pick)]
    return read_apart(ft.Column(parts, spacing=M, tight=True))


def choices(options: Sequence[tuple[str, str]], chosen: str | None, pick: Handler) -> ft.Control:
    """Chips of which one can be picked; `pick` gets its value."""
    return ft.Row(
        [
            ft.Chip(
                label=ft.Text(label, max_lines=3),  # a chip shows one line otherwise, cut off
                selected=value == chosen,
                on_select=guarded(lambda _, value=value: pick(value)),
                padding=ft.Padding.symmetric(horizontal=S, vertical=CHIP_PADDING),
            )
            for value, label in options
        ],
        wrap=True,
        spacing=S,
        run_spacing=S,
    )
