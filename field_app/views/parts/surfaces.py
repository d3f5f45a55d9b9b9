"""The pieces screens are made of: cards, chips, banners, rows, sections, empty states."""

from collections.abc import Callable, Sequence
from typing import Any

import flet as ft

from field_app.store.queries import LIST_LIMIT
from field_app.views.hooks import AppContext, component, guarded, use_app
from field_app.views.language import tr
from field_app.views.parts.turns import Unrolled, stacked
from field_app.views.theme import (
    CONTENT_WIDTH,
    PAINTS,
    RADIUS,
    STRONG,
    XL,
    XS,
    XXL,
    L,
    M,
    S,
    Tone,
)

Handler = Callable[..., Any]

SCROLL_NEWS_MS = 200

TONE_ICONS = {
    Tone.NEUTRAL: ft.Icons.CIRCLE_OUTLINED,
    Tone.GOOD: ft.Icons.CHECK_CIRCLE,
    Tone.BUSY: ft.Icons.SYNC,
    Tone.WARN: ft.Icons.SCHEDULE,
    Tone.BAD: ft.Icons.ERROR,
}


def title(text: str) -> ft.Control:
    return ft.Text(text, theme_style=ft.TextThemeStyle.TITLE_LARGE, weight=STRONG)


def body(text: str, *, muted: bool = False, strong: bool = False, fills: bool = False) -> ft.Text:
    return ft.Text(
        text,
        expand=fills or None,
        theme_style=ft.TextThemeStyle.BODY_LARGE,
        color=ft.Colors.ON_SURFACE_VARIANT if muted else None,
        weight=STRONG if strong else None,
    )


def small(text: str) -> ft.Text:
    return ft.Text(
        text, theme_style=ft.TextThemeStyle.BODY_MEDIUM, color=ft.Colors.ON_SURFACE_VARIANT
    )


def line(icon: ft.IconData, text: str) -> ft.Control:
    """An icon and a sentence that may wrap."""
    return ft.Row(
        [
            ft.Icon(icon, color=ft.Colors.ON_SURFACE_VARIANT),
            body(text, fills=True),
        ],
        spacing=M,
        vertical_alignment=ft.CrossAxisAlignment.START,
    )


def card(controls: Sequence[ft.Control], *, on_click: Handler | None = None) -> ft.Control:
    face = ft.Container(
        ft.Column(list(controls), spacing=M, horizontal_alignment=ft.CrossAxisAlignment.STRETCH),
        padding=L,
        border_radius=RADIUS,
        bgcolor=ft.Colors.SURFACE_CONTAINER_LOW,
        border=ft.Border.all(1, ft.Colors.OUTLINE_VARIANT),
        ink=on_click is not None,
        on_click=on_click,
    )
    return ft.Semantics(content=face, container=True)


def chip(
    text: str,
    tone: Tone,
    icon: ft.IconData | None = None,
    *,
    is_bare: bool = False,
    sign: float | None = None,
) -> ft.Control:
    """A state in a few words, with an icon so that colour is never the only carrier.

    A bare one is the icon alone; a screen reader still says the word. `sign`: the icon's side, for
    where a bar has its own.
    """
    paint = PAINTS[tone]
    said = ft.Text(text, theme_style=ft.TextThemeStyle.LABEL_LARGE, color=paint.ink)
    label = text if is_bare else None
    shown = ft.Icon(icon or TONE_ICONS[tone], size=sign, color=paint.ink, semantics_label=label)
    return ft.Container(
        ft.Row(
            [shown] if is_bare else [shown, said],
            spacing=XS + 2,
            run_spacing=0,
            wrap=True,  # large words have room for themselves on the next line
            vertical_alignment=ft.CrossAxisAlignment.CENTER,
        ),
        bgcolor=paint.background,
        border_radius=RADIUS,
        padding=ft.Padding.symmetric(horizontal=M - 2, vertical=XS + 1),
    )


def banner(
    text: str, tone: Tone, actions: Sequence[ft.Control] = (), heading: str | None = None
) -> ft.Control:
    """Something to know now; content below it stays."""
    paint = PAINTS[tone]
    words: list[ft.Control] = []
    if heading:
        words.append(
            ft.Text(
                heading,
                theme_style=ft.TextThemeStyle.TITLE_MEDIUM,
                weight=STRONG,
                color=paint.ink,
            )
        )
    words.append(ft.Text(text, theme_style=ft.TextThemeStyle.BODY_LARGE, color=paint.ink))
    if actions:
        words.append(ft.Row(list(actions), wrap=True, spacing=S))
    return ft.Container(
        ft.Row(
            [
                ft.Icon(TONE_ICONS[tone], color=paint.ink),
                ft.Column(words, spacing=XS, tight=True, expand=True),
            ],
            spacing=M,
            vertical_alignment=ft.CrossAxisAlignment.START,
        ),
        bgcolor=paint.background,
        border_radius=RADIUS,
        padding=L,
    )


def section(heading: str | None, controls: Sequence[ft.Control]) -> ft.Control:
    parts = [_label(heading), *controls] if heading else list(controls)
    return ft.Column(parts, spacing=S, horizontal_alignment=ft.CrossAxisAlignment.STRETCH)


def _label(heading: str) -> ft.Control:
    label = ft.Text(
        heading,
        theme_style=ft.TextThemeStyle.TITLE_SMALL,
        color=ft.Colors.ON_SURFACE_VARIANT,
        weight=STRONG,
    )
    return ft.Semantics(content=label, header=True)


