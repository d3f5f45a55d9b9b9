"""A person at a screen: a real Chromium, driven through Flutter's semantics tree."""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, expect
from playwright.sync_api import Error as PlaywrightError

PHONE = (390, 844)
DESKTOP = (1280, 800)
AT_CHELSEA_MARKET = {"latitude": 40.7425, "longitude": -74.0061, "accuracy": 20}
PATIENCE_MS = 20_000
SOON_S = 5
SCROLL = 200
"""Logical pixels at once: nothing of a screen is jumped over."""
READ_ALL = """hosts => hosts.flatMap(host => [...host.querySelectorAll("*")].flatMap(node => [
  node.getAttribute("aria-label"),
  ...[...node.childNodes].filter(kid => kid.nodeType === 3).map(kid => kid.textContent)
])).filter(text => text && text.trim())"""

MARK_LIVE_FIELDS = """for (const kind of [HTMLInputElement, HTMLTextAreaElement]) {
  const select = kind.prototype.setSelectionRange;
  kind.prototype.setSelectionRange = function (...range) {
    this.dataset.live = "yes";
    return select.apply(this, range);
  };
}
document.addEventListener("focusout", event => delete event.target.dataset?.live, true);"""
"""Flutter takes typing a moment after a field has the focus: when it first sets the cursor."""
REMEMBER = "for (const [key, value] of Object.entries({})) localStorage.setItem(key, value)"
"""What a browser kept from the last time."""
STAYS_LIVE = """field => new Promise(done => {
  let frames = 0, live = 0;
  const look = () => {
    live = field.dataset.live ? live + 1 : 0;
    if (live === 5 || ++frames === 60) done(live === 5);
    else requestAnimationFrame(look);
  };
  look();
  setTimeout(done, 5000, false);
})"""
"""For five frames; a page that draws no more answers too, as no evaluation has a timeout."""

KEEP_CONNECTIONS = """window.connections = [];
window.WebSocket = class extends WebSocket {
  constructor(...where) { super(...where); connections.push(this); }
};"""
LOSE_CONNECTIONS = "setTimeout(() => connections.splice(0).forEach(each => each.close()))"

VISIT = """path => {
  history.pushState(null, "", path);
  dispatchEvent(new PopStateEvent("popstate", { state: null }));
}"""

HEADINGS = {
    "/": "Today",
    "/offers": "Offers",
    "/kits": "Kits",
    "/issues": "Issues",
    "/sync": "Sync",
    "/settings": "Settings",
    "/hours": "Hours",
    "/exceptions": "Inbox",
}
"""By path, what stands in the bar of a screen."""

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
]


def find_chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")


@contextmanager
def a_browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
    try:
        yield browser
    finally:
        browser.close()


