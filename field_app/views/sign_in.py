"""Signing in: once, with a connection; later starts need none."""

from collections.abc import Sequence
from typing import cast

import flet as ft

from field_app.views import words
from field_app.views.hooks import DemoChoice, component, guarded, screen, use_app, use_frame
from field_app.views.parts.surfaces import (
    Handler,
    banner,
    body,
    buttons,
    page_column,
    primary,
    row,
    rows,
    section,
    small,
)
from field_app.views.theme import XXL, L, Tone


@screen
def SignIn() -> ft.View:
    frame = use_frame()
    return ft.View(
        route="/",
        padding=0,
        controls=[ft.SafeArea(SignInForm(width=frame.width), expand=True)],
    )


@screen
def SignInAgain() -> ft.View:
    """The token has run out; everything on the device goes on, and this makes it sync again."""
    frame = use_frame()
    form = ft.SafeArea(SignInForm(width=frame.width), expand=True)
    return ft.View(route=ft.use_view_path(), padding=0, appbar=ft.AppBar(), controls=[form])


@component
def SignInForm(width: float) -> ft.Control:
    app = use_app()
    page = ft.context.page
    known = app.acts.person  # where only the token has run out
    email, set_email = ft.use_state(known.email if known else "")
    password, set_password = ft.use_state("")
    problem, set_problem = ft.use_state(cast("str | None", None))
    is_busy, set_busy = ft.use_state(False)

    async def enter(address: str, secret: str) -> None:
        if not address.strip() or not secret:
            set_problem("Please fill in your e-mail address and password.")
            return
        set_busy(True)
        set_problem(None)
        refused = await app.acts.sign_in(address.strip(), secret)
        set_problem(refused)
        set_busy(False)
        if refused is None:
            page.navigate("/")

    async def submit(_: ft.ControlEvent) -> None:
        await enter(email, password)

    parts: list[ft.Control] = [
        ft.Container(_name(), padding=ft.Padding.only(top=XXL, bottom=L)),
        *([banner(problem, Tone.BAD)] if problem else []),
        ft.AutofillGroup(
            ft.Column(
                [
                    ft.TextField(
                        label="E-mail",
                        value=email,
                        on_change=lambda e: set_email(e.control.value),
                        keyboard_type=ft.KeyboardType.EMAIL,
                        autofill_hints=ft.AutofillHint.USERNAME,
                    ),
                    ft.TextField(
                        label="Password",
                        value=password,
                        on_change=lambda e: set_password(e.control.value),
                        on_submit=guarded(submit),
                        password=True,
                        can_reveal_password=True,
                        autofill_hints=ft.AutofillHint.PASSWORD,
                    ),
                ],
                spacing=L,
                horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
            )
        ),
        buttons(
            primary(
                "Signing in\u2026" if is_busy else "Continue", guarded(submit), disabled=is_busy
            )
        ),
        small(
            f"Server: {app.acts.server_url}. The first sign-in needs a connection. Your shifts "
            "are then kept on this device, so that it works without one."
        ),
    ]
    if app.is_demo:
        parts.append(_demo_people(app.demo_people, app.demo_password, enter))
    return page_column(parts, width)


def _name() -> ft.Control:
    return ft.Column(
        [
            ft.Text(
                "Fieldkit", theme_style=ft.TextThemeStyle.DISPLAY_SMALL, color=ft.Colors.PRIMARY
            ),
            body("Your shifts, with or without a signal.", muted=True),
        ],
        spacing=0,
    )


def _demo_people(people: Sequence[DemoChoice], password: str, enter: Handler) -> ft.Control:
    """The demo's one-tap choices."""

    def choose(address: str) -> Handler:
        return guarded(lambda _: enter(address, password))

    tiles = [
        row(person.name, words.role(person.role), on_click=choose(person.email), key=person.email)
        for person in people
    ]
    return section("Or try it as one of the demo's people", [rows(tiles)])
