"""Settings: who is signed in, how the app looks, the demo's flight mode, and signing out."""

from dataclasses import replace
from typing import cast

import flet as ft

from field_app.settings import APP_VERSION
from field_app.store import settings
from field_app.store.settings import Setting
from field_app.views import words
from field_app.views.form import entered
from field_app.views.hooks import (
    component,
    guarded,
    screen,
    use_app,
    use_frame,
    use_person,
    use_query,
    use_sync_status,
)
from field_app.views.language import LANGUAGES, mark, tr
from field_app.views.parts.buttons import buttons, choices, question, quiet, secondary, switch
from field_app.views.parts.shell import use_room, use_screen
from field_app.views.parts.surfaces import (
    Handler,
    banner,
    card,
    line,
    page_column,
    section,
)
from field_app.views.theme import TEXT_SIZES, Tone

THEMES = (
    ("system", mark("Like the device")),
    ("light", mark("Light")),
    ("dark", mark("Dark")),
    ("sunlight", mark("Sunlight")),
)


@screen
def SettingsScreen() -> ft.View:
    room = use_room()
    content = SettingsList(width=room.pane_width)
    return use_screen(tr("Settings"), content, tab="/settings", route=ft.use_view_path())


@component
def SettingsList(width: float) -> ft.Control:
    app = use_app()
    person = use_person()
    parts = [
        section(
            tr("Signed in"),
            [
                card(
                    [
                        line(ft.Icons.PERSON_OUTLINED, person.name),
                        line(ft.Icons.BADGE_OUTLINED, words.role(person.role.value)),
                        line(ft.Icons.ALTERNATE_EMAIL, person.email),
                    ]
                )
            ],
        ),
        *([FlightMode()] if app.is_demo else []),
        Look(),
        Language(),
        MobileData(),
        SignOut(),
        section(
            tr("This device"),
            [
                card(
                    [
                        line(ft.Icons.DEVICES, app.device.name),
                        line(ft.Icons.DNS_OUTLINED, app.acts.server_url),
                        line(
                            ft.Icons.INFO_OUTLINED,
                            f"Fieldkit {APP_VERSION}",
                        ),
                    ]
                )
            ],
        ),
    ]
    return page_column(parts, width)


@component
def Look() -> ft.Control:
    app = use_app()
    frame = use_frame()
    dress = frame.dress
    themes = [(name, tr(said)) for name, said in THEMES]
    sizes = [(str(scale), f"{scale:.0%}") for scale in TEXT_SIZES]
    return section(
        tr("Appearance"),
        [
            card(
                [
                    question(
                        tr("Colours"),
                        themes,
                        dress.theme,
                        lambda name: app.set_dress(replace(dress, theme=name)),
                    ),
                    question(
                        tr("Text size"),
                        sizes,
                        str(dress.scale),
                        lambda size: app.set_dress(replace(dress, scale=float(size))),
                    ),
                ]
            )
        ],
    )


@component
def Language() -> ft.Control:
    """Both choices may also be left to the device."""
    app = use_app()
    use_frame()
    stored = use_query(lambda session: settings.get(session, Setting.LANGUAGE))
    hours = use_query(lambda session: settings.get(session, Setting.HOURS))
    names = [("", tr("Like the device")), *LANGUAGES.items()]
    clocks = [("", tr("Like the device")), ("24", "14:05"), ("12", tr("2:05 pm"))]
    return section(
        tr("Language"),
        [
            card(
                [
                    choices(names, stored or "", lambda name: app.set_manner(name or None, hours)),
                    question(
                        tr("Times"),
                        clocks,
                        hours or "",
                        lambda h: app.set_manner(stored, h or None),
                    ),
                ]
            )
        ],
    )


@component
def MobileData() -> ft.Control:
    app = use_app()
    kept_back = use_query(lambda session: settings.get(session, Setting.PHOTOS_ON_WIFI))

    def turn(event: ft.Event[ft.Switch]) -> None:
        app.acts.set_photos_wait_for_wifi(entered(event))

    return section(
        tr("Mobile data"),
        [
            card(
                [
                    switch(
                        tr("Many photos on Wi-Fi only"),
                        kept_back is not None,
                        guarded(turn),
                        note=tr(
                            "When more than 5 MB of photos wait, they are sent once there is "
                            "Wi-Fi. What you write and tap always goes at once."
                        ),
                    ),
                ]
            )
        ],
    )


@component
def FlightMode() -> ft.Control:
    """Cuts this device's network for real, so that anyone can watch offline work."""
    app = use_app()
    status = use_sync_status()

    def turn(event: ft.Event[ft.Switch]) -> None:
        app.acts.set_flight_mode(entered(event))

    return section(
        tr("Demo"),
        [
            card(
                [
                    switch(
                        tr("Flight mode"),
                        status.flight_mode,
                        guarded(turn),
                        note=tr(
                            "Cuts this device off from the server, as a cellar or a plane does. "
                            "Everything goes on working; it is sent when you switch this off."
                        ),
                    ),
                ]
            )
        ],
    )


@component
def SignOut() -> ft.Control:
    app = use_app()
    blocked, set_blocked = ft.use_state(cast("str | None", None))

    async def leave(_: ft.ControlEvent) -> None:
        set_blocked(await app.acts.sign_out())

    async def leave_anyway(_: ft.ControlEvent) -> None:
        await app.acts.sign_out(keep_unsent=True)

    parts = [_blocked(blocked, leave_anyway)] if blocked else []
    parts.append(buttons(secondary(tr("Sign out"), guarded(leave), icon=ft.Icons.LOGOUT)))
    return section(tr("Account"), parts)


def _blocked(reason: str, leave_anyway: Handler) -> ft.Control:
    page = ft.context.page
    return banner(
        tr(
            "{reason} If you keep it for later, it stays on this device and is sent when you "
            "sign in again.",
            reason=tr(reason),
        ),
        Tone.WARN,
        [
            quiet(tr("Show me"), lambda _: page.navigate("/sync")),
            quiet(tr("Keep for later and sign out"), guarded(leave_anyway)),
        ],
    )
