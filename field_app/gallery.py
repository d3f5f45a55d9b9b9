"""Every part of the screens in every state, to look at: `field-app --gallery`.

What stands here is for whoever works on the app, so it is in no catalogue.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace

import flet as ft

from field_app.domain.kit import Component
from field_app.store.history import Tally
from field_app.store.status import SyncPhase, SyncStatus
from field_app.views.parts import buttons, counters, sheets, stat, surfaces, timeline
from field_app.views.parts.sync_chip import chip_words
from field_app.views.theme import MODES, TEXT_SIZES, Dress, L, S, Tone, wear

LONG = "A sentence that is long enough to need a second line on the smallest phone there is"
SINCE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def open_gallery(page: ft.Page, dress: Dress | None = None) -> None:
    """Show it; the chips on top change the colours and the size of the text."""
    worn = dress or Dress()
    page.title = "Fieldkit: parts"
    page.scroll = ft.ScrollMode.AUTO
    page.horizontal_alignment = ft.CrossAxisAlignment.STRETCH
    wear(page, worn)
    drawn = [("Dress", _dress(page, worn)), *((name, draw()) for name, draw in parts(page))]
    page.controls = [
        ft.Container(surfaces.section(name, controls), padding=L, key=name)
        for name, controls in drawn
    ]
    page.update()


def parts(page: ft.Page) -> list[tuple[str, Callable[[], Sequence[ft.Control]]]]:
    """Each part by its name, drawn in all its states."""
    return [
        ("Words", _words),
        ("Chips", _chips),
        ("Sync chip", _sync_chips),
        ("Banners", _banners),
        ("Cards and rows", _rows),
        ("Timelines", _timelines),
        ("Numbers", _numbers),
        ("Buttons", _buttons),
        ("Choices and switches", _choices),
        ("Nothing to show", _empty),
        ("Sheets", lambda: _sheets(page)),
    ]


def _dress(page: ft.Page, worn: Dress) -> list[ft.Control]:
    themes = [(name, name.capitalize()) for name in MODES]
    sizes = [(str(size), f"{size:.0%}") for size in TEXT_SIZES]
    return [
        buttons.choices(
            themes, worn.theme, lambda name: open_gallery(page, replace(worn, theme=name))
        ),
        buttons.choices(
            sizes,
            str(worn.scale),
            lambda size: open_gallery(page, replace(worn, scale=float(size))),
        ),
    ]


def _words() -> list[ft.Control]:
    return [
        surfaces.title("A title"),
        surfaces.body("Body"),
        surfaces.body("Body, strong", strong=True),
        surfaces.body("Body, muted", muted=True),
        surfaces.small("Small"),
        surfaces.line(ft.Icons.PLACE_OUTLINED, LONG),
    ]


def _chips() -> list[ft.Control]:
    whole = [surfaces.chip(tone.value.capitalize(), tone) for tone in Tone]
    bare = [surfaces.chip(tone.value, tone, is_bare=True) for tone in Tone]
    return [ft.Row(each, wrap=True, spacing=S, run_spacing=S) for each in (whole, bare)]


def _sync_chips() -> list[ft.Control]:
    states = [(SyncStatus(phase, SINCE), Tally(0, 0)) for phase in SyncPhase]
    states += [
        (SyncStatus(SyncPhase.OFFLINE, SINCE), Tally(3, 0)),
        (SyncStatus(SyncPhase.SYNCING, SINCE), Tally(3, 0)),
        (SyncStatus(SyncPhase.IDLE, SINCE), Tally(0, 1)),
    ]
    drawn = [surfaces.chip(*chip_words(status, tally, SINCE)) for status, tally in states]
    return [ft.Row(list(drawn), wrap=True, spacing=S, run_spacing=S)]


def _banners() -> list[ft.Control]:
    act = [buttons.quiet("Look", _nothing)]
    plain = [surfaces.banner(LONG, tone) for tone in Tone]
    return [*plain, surfaces.banner(LONG, Tone.BAD, act, heading="With a heading and a way on")]


def _rows() -> list[ft.Control]:
    states = [
        surfaces.row("A row", "which says something"),
        surfaces.row("It can be opened", LONG, on_click=_nothing),
        surfaces.row("It is the one beside", on_click=_nothing, is_chosen=True),
        surfaces.row(
            "With signs",
            "and what belongs to it below",
            leading=ft.Icon(ft.Icons.WORK_OUTLINE),
            trailing=surfaces.chip("Good", Tone.GOOD),
            below=[surfaces.chip("Busy", Tone.BUSY), surfaces.chip("Bad", Tone.BAD)],
            on_click=_nothing,
        ),
    ]
    cut = surfaces.cut_off(range(1000))
    cards = [
        surfaces.card([surfaces.body("A card"), surfaces.small(LONG)]),
        surfaces.card([surfaces.body("A card that opens")], on_click=_nothing),
    ]
    return [surfaces.rows(states), *cut, *cards]


def _timelines() -> list[ft.Control]:
    happened = [
        surfaces.row("Planned", "Yesterday 18:02"),
        surfaces.row("Something that took long", LONG),
        surfaces.row("Saved here", below=[surfaces.chip("Waiting to be sent", Tone.BUSY)]),
    ]
    return [timeline.timeline(happened), timeline.timeline(happened[:1])]


def _numbers() -> list[ft.Control]:
    durable = Component(name="Tablet", quantity=4)
    eaten = Component(name="Cups", quantity=500, consumable=True)
    return [
        stat.stats([("12", "in"), ("3", "expected"), ("1", "out")]),
        *[counters.counter(durable, 4, counted, _nothing) for counted in (4, 2, 0)],
        counters.left_over(eaten, 500, "120", _nothing),
    ]


def _buttons() -> list[ft.Control]:
    return [
        buttons.buttons(buttons.primary("Primary", _nothing, icon=ft.Icons.LOGIN)),
        buttons.buttons(buttons.primary("Primary, withheld", _nothing, why_not=LONG)),
        buttons.buttons(
            buttons.secondary("Secondary", _nothing), buttons.primary("Primary", _nothing)
        ),
        buttons.buttons(buttons.secondary("Secondary, withheld", _nothing, why_not=LONG)),
        ft.Row([buttons.quiet("Quiet", _nothing, icon=ft.Icons.CALL)], wrap=True),
        ft.Row(
            [
                buttons.icon_button(ft.Icons.SETTINGS_OUTLINED, "Icon", _nothing),
                buttons.icon_button(ft.Icons.REMOVE, "Withheld", _nothing, why_not=LONG),
            ]
        ),
    ]


def _choices() -> list[ft.Control]:
    options = [("one", "One"), ("two", "Two"), ("three", LONG)]
    return [
        buttons.question("Which one?", options, "one", _nothing),
        buttons.switch("On", True, _nothing, note="What it does."),
        buttons.switch(LONG, False, _nothing, note=LONG),
    ]


def _empty() -> list[ft.Control]:
    return [surfaces.empty(ft.Icons.WEEKEND_OUTLINED, "Nothing here", LONG)]


def _sheets(page: ft.Page) -> list[ft.Control]:
    def show(is_long: bool, problem: str | None) -> None:
        words = [surfaces.title("A sheet"), *[surfaces.body(LONG)] * (12 if is_long else 1)]
        last = sheets.last_word(buttons.primary("Confirm", _nothing), problem)
        page.show_dialog(sheets.sheet_of([*words, last], is_long=is_long))

    return [
        buttons.buttons(buttons.secondary("Short", lambda _: show(False, None))),
        buttons.buttons(buttons.secondary("Long, with a problem", lambda _: show(True, LONG))),
    ]


def _nothing(*_: object) -> None:
    """What is pressed here does nothing."""