def empty(icon: ft.IconData, heading: str, text: str | None = None) -> ft.Control:
    """What a screen shows when there is nothing: said kindly, never a blank page."""
    words: list[ft.Control] = [
        ft.Icon(icon, size=48, color=ft.Colors.OUTLINE),
        ft.Text(
            heading,
            theme_style=ft.TextThemeStyle.TITLE_MEDIUM,
            text_align=ft.TextAlign.CENTER,
        ),
    ]
    if text:
        words.append(
            ft.Text(
                text,
                theme_style=ft.TextThemeStyle.BODY_LARGE,
                color=ft.Colors.ON_SURFACE_VARIANT,
                text_align=ft.TextAlign.CENTER,
            )
        )
    return ft.Container(
        ft.Column(words, spacing=S, horizontal_alignment=ft.CrossAxisAlignment.CENTER),
        padding=ft.Padding.symmetric(horizontal=XL, vertical=XXL),
        alignment=ft.Alignment.CENTER,
    )


def row(
    heading: str,
    text: str | None = None,
    *,
    leading: ft.Control | None = None,
    trailing: ft.Control | None = None,
    below: Sequence[ft.Control] = (),
    on_click: Handler | None = None,
    is_chosen: bool = False,
    key: str | None = None,
) -> ft.Control:
    """One line of a list; a tap opens it. What is wide goes below the words, not beside them."""
    words: list[ft.Control] = [body(heading, strong=True)]
    if text:
        words.append(small(text))
    if below:
        gap = ft.Margin.only(top=XS)
        words.append(ft.Row(list(below), wrap=True, spacing=S, run_spacing=XS, margin=gap))
    parts: list[ft.Control] = [leading] if leading else []
    parts.append(ft.Column(words, spacing=2, tight=True, expand=True))
    parts += [trailing] if trailing else []
    if on_click:
        parts.append(ft.Icon(ft.Icons.CHEVRON_RIGHT, color=ft.Colors.OUTLINE))
    content = ft.Container(
        ft.Row(parts, spacing=M),
        padding=ft.Padding.symmetric(horizontal=L, vertical=M),
        ink=on_click is not None,
        on_click=on_click,
        border_radius=RADIUS,
        bgcolor=ft.Colors.SECONDARY_CONTAINER if is_chosen else None,
    )
    return ft.Semantics(
        content=content,
        container=True,
        button=on_click is not None,
        selected=is_chosen or None,
        key=key,
    )


def rows(items: Sequence[ft.Control]) -> ft.Control:
    """Rows in one card, a thin line between them. Where many may come: `long_list.LongList`."""
    return rows_card(lined(items))


def lined(items: Sequence[ft.Control], *, is_first: bool = True) -> list[ft.Control]:
    """Rows with a thin line before each, the first of them all excepted."""
    drawn: list[ft.Control] = []
    for item in items:
        if drawn or not is_first:
            drawn.append(ft.Divider(height=1, thickness=1, color=ft.Colors.OUTLINE_VARIANT))
        drawn.append(item)
    return drawn


def rows_card(controls: Sequence[ft.Control]) -> ft.Control:
    return ft.Container(
        ft.Column(list(controls), spacing=0, horizontal_alignment=ft.CrossAxisAlignment.STRETCH),
        border_radius=RADIUS,
        bgcolor=ft.Colors.SURFACE_CONTAINER_LOW,
        border=ft.Border.all(1, ft.Colors.OUTLINE_VARIANT),
        clip_behavior=ft.ClipBehavior.ANTI_ALIAS,
    )


def search_field(app: AppContext, tab: str, text: str, write: Handler) -> ft.Control:
    """Narrows a tab's list as it is typed into; a slash on a keyboard leads here."""
    field = ft.TextField(
        label=tr("Search"),
        value=text,
        prefix_icon=ft.Icons.SEARCH,
        on_change=guarded(write),
        max_length=60,
        counter="",
    )
    app.searches[tab] = field
    return field


def cut_off(items: Sequence[object]) -> list[ft.Control]:
    """Says so where a list is longer than what is shown of it."""
    if len(items) < LIST_LIMIT:
        return []
    return [small(tr("The first {number} are shown. Search for the others.", number=LIST_LIMIT))]


def read_apart(part: ft.Control) -> ft.Control:
    """Without this a screen reader is given all texts of a screen at once, as one."""
    return ft.Semantics(content=part, container=True, key=part.key)


def page_column(
    controls: Sequence[ft.Control],
    width: float,
    notices: Sequence[ft.Control] = (),
    *,
    kept_as: str | None = None,
) -> ft.Control:
    """A screen's content: scrolls, and never grows wider than reads well.

    Only `notices`, which come first, may have nothing to show. With a name in `kept_as` the list
    is where it was when it is shown again, also beside one of its things; it is drawn whole for
    that, and anything else part after part.
    """
    parts = [*notices, *map(read_apart, controls)]
    column = stacked(parts) if kept_as else Unrolled(parts)
    padding = ft.Padding.only(left=L, right=L, top=S, bottom=XXL)
    inner = ft.Container(column, padding=padding, width=min(width, CONTENT_WIDTH))
    centred = ft.Row([inner], alignment=ft.MainAxisAlignment.CENTER)
    return Kept(centred, kept_as) if kept_as else ft.ListView([centred], expand=True)


@component
def Kept(content: ft.Control, name: str) -> ft.Control:
    """Scrolls, and remembers how far; see `Place`."""
    place = use_app().place(name)
    drawn = ft.ListView([content], expand=True, scroll_interval=SCROLL_NEWS_MS)

    def keep(event: ft.OnScrollEvent) -> None:
        place.move(event.pixels, event.viewport_dimension, event.max_scroll_extent)

    async def put_back() -> None:
        if place.pixels:
            await drawn.scroll_to(offset=place.pixels)

    drawn.on_scroll = keep
    ft.use_effect(put_back, dependencies=[])
    return drawn
