"""Settings: who is signed in, how the app looks, the demo's flight mode, and signing out."""

from typing import cast

import flet as ft

from field_app.settings import APP_VERSION
from field_app.store import settings
from field_app.store.settings import Setting
from field_app.views import words
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
from field_app.views.parts.shell import use_room, use_screen
from field_app.views.parts.surfaces import (
    Handler,
    banner,
    buttons,
    card,
    line,
    page_column,
    quiet,
    secondary,
    section,
    small,
)
from field_app.views.theme import Tone

THEMES = (("system", "Like the device"), ("light", "Light"), ("dark", "Dark"))


@screen
def SettingsScreen() -> ft.View:
    room = use_room()
    content = SettingsList(width=room.pane_width)
    return use_screen("Settings", content, tab="/settings", route=ft.use_view_path())


@component
def SettingsList(width: float) -> ft.Control:
    app = use_app()
    person = use_person()
    parts = [
        section(
            "Signed in",
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
        MobileData(),
        SignOut(),
        section(
            "This device",
            [
                card(
                    [
                        line(ft.Icons.DEVICES, app.device.name),
                        line(ft.Icons.DNS_OUTLINED, app.acts.server_url),
                        line(ft.Icons.INFO_OUTLINED, f"Fieldkit {APP_VERSION}"),
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
    pick = ft.SegmentedButton(
        segments=[ft.Segment(value=value, label=label) for value, label in THEMES],
        selected=[frame.theme],
        on_change=guarded(lambda e: app.set_theme(e.control.selected[0])),
    )
    return section("Colours", [card([pick])])


@component
def MobileData() -> ft.Control:
    app = use_app()
    kept_back = use_query(lambda session: settings.get(session, Setting.PHOTOS_ON_WIFI))

    def switch(event: ft.Event[ft.Switch]) -> None:
        app.acts.set_photos_wait_for_wifi(event.control.value)

    return section(
        "Mobile data",
        [
            card(
                [
                    ft.Switch(
                        label="Many photos on Wi-Fi only",
                        value=kept_back is not None,
                        on_change=guarded(switch),
                    ),
                    small(
                        "When more than 5 MB of photos wait, they are sent once there is Wi-Fi. "
                        "What you write and tap always goes at once."
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

    def switch(event: ft.Event[ft.Switch]) -> None:
        app.acts.set_flight_mode(event.control.value)

    return section(
        "Demo",
        [
            card(
                [
                    ft.Switch(
                        label="Flight mode",
                        value=status.flight_mode,
                        on_change=guarded(switch),
                    ),
                    small(
                        "Cuts this device off from the server, as a cellar or a plane does. "
                        "Everything goes on working; it is sent when you switch this off."
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
    parts.append(buttons(secondary("Sign out", guarded(leave), icon=ft.Icons.LOGOUT)))
    return section("Account", parts)


def _blocked(reason: str, leave_anyway: Handler) -> ft.Control:
    page = ft.context.page
    return banner(
        f"{reason} If you keep it for later, it stays on this device and is sent when you "
        "sign in again.",
        Tone.WARN,
        [
            quiet("Show me", lambda _: page.navigate("/sync")),
            quiet("Keep for later and sign out", guarded(leave_anyway)),
        ],
    )
