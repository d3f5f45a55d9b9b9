"""Signing in: once, with a connection; later starts need none."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import flet as ft

from field_app.views import words
from field_app.views.coming_back import known_as
from field_app.views.form import Form, use_form
from field_app.views.hooks import DemoChoice, component, guarded, screen, use_app, use_frame
from field_app.views.language import LANGUAGES, tr
from field_app.views.parts.buttons import buttons, choices, icon_button, primary
from field_app.views.parts.surfaces import (
    Handler,
    banner,
    body,
    card,
    line,
    page_column,
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
        route=known_as("/"),
        padding=0,
        controls=[ft.SafeArea(SignInForm(width=frame.width), expand=True)],
    )


@screen
def SignInAgain() -> ft.View:
    """The token has run out; everything on the device goes on, and this makes it sync again."""
    frame = use_frame()
    form = ft.SafeArea(SignInForm(width=frame.width), expand=True)
    return ft.View(
        route=known_as(ft.use_view_path()), padding=0, appbar=ft.AppBar(), controls=[form]
    )


@dataclass(frozen=True)
class Entering:
    email: str = ""
    password: str = field(default="", repr=False)
    problem: str | None = None
    is_busy: bool = False
    is_shown: bool = False


@component
def SignInForm(width: float) -> ft.Control:
    app = use_app()
    page = ft.context.page
    known = app.acts.person  # where only the token has run out
    form = use_form(Entering, Entering(known.email if known else ""))
    state = form.value or Entering()

    async def enter(state: Entering) -> None:
        if not state.email.strip() or not state.password:
            form.change(problem=tr("Please fill in your e-mail address and password."))
            return
        form.change(problem=None, is_busy=True)
        refused = await app.acts.sign_in(state.email.strip(), state.password)
        form.change(problem=words.message(refused) or None, is_busy=False)
        if refused is None:
            page.navigate("/")

    async def enter_as(address: str) -> None:
        await enter(Entering(address, app.demo_password))

    submit = form.saves(enter)

    parts: list[ft.Control] = [
        ft.Container(_name(), padding=ft.Padding.only(top=XXL, bottom=L)),
        *([banner(state.problem, Tone.BAD)] if state.problem else []),
        ft.AutofillGroup(
            ft.Column(
                [
                    ft.TextField(
                        label=tr("E-mail"),
                        value=state.email,
                        on_change=form.on("email"),
                        keyboard_type=ft.KeyboardType.EMAIL,
                        autofill_hints=ft.AutofillHint.USERNAME,
                    ),
                    ft.TextField(
                        label=tr("Password"),
                        value=state.password,
                        on_change=form.on("password"),
                        on_submit=submit,
                        password=not state.is_shown,
                        suffix_icon=_eye(form, state),
                        autofill_hints=ft.AutofillHint.PASSWORD,
                    ),
                ],
                spacing=L,
                horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
            )
        ),
        buttons(
            primary(
                tr("Signing in\u2026") if state.is_busy else tr("Continue"),
                submit,
                why_not=tr("One moment, please.") if state.is_busy else None,
            )
        ),
        small(
            tr(
                "Server: {server_url}. The first sign-in needs a connection, later starts do not.",
                server_url=app.acts.server_url,
            )
        ),
    ]
    if app.is_demo:
        parts.append(_demo_people(app.demo_people, enter_as))
    return page_column([*parts, _what_is_kept(), Languages()], width)


def _what_is_kept() -> ft.Control:
    """For whoever opens the app for the first time: what it stores, and what for."""
    said = (
        (
            ft.Icons.DOWNLOAD_FOR_OFFLINE_OUTLINED,
            tr("Your shifts, kits and reports of these weeks, so that all works without a signal."),
        ),
        (
            ft.Icons.MY_LOCATION,
            tr("One position when you check in and one when you check out. You are never tracked."),
        ),
        (
            ft.Icons.PHOTO_OUTLINED,
            tr("Photos of what you report, without their place. The office gets them; two weeks "
               "later they leave this device."),
        ),
    )  # fmt: skip
    return section(tr("What is kept, and why"), [card([line(icon, text) for icon, text in said])])


@component
def Languages() -> ft.Control:
    """Each by its own name, for whoever cannot read the rest."""
    app = use_app()
    spoken = use_frame().manner.language
    names = list(LANGUAGES.items())
    return choices(names, spoken, lambda name: app.set_manner(name, None))


def _eye(form: Form[Entering], state: Entering) -> ft.Control:
    label = tr("Hide the password") if state.is_shown else tr("Show the password")
    icon = ft.Icons.VISIBILITY_OFF if state.is_shown else ft.Icons.VISIBILITY
    return icon_button(icon, label, lambda _: form.change(is_shown=not state.is_shown))


def _name() -> ft.Control:
    return ft.Column(
        [
            ft.Text(
                "Fieldkit", theme_style=ft.TextThemeStyle.DISPLAY_SMALL, color=ft.Colors.PRIMARY
            ),
            body(tr("Your shifts, with or without a signal."), muted=True),
        ],
        spacing=0,
    )


def _demo_people(people: Sequence[DemoChoice], enter_as: Handler) -> ft.Control:
    """The demo's one-tap choices."""

    def choose(address: str) -> Handler:
        return guarded(lambda _: enter_as(address))

    tiles = [
        row(person.name, words.role(person.role), on_click=choose(person.email), key=person.email)
        for person in people
    ]
    return section(tr("Or try it as one of the demo's people"), [rows(tiles)])
