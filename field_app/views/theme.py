"""The look: colour roles, spacing, type, shapes. Screens name roles, never values."""

from dataclasses import dataclass
from enum import StrEnum

import flet as ft

XS, S, M, L, XL, XXL = 4, 8, 12, 16, 24, 32
"""Spacing in logical pixels."""

RADIUS = 16
RING = 3
"""Around what the keyboard would press."""
THIN = 2
"""A bar that shows that something goes on, without taking room."""
SIGN = 20
"""The side of an icon, or of a ring that turns, beside words at 100 %. An icon without a
size of its own has it, and grows with the text."""
ICON = 24
"""The side of an icon that is pressed by itself."""
TARGET = 48
"""The least side of whatever can be pressed."""
FIELD_PADDING = 18
"""Above and below a button's text: 56 high, for a thumb in the rain; more with larger text."""
QUIET_PADDING = 14
CHIP_PADDING = 13

CONTENT_WIDTH = 640
RAIL_FROM = 720
SIDE_BY_SIDE_FROM = 1100


class Tone(StrEnum):
    """What a chip, a card or a banner says beside its words. Never colour alone: always an icon."""

    NEUTRAL = "neutral"
    GOOD = "good"
    BUSY = "busy"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True)
class Paint:
    background: ft.Colors
    ink: ft.Colors


PAINTS = {
    Tone.NEUTRAL: Paint(ft.Colors.SURFACE_CONTAINER_HIGHEST, ft.Colors.ON_SURFACE_VARIANT),
    Tone.GOOD: Paint(ft.Colors.PRIMARY_CONTAINER, ft.Colors.ON_PRIMARY_CONTAINER),
    Tone.BUSY: Paint(ft.Colors.SECONDARY_CONTAINER, ft.Colors.ON_SECONDARY_CONTAINER),
    Tone.WARN: Paint(ft.Colors.TERTIARY_CONTAINER, ft.Colors.ON_TERTIARY_CONTAINER),
    Tone.BAD: Paint(ft.Colors.ERROR_CONTAINER, ft.Colors.ON_ERROR_CONTAINER),
}

LIGHT = {
    "primary": "#0B5B53",
    "on_primary": "#FFFFFF",
    "primary_container": "#CBEAE4",
    "on_primary_container": "#00201C",
    "secondary": "#475F5B",
    "on_secondary": "#FFFFFF",
    "secondary_container": "#DAE6F2",
    "on_secondary_container": "#0E1D2A",
    "tertiary": "#7A4A00",
    "on_tertiary": "#FFFFFF",
    "tertiary_container": "#FFDEB5",
    "on_tertiary_container": "#2B1700",
    "error": "#AB1F1A",
    "on_error": "#FFFFFF",
    "error_container": "#FBDAD6",
    "on_error_container": "#410E0B",
    "surface": "#F6F7F4",
    "on_surface": "#161D1B",
    "on_surface_variant": "#45504D",
    "outline": "#717B77",
    "outline_variant": "#D0D7D3",
    "surface_container_lowest": "#FFFFFF",
    "surface_container_low": "#FFFFFF",
    "surface_container": "#EDF0ED",
    "surface_container_high": "#E7EBE8",
    "surface_container_highest": "#E1E6E2",
    "inverse_surface": "#2B3230",
    "on_inverse_surface": "#ECF2EF",
    "inverse_primary": "#7FD6C8",
    "surface_tint": "#F6F7F4",
}

DARK = {
    "primary": "#7FD6C8",
    "on_primary": "#00382F",
    "primary_container": "#0B4F47",
    "on_primary_container": "#CDEFE8",
    "secondary": "#B3CBC5",
    "on_secondary": "#1E3531",
    "secondary_container": "#2C3F52",
    "on_secondary_container": "#D8E6F4",
    "tertiary": "#FFB95C",
    "on_tertiary": "#462A00",
    "tertiary_container": "#5A3A06",
    "on_tertiary_container": "#FFDEB5",
    "error": "#F4B6B1",
    "on_error": "#601410",
    "error_container": "#7A1F1A",
    "on_error_container": "#FBDEDB",
    "surface": "#0F1513",
    "on_surface": "#DFE5E2",
    "on_surface_variant": "#BDC8C3",
    "outline": "#87928E",
    "outline_variant": "#36413D",
    "surface_container_lowest": "#0B100F",
    "surface_container_low": "#181F1D",
    "surface_container": "#1B2321",
    "surface_container_high": "#252D2B",
    "surface_container_highest": "#2F3836",
    "inverse_surface": "#DFE5E2",
    "on_inverse_surface": "#2B3230",
    "inverse_primary": "#0B5B53",
    "surface_tint": "#0F1513",
}

SUNLIGHT = LIGHT | {
    "primary": "#003B35",
    "primary_container": "#9FE8DA",
    "on_primary_container": "#000000",
    "secondary": "#2F4441",
    "secondary_container": "#C3DAF5",
    "on_secondary_container": "#000000",
    "tertiary": "#5C3600",
    "tertiary_container": "#FFCB85",
    "on_tertiary_container": "#000000",
    "error": "#8A0B07",
    "error_container": "#FFC4BE",
    "on_error_container": "#000000",
    "surface": "#FFFFFF",
    "on_surface": "#000000",
    "on_surface_variant": "#1B211F",
    "outline": "#1B211F",
    "outline_variant": "#3F4946",
    "surface_container": "#FFFFFF",
    "surface_container_high": "#F2F4F2",
    "surface_container_highest": "#E4E9E5",
    "surface_tint": "#FFFFFF",
}
"""For a phone in the sun: nearly black on white, and lines that can be seen."""

