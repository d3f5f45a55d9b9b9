"""At a desk, without the mouse: a slash to search, Escape to go back."""

from tests.browser.steps import Window
from tests.support.browser import DESKTOP, PHONE

FOCUSED = """() => {
  const at = document.activeElement;
  return [at.getAttribute("aria-label") || at.innerText || "", at.getBoundingClientRect().top];
}"""


def test_a_slash_searches_and_escape_leads_back(window: Window) -> None:
    dana = window(DESKTOP)
    dana.sign_in("Dana Whitfield")
    dana.go_to("Issues")
    dana.sees("^A delivery blocks")
    dana.page.keyboard.press("/")
    dana.types("no such thing")
    dana.does_not_see("^A delivery blocks")
    dana.go_to("Kits")
    dana.page.keyboard.press("/")
    dana.types("sampling kit")
    dana.page.keyboard.press("Enter")
    dana.sees("kits fit")
    dana.settings()
    dana.page.keyboard.press("Escape")
    dana.sees_heading("Today")


def test_a_list_stays_where_it_was_beside_its_things_and_on_the_way_back(window: Window) -> None:
    dana = window(DESKTOP)
    dana.sign_in("Dana Whitfield")
    dana.sees("^Sofia Petrova")
    dana.does_not_see("^Your hours")  # the list goes on below the window
    dana.scroll_to("^Your hours", across=0.25)
    # The lowest one: to reach what is farther up, the list would be scrolled first.
    dana.page.get_by_role("button", name="Open the event").last.click()
    dana.sees_heading("Event")
    dana.sees("^Your hours")

    dana.go_to("Kits")
    dana.go_to("Today")

    dana.sees("^Your hours")


def test_tab_leads_down_a_screen_and_enter_opens_what_it_came_to(window: Window) -> None:
    dana = window(PHONE)
    dana.sign_in("Dana Whitfield")
    dana.sees("^Open the event")
    passed = []
    while not passed or not passed[-1][0].startswith("Open the event"):
        dana.page.keyboard.press("Tab")
        dana.page.wait_for_function(
            f"before => ({FOCUSED})()[0] !== before", arg=passed[-1][0] if passed else ""
        )
        passed.append(dana.page.evaluate(FOCUSED))
        assert len(passed) < 12, passed

    dana.page.keyboard.press("Enter")

    dana.sees_heading("Event")
    assert all(name for name, _ in passed)
    inside = [top for name, top in passed if "Tab" not in name]
    assert inside == sorted(inside)


def test_f2_leaves_tab_nothing_but_what_was_opened_and_escape_brings_the_list_back(
    window: Window,
) -> None:
    dana = window(DESKTOP)
    dana.sign_in("Dana Whitfield")
    dana.go_to("Issues")
    dana.tap("^A delivery")
    dana.sees_heading("Issue")
    dana.sees("^Mine")

    dana.page.keyboard.press("F2")

    dana.does_not_see("^Mine")
    for _ in range(6):  # the five tabs beside it, and on
        dana.page.keyboard.press("Tab")
    dana.page.wait_for_function(f"() => !/Tab \\d|^$/.test(({FOCUSED})()[0])")
    assert dana.page.evaluate("document.activeElement.getBoundingClientRect().left") > 100
    dana.page.keyboard.press("Escape")
    dana.sees_heading("Issues")
    dana.sees("^Mine")
    dana.tap("^A delivery")
    dana.sees_heading("Issue")
    dana.sees("^Mine")
    dana.tap("^Hide the list")
    dana.does_not_see("^Mine")
    dana.tap("^Show the list")
    dana.sees("^Mine")