class Screen:
    """One browser window. Names are matched as regular expressions."""

    def __init__(
        self,
        browser: Browser,
        url: str,
        size: tuple[int, int] = PHONE,
        *,
        dark: bool = False,
        position: dict[str, float] | None = AT_CHELSEA_MARKET,
        camera: bool = False,
        locale: str = "en-GB",
        remembers: Mapping[str, str] | None = None,
    ) -> None:
        self.url = url
        self.taps = 0
        self.note: Callable[[str], None] = lambda _said: None
        self.context: BrowserContext = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale=locale,
            geolocation=position,  # type: ignore[arg-type]
            permissions=["geolocation"] * bool(position) + ["camera"] * camera,
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.add_init_script(MARK_LIVE_FIELDS)
        self.context.add_init_script(REMEMBER.format(json.dumps(remembers or {})))
        self.context.add_init_script(KEEP_CONNECTIONS)
        self.page: Page = self.context.new_page()
        self.open()

    def open(self, path: str = "/") -> None:
        """Load the app and turn its semantics tree on."""
        self.page.goto(self.url.rstrip("/") + path)
        placeholder = self.page.locator("flt-semantics-placeholder")
        placeholder.wait_for(state="attached", timeout=60_000)
        placeholder.evaluate("element => element.click()")

    def visit(self, path: str) -> None:
        """Go where the address bar leads to, without loading the app again."""
        self.page.evaluate(VISIT, path)
        self.sees_heading(HEADINGS[path])

    def goes(self, path: str) -> None:
        """The same to a place whose name is not known."""
        self.page.evaluate(VISIT, path)

    def lose_the_app(self) -> None:
        """As when a laptop sleeps; the page finds it again by itself."""
        self.page.evaluate(LOSE_CONNECTIONS)
        self.page.wait_for_function("connections.some(each => each.readyState === 1)")

    def sign_in(self, name: str) -> None:
        """One of the demo's one-tap choices."""
        self.tap(f"^{name}")
        self.sees_heading("Today")

    @contextmanager
    def job(self, name: str, taps: int) -> Iterator[None]:
        """Something people do every day: it must not take them more taps than this."""
        before = self.taps
        yield
        needed = self.taps - before
        self.note(f"{name}: {needed} of {taps}")
        assert needed <= taps, f"{name} takes {needed} taps, and {taps} is the budget"

    def tap(self, name: str, *, until: str | None = None) -> None:
        """Press a button; with `until`, again if that was lost because the screen moved."""
        button = self.button(name)
        for _ in range(3 if until else 1):
            with suppress(PlaywrightError):  # drawn anew meanwhile; the click looks for it again
                button.scroll_into_view_if_needed()
            button.click()
            self.taps += 1
            if until is None:
                return None
            with suppress(AssertionError):
                return self.sees(until, patience_s=SOON_S)
        raise AssertionError(f"{name!r} does not lead to {until!r}: {self.texts()}")

    def confirm(self, name: str) -> None:
        """Press a button of a dialog, the page below having one of that name too."""
        self.page.get_by_role("button", name=re.compile(name)).last.click()
        self.taps += 1

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=re.compile(name)).first

    def scroll_up(self) -> None:
        """To the top of the main pane; what is half behind the bar above cannot be tapped."""
        size = self.page.viewport_size or {"width": PHONE[0], "height": PHONE[1]}
        self.page.mouse.move(size["width"] * 0.7, size["height"] * 0.5)
        self.page.mouse.wheel(0, -5000)

    def scroll_to(self, text: str, across: float = 0.7) -> None:
        """Down a pane until it is there; what is far below the window is not drawn yet.

        `across`: a share of the width that lies in the pane; usually the main one.
        """
        size = self.page.viewport_size or {"width": PHONE[0], "height": PHONE[1]}
        self.page.mouse.move(size["width"] * across, size["height"] * 0.5)
        for _ in range(20):
            with suppress(AssertionError):
                return self.sees(text, patience_s=SOON_S / 5)
            self.page.mouse.wheel(0, SCROLL)
        raise AssertionError(f"{text!r} does not come, but {self.texts()}")

    def choose(self, name: str) -> None:
        """Pick a chip. What is above it may still be moving, so look whether it was hit."""
        chip = self.page.get_by_role("checkbox", name=re.compile(name)).first
        self.taps += 1
        for _ in range(3):
            chip.click()
            with suppress(AssertionError):
                expect(chip).to_be_checked()
                return
        raise AssertionError(f"{name!r} cannot be chosen: {self.texts()}")

    def tap_choice(self, name: str) -> None:
        """Pick a chip that takes the whole screen with it."""
        chip = self.page.get_by_role("checkbox", name=re.compile(name)).first
        chip.scroll_into_view_if_needed()
        chip.click()

    def sees_choices(self, number: int) -> None:
        """So many chips, and no more."""
        expect(self.page.get_by_role("checkbox")).to_have_count(number)

    def go_to(self, tab: str) -> None:
        """Choose a destination of the bottom bar or the rail."""
        place = self.page.get_by_role("tab", name=re.compile(tab))
        rail = self.page.get_by_role("button", name=re.compile(rf"{tab}.*Tab \d"))
        for _ in range(2):  # a sheet that is just closing takes the first one
            place.or_(rail).first.click()
            with suppress(AssertionError):
                return self.sees_heading(tab, patience_s=SOON_S)
        return self.sees_heading(tab)

    def settings(self) -> None:
        self.button("^(Settings|Ajustes)$").click()
        self.sees_heading("Settings|Ajustes")

    def back(self) -> None:
        self.page.go_back()

    def flight_mode(self, *, on: bool) -> None:
        before = self.page.get_by_role("heading").first.inner_text()
        self.settings()
        switch = self.page.get_by_role("switch", name="Flight mode")
        expect(switch).to_be_checked(checked=not on)
        for _ in range(3):  # what is above it may still be moving, so look whether it was hit
            switch.click()
            with suppress(AssertionError):
                expect(switch).to_be_checked(checked=on)
                break
        expect(switch).to_be_checked(checked=on)
        self.back()
        self.sees_heading(before)

    def type_into(self, label: str, text: str) -> None:
        self.taps += 1
        field = self.page.get_by_label(label, exact=True)
        # The first tap after a change of screen may lose the focus again within a frame.
        assert any(self._takes_focus(field) for _ in range(5)), f"{label} takes no typing"
        field.fill(text)

    def types(self, text: str) -> None:
        """On the keyboard, once some field has the focus."""
        self.page.locator("input:focus[data-live]").wait_for()
        self.page.keyboard.type(text)

    def _takes_focus(self, field: Locator) -> bool:
        field.click()
        if field.evaluate(STAYS_LIVE):
            return True
        field.blur()  # one that had the focus all along never hears of getting it
        return False

    def sees(self, text: str, *, patience_s: float = PATIENCE_MS / 1000) -> None:
        """Somewhere on the screen, in a text or in the name of something."""
        try:
            self._anywhere(text).first.wait_for(state="attached", timeout=patience_s * 1000)
        except PlaywrightError as error:
            raise AssertionError(f"{text!r} is not on the screen, but {self.texts()}") from error

    def texts(self) -> list[str]:
        """What can be read on the screen, for the message of a failing test."""
        found = self.page.locator("flt-semantics-host").evaluate_all(READ_ALL)
        return [" ".join(str(text).split()) for text in found]

    def does_not_see(self, text: str, *, patience_s: float = PATIENCE_MS / 1000) -> None:
        expect(self._anywhere(text)).to_have_count(0, timeout=patience_s * 1000)

    def escape(self, text: str) -> None:
        """Press Escape until that is gone; one that comes while the screen moves is lost."""
        for _ in range(3):
            self.page.keyboard.press("Escape")
            with suppress(AssertionError):
                return self.does_not_see(text, patience_s=SOON_S)
        raise AssertionError(f"Escape does not close it: {self.texts()}")

    def sees_heading(self, text: str, patience_s: float = PATIENCE_MS / 1000) -> None:
        """A screen of that name; a section in it may have the same."""
        heading = self.page.get_by_role("heading", name=re.compile(f"^({text})$"))
        expect(heading.first).to_be_visible(timeout=patience_s * 1000)

    def picture(self, name: str) -> None:
        """A screenshot into the folder that FIELD_SCREENSHOTS names, if it names one."""
        folder = os.environ.get("FIELD_SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.wait_for_timeout(600)  # pixels come a moment after semantics
            self.page.screenshot(path=str(Path(folder) / f"{name}.png"))

    def close(self) -> None:
        self.context.close()

    def _anywhere(self, text: str) -> Locator:
        pattern = re.compile(text)
        named = self.page.locator("flt-semantics-host").get_by_label(pattern)
        button = self.page.get_by_role("button", name=pattern)
        return self.page.get_by_text(pattern).or_(named).or_(button)