MODES = {
    "system": ft.ThemeMode.SYSTEM,
    "light": ft.ThemeMode.LIGHT,
    "dark": ft.ThemeMode.DARK,
    "sunlight": ft.ThemeMode.LIGHT,
}

TYPE = {
    "display_small": 36,
    "headline_small": 24,
    "title_large": 22,
    "title_medium": 16,
    "title_small": 14,
    "body_large": 16,
    "body_medium": 14,
    "body_small": 12,
    "label_large": 14,
    "label_medium": 12,
    "label_small": 11,
}
"""Sizes in logical pixels at 100 %."""
FOCUS = 0.2
"""How much of its colour lies on a row where the keyboard stands."""
STRONG = ft.FontWeight.W_500
"""Of titles and what stands first in a row."""
FONTS = {"Roboto": "fonts/Roboto-Medium.ttf"}
"""A browser has the regular weight alone, and would draw it fat."""
TEXT_SIZES = (1.0, 1.3, 1.6, 2.0)
MOST_BAR_SCALE = 1.3
"""What shares the width of a phone in a bar would push each other out beyond this."""


@dataclass(frozen=True)
class Dress:
    """How the app looks: a theme by name, the size of its text, and whether things move."""

    theme: str = "system"
    scale: float = 1.0
    is_still: bool = False


def make_theme(roles: dict[str, str], dress: Dress) -> ft.Theme:
    """A Flet theme from one set of colour roles."""
    way = ft.PageTransitionTheme.NONE if dress.is_still else ft.PageTransitionTheme.FADE_FORWARDS
    bars = min(dress.scale, MOST_BAR_SCALE)
    tab = ft.TextStyle(size=TYPE["label_medium"] * bars, color=roles["on_surface"])
    heading = ft.TextStyle(size=TYPE["title_large"] * bars, color=roles["on_surface"])
    button = ft.ButtonStyle(icon_size=SIGN * dress.scale)
    return ft.Theme(
        color_scheme=ft.ColorScheme(**roles),
        use_material3=True,
        visual_density=ft.VisualDensity.STANDARD,
        scaffold_bgcolor=roles["surface"],
        focus_color=ft.Colors.with_opacity(FOCUS, roles["tertiary"]),
        text_theme=ft.TextTheme(
            **{
                name: ft.TextStyle(
                    size=size * dress.scale, letter_spacing=0, color=roles["on_surface"]
                )
                for name, size in TYPE.items()
            }
        ),
        page_transitions=ft.PageTransitionsTheme(
            android=way, ios=way, linux=way, macos=way, windows=way
        ),
        appbar_theme=ft.AppBarTheme(bgcolor=roles["surface"], title_text_style=heading),
        badge_theme=ft.BadgeTheme(text_style=ft.TextStyle(size=TYPE["label_small"])),
        chip_theme=ft.ChipTheme(
            bgcolor=roles["surface_container_low"],
            selected_color=roles["secondary_container"],
            border_side=ft.BorderSide(1, roles["outline_variant"]),
        ),
        navigation_bar_theme=ft.NavigationBarTheme(
            bgcolor=roles["surface_container"], label_text_style=tab
        ),
        navigation_rail_theme=ft.NavigationRailTheme(
            bgcolor=roles["surface_container"],
            selected_label_text_style=tab,
            unselected_label_text_style=tab,
        ),
        filled_button_theme=ft.FilledButtonTheme(button),
        outlined_button_theme=ft.OutlinedButtonTheme(button),
        text_button_theme=ft.TextButtonTheme(button),
        icon_theme=ft.IconTheme(size=SIGN * dress.scale),
        bottom_sheet_theme=ft.BottomSheetTheme(bgcolor=roles["surface_container_low"]),
        tooltip_theme=_hint(roles, TYPE["body_medium"] * dress.scale),
    )


def _hint(roles: dict[str, str], size: float) -> ft.TooltipTheme:
    return ft.TooltipTheme(
        text_style=ft.TextStyle(size=size, color=roles["on_inverse_surface"]),
        decoration=ft.BoxDecoration(bgcolor=roles["inverse_surface"], border_radius=S),
        padding=ft.Padding.symmetric(horizontal=M, vertical=S),
        margin=ft.Margin.symmetric(horizontal=L),
    )


def wear(page: ft.Page, dress: Dress) -> None:
    """Dress the page; call again when the person chooses something else."""
    page.fonts = FONTS if page.web else {}
    page.theme = make_theme(SUNLIGHT if dress.theme == "sunlight" else LIGHT, dress)
    page.dark_theme = make_theme(DARK, dress)
    page.theme_mode = MODES.get(dress.theme, ft.ThemeMode.SYSTEM)
    page.padding = 0
