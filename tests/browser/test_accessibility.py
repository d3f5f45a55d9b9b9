"""What a screen reader is given: all that can be pressed has a name, and room for a finger."""

from typing import Any

import pytest

from tests.browser.steps import Window
from tests.support.browser import PHONE, Screen

PRESSED = (
    ", ".join(
        f"[role={role}]"
        for role in ("button", "checkbox", "switch", "tab", "radio", "slider", "link", "menuitem")
    )
    + ", input, textarea"
)
READ = """elements => elements.map(element => {
    const box = element.getBoundingClientRect();
    const label = element.getAttribute('aria-label') || element.innerText || '';
    const {top, bottom, left, right} = box;
    const field = /INPUT|TEXTAREA/.test(element.tagName);
    return {label: label.trim(), field, top, bottom, left, right};
})"""
FINGER = 48
DRAWN_SMALLER = {"Back": 40}
"""The toolkit's own Back button is drawn 40 wide and takes taps 48 wide."""
EDGES = (56, PHONE[1] - 80)
"""What scrolls is cut off by the bars above and below, and is not as small as it looks."""
WHOLE = (0, PHONE[1])
"""Where nothing is above or below, as in what covers a screen."""


def pressable(screen: Screen) -> list[dict[str, Any]]:
    pressed = screen.page.locator("flt-semantics-host").locator(PRESSED)
    pressed.first.wait_for(state="attached")
    return pressed.evaluate_all(READ)  # type: ignore[no-any-return]


def faults(screen: Screen, edges: tuple[int, int] = EDGES) -> list[str]:
    """Sentences about what has no name or no room."""
    said = []
    for each in pressable(screen):
        width, height = each["right"] - each["left"], each["bottom"] - each["top"]
        if not width and not height:
            continue  # of a screen that is just leaving
        is_cut = each["top"] <= edges[0] <= each["bottom"] or each["bottom"] >= edges[1]
        if not each["label"]:
            said.append(f"nameless at {each['left']:.0f}, {each['top']:.0f}")
        if not is_cut and min(width, height) < DRAWN_SMALLER.get(each["label"], FINGER):
            said.append(f"{each['label']!r} is {width:.0f} x {height:.0f}")
    return said


PLACES = {
    "Jalen Brooks": ["/", "/offers", "/kits", "/issues", "/sync", "/settings", "/hours"],
    "Dana Whitfield": ["/", "/exceptions", "/kits", "/issues", "/sync"],
    "Priya Raman": ["/", "/exceptions"],
}


@pytest.mark.parametrize("name", PLACES)
def test_everything_that_can_be_pressed_has_a_name_and_room(window: Window, name: str) -> None:
    screen = window(PHONE)
    screen.sees("Continue")
    found = {"sign in": faults(screen)}
    screen.sign_in(name)
    for place in PLACES[name]:
        screen.visit(place)
        found[place] = faults(screen)
    if name == "Dana Whitfield":
        for place, opened, seen in (
            ("/", "^Open the event", "Who is there"),
            ("/kits", "^LCB-SAMP", "Who had it"),
            ("/issues", "^A delivery", "What happened"),
        ):
            screen.visit(place)
            screen.tap(opened)
            screen.sees(seen)
            found[opened] = faults(screen)

    assert {place: said for place, said in found.items() if said} == {}


def test_a_screen_is_read_in_parts_from_the_top_down(window: Window) -> None:
    screen = window(PHONE)
    screen.sign_in("Jalen Brooks")
    screen.settings()

    read = [text for text in screen.texts() if text]

    assert max(map(len, read)) < 400  # not all of a screen in one breath
    in_order = ("Signed in", "jalen.brooks@", "Flight mode", "Cuts this device", "Colours",
                "Sunlight", "Text size", "200%", "Times", "14:05")  # fmt: skip
    found = [next(i for i, text in enumerate(read) if said in text) for said in in_order]
    assert found == sorted(set(found)), read


def test_what_is_chosen_in_the_settings_is_there_at_once_and_after_a_restart(
    window: Window,
) -> None:
    screen = window(PHONE)
    screen.sign_in("Priya Raman")
    screen.settings()
    screen.tap_choice("Espa\u00f1ol")
    screen.sees_heading("Ajustes")
    screen.back()
    screen.sees_heading("Hoy")

    screen.open()

    screen.sees_heading("Hoy")
    screen.go_to("Ofertas")


def test_a_browser_in_spanish_is_greeted_in_spanish(window: Window) -> None:
    screen = window(PHONE, locale="es-MX")

    screen.sees("Continuar")
    screen.tap("^Ana Castillo")
    screen.sees_heading("Hoy")
    screen.sees("[ap]\\.\\sm\\.")


HEAR = """window.heard = [];
new MutationObserver(changes => changes.forEach(change => {
    const host = (change.target.closest ? change.target : change.target.parentElement)
        ?.closest("flt-announcement-polite");
    if (host?.textContent) window.heard.push(host.textContent);
})).observe(document, {subtree: true, childList: true, characterData: true})"""
"""Notes what a screen reader is told to say by itself."""


def test_news_of_syncing_is_spoken(window: Window) -> None:
    screen = window(PHONE)
    screen.sign_in("Priya Raman")
    screen.sees("Synced")
    screen.page.evaluate(HEAR)

    screen.flight_mode(on=True)

    screen.sees("Offline")
    screen.page.wait_for_function("window.heard.some(said => said.includes('Offline'))")
