"""The app's root: routes, theme, and what follows the window."""

from typing import Any

import flet as ft

from field_app.views import quick_walk, theme
from field_app.views.assignment import Assignment
from field_app.views.drawing import draw_once, tidy_between
from field_app.views.event import Event
from field_app.views.exceptions import Exceptions
from field_app.views.going import go_at_once
from field_app.views.hooks import (
    AppContext,
    AppProvider,
    Frame,
    component,
    screen,
    use_app,
    use_frame,
    use_sync_status,
)
from field_app.views.hours import EventHours, Hours
from field_app.views.issue import Issue
from field_app.views.kit import Kit
from field_app.views.language import LANGUAGES, Manner, speak, tr
from field_app.views.parts.buttons import buttons, primary
from field_app.views.parts.shell import use_room, use_screen
from field_app.views.parts.surfaces import empty, page_column
from field_app.views.settings import SettingsScreen
from field_app.views.sign_in import SignIn, SignInAgain
from field_app.views.tabs import TabScreen

ROUTES = [
    ft.Route(
        path="/",
        component=TabScreen,
        children=[
            ft.Route(path="shift/:shift_id", component=Assignment),
            ft.Route(path="event/:event_id", component=Event),
            ft.Route(path="event/:event_id/hours", component=EventHours),
            ft.Route(
                path="exceptions",
                component=Exceptions,
                children=[ft.Route(path=":item_id", component=Exceptions)],
            ),
            ft.Route(path="hours", component=Hours),
            ft.Route(path="settings", component=SettingsScreen),
            ft.Route(path="sign-in", component=SignInAgain),
        ],
    ),
    ft.Route(path="/offers", component=TabScreen),
    ft.Route(
        path="/kits",
        component=TabScreen,
        children=[ft.Route(path=":need_id", component=Kit)],
    ),
    ft.Route(
        path="/issues",
        component=TabScreen,
        children=[ft.Route(path=":issue_id", component=Issue)],
    ),
    ft.Route(path="/sync", component=TabScreen),
]


def open_app(page: ft.Page, context: AppContext) -> None:
    """Show the app on a page."""
    quick_walk.install()
    tidy_between(page)
    draw_once(page)
    _speak_in_events(page, context.frame)
    go_at_once(page)
    page.title = "Fieldkit"
    theme.wear(page, context.frame.dress)

    def resize(event: ft.PageResizeEvent) -> None:
        context.frame.width, context.frame.height = event.width, event.height

    page.on_resize = resize
    page.render_views(lambda: Root(context))


def _speak_in_events(page: ft.Page, frame: Frame) -> None:
    """What is made at a tap is said in the page's language, as what is drawn is."""
    session = page.session
    dispatch = session.dispatch_event

    async def speaking(control_id: int, event_name: str, event_data: Any) -> None:
        speak(frame.manner)
        await dispatch(control_id, event_name, event_data)

    session.dispatch_event = speaking  # type: ignore[method-assign]


@component
def Root(context: AppContext) -> object:
    return AppProvider(context, lambda: Screens())


@component
def Screens() -> object:
    app = use_app()
    use_sync_status()  # signing in or out is sync news
    frame = use_frame()
    page = ft.context.page

    def dress() -> None:
        theme.wear(page, frame.dress)
        page.update()

    ft.use_effect(dress, dependencies=[frame.dress])
    ft.use_effect(lambda: _localize(page, frame.manner), dependencies=[frame.manner])
    if app.acts.person is None:
        return SignIn()
    return Routed(key=str(frame.manner))  # another key: all is drawn again in the new language


@component
def Routed() -> object:
    return ft.Router(ROUTES, not_found=NotFound, manage_views=True)


def _localize(page: ft.Page, manner: Manner) -> None:
    """What the toolkit itself says, such as in its date picker, and where a screen reader reads."""
    page.locale_configuration = ft.LocaleConfiguration(
        supported_locales=[ft.Locale(name) for name in LANGUAGES],
        current_locale=ft.Locale(manner.language),
    )
    page.update()


@screen
def NotFound() -> ft.View:
    page = ft.context.page
    go = primary(tr("Go to Today"), lambda _: page.navigate("/"), icon=ft.Icons.TODAY)
    nothing = empty(ft.Icons.EXPLORE_OFF_OUTLINED, tr("There is nothing at this address."))
    content = page_column([nothing, buttons(go)], use_room().pane_width)
    return use_screen(tr("Nothing here"), content, tab="", route=ft.use_view_path())
