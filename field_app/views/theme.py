"""The look: colour roles, spacing, type, shapes. Screens name roles, never values."""

from dataclasses import dataclass
from enum import StrEnum

import flet as ft

XS, S, M, L, XL, XXL = 4, 8, 12, 16, 24, 32
"""Spacing in logical pixels."""

RADIUS = 16
TARGET = 48
FIELD_BUTTON = 56
"""The height of the buttons that are pressed on site, in the rain, with a thumb."""

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

MODES = {
    "system": ft.ThemeMode.SYSTEM,
    "light": ft.ThemeMode.LIGHT,
    "dark": ft.ThemeMode.DARK,
}


def make_theme(roles: dict[str, str]) -> ft.Theme:
    """A Flet theme from one set of colour roles."""
    flat = ft.PageTransitionTheme.FADE_FORWARDS
    return ft.Theme(
        color_scheme=ft.ColorScheme(**roles),
        use_material3=True,
        visual_density=ft.VisualDensity.STANDARD,
        scaffold_bgcolor=roles["surface"],
        page_transitions=ft.PageTransitionsTheme(android=flat, linux=flat, windows=flat),
        appbar_theme=ft.AppBarTheme(bgcolor=roles["surface"]),
        navigation_bar_theme=ft.NavigationBarTheme(bgcolor=roles["surface_container"]),
        navigation_rail_theme=ft.NavigationRailTheme(bgcolor=roles["surface_container"]),
        bottom_sheet_theme=ft.BottomSheetTheme(bgcolor=roles["surface_container_low"]),
    )


def wear(page: ft.Page, mode: str) -> None:
    """Dress the page; call again when the person chooses another theme."""
    page.theme = make_theme(LIGHT)
    page.dark_theme = make_theme(DARK)
    page.theme_mode = MODES.get(mode, ft.ThemeMode.SYSTEM)
    page.padding = 0
