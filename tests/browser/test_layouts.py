"""From a small phone to a desk: nothing that can be pressed is cut off at a side, none overlap."""

from typing import Any

import pytest

from tests.browser.steps import Window
from tests.browser.test_accessibility import pressable
from tests.support.browser import Screen

PLACES = ["/", "/offers", "/kits", "/issues", "/sync", "/settings", "/hours", "/exceptions"]
SIZES = {"small phone": (320, 640), "tablet": (820, 1180), "desk": (1280, 800)}


def faults(screen: Screen, size: tuple[int, int]) -> list[str]:
    """Sentences about what cannot be pressed where it is."""
    width, height = size
    seen = [p for p in pressable(screen) if p["top"] >= 0 and p["bottom"] <= height]
    said = [
        f"{p['label']!r} goes from {p['left']:.0f} to {p['right']:.0f}"
        for p in seen
        if p["left"] < 0 or p["right"] > width
    ]
    inner = [p for p in seen if p["top"] >= 56 and p["bottom"] <= height - 80 and not p["field"]]
    said += [
        f"{one['label']!r} lies on {other['label']!r}"
        for at, one in enumerate(inner)
        for other in inner[at + 1 :]
        if _overlap(one, other) and not _holds(one, other) and not _holds(other, one)
    ]
    return said


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    beside = one["right"] - 1 <= other["left"] or other["right"] - 1 <= one["left"]
    above = one["bottom"] - 1 <= other["top"] or other["bottom"] - 1 <= one["top"]
    return not beside and not above


def _holds(outer: dict[str, Any], inner: dict[str, Any]) -> bool:
    """A card that can be pressed may hold buttons of its own."""
    return (
        outer["left"] <= inner["left"] + 1
        and outer["right"] >= inner["right"] - 1
        and outer["top"] <= inner["top"] + 1
        and outer["bottom"] >= inner["bottom"] - 1
    )


@pytest.mark.parametrize("name", SIZES)
def test_every_screen_fits(window: Window, name: str) -> None:
    size = SIZES[name]
    screen = window(size)
    screen.sees("Continue")
    found = {"sign in": faults(screen, size)}
    screen.sign_in("Dana Whitfield")
    for place in PLACES:
        screen.visit(place)
        found[place] = faults(screen, size)
        screen.picture(f"layout-{size[0]}{place.replace('/', '-')}")

    assert {place: said for place, said in found.items() if said} == {}


def test_the_largest_text_fits_the_smallest_phone(window: Window) -> None:
    size = SIZES["small phone"]
    screen = window(size)
    screen.sign_in("Jalen Brooks")
    screen.settings()
    screen.scroll_to("200%")
    screen.tap_choice("200%")
    found = {}
    for place in PLACES:
        screen.visit(place)
        found[place] = faults(screen, size)
        screen.picture(f"layout-largest{place.replace('/', '-')}")

    assert {place: said for place, said in found.items() if said} == {}
