"""The colours can be read: contrast by WCAG 2.2, computed from the themes themselves."""

from typing import Any

import pytest

from field_app.views.theme import DARK, LIGHT, SUNLIGHT, Dress, make_theme

TEXT_ON = [
    ("on_surface", "surface"),
    ("on_surface", "surface_container_low"),
    ("on_surface_variant", "surface"),
    ("on_surface_variant", "surface_container_low"),
    ("on_surface_variant", "surface_container_highest"),
    ("primary", "surface"),
    ("primary", "surface_container_low"),
    ("error", "surface"),
    *((f"on_{role}", role) for role in ("primary", "secondary", "tertiary", "error")),
    *(
        (f"on_{role}_container", f"{role}_container")
        for role in ("primary", "secondary", "tertiary", "error")
    ),
    ("on_inverse_surface", "inverse_surface"),
]


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("roles", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "paper"), TEXT_ON)
def test_text_stands_out_from_what_it_is_written_on(
    roles: dict[str, str], ink: str, paper: str
) -> None:
    assert contrast(roles[ink], roles[paper]) >= 4.5


@pytest.mark.parametrize(("ink", "paper"), TEXT_ON)
def test_in_the_sun_it_stands_out_more_than_is_asked_of_small_text(ink: str, paper: str) -> None:
    assert contrast(SUNLIGHT[ink], SUNLIGHT[paper]) >= 7


@pytest.mark.parametrize("roles", [LIGHT, DARK, SUNLIGHT], ids=["light", "dark", "sunlight"])
def test_the_border_of_what_can_be_pressed_is_seen(roles: dict[str, str]) -> None:
    assert contrast(roles["outline"], roles["surface"]) >= 3


def test_black_on_white_is_as_far_as_it_gets() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


def test_icons_grow_with_the_text_beside_them() -> None:
    assert {name: 2 * size for name, size in icon_sizes(1).items()} == icon_sizes(2)


def icon_sizes(scale: float) -> dict[str, Any]:
    theme = make_theme(LIGHT, Dress(scale=scale))
    buttons = (theme.filled_button_theme, theme.outlined_button_theme, theme.text_button_theme)
    assert theme.icon_theme is not None
    sizes = {"beside words": theme.icon_theme.size}
    for each in buttons:
        assert each is not None
        assert each.style is not None
        sizes[type(each).__name__] = each.style.icon_size
    return sizes
