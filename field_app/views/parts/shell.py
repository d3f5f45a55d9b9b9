"""The frame around every screen: app bar with the sync chip, bottom bar or rail, and panes."""

from collections.abc import Callable
from dataclasses import dataclass

import flet as ft

from field_app.store import history, queries
from field_app.views.coming_back import known_as
from field_app.views.hooks import Frame, guarded, use_app, use_frame, use_person, use_query
from field_app.views.language import mark, tr
from field_app.views.parts.buttons import icon_button
from field_app.views.parts.old_notice import OldNotice
from field_app.views.parts.sync_chip import SyncBar, SyncChip
from field_app.views.routes import above
from field_app.views.theme import RAIL_FROM, SIDE_BY_SIDE_FROM, S

RAIL_WIDTH = 88
PANE_WIDTH = 440


@dataclass(frozen=True)
class Tab:
    route: str
    label: str
    icon: ft.IconData
    selected_icon: ft.IconData


TABS = (
    Tab("/", mark("Today"), ft.Icons.TODAY_OUTLINED, ft.Icons.TODAY),
    Tab("/offers", mark("Offers"), ft.Icons.MAIL_OUTLINED, ft.Icons.MAIL),
    Tab("/kits", mark("Kits"), ft.Icons.WORK_OUTLINE, ft.Icons.WORK),
    Tab("/issues", mark("Issues"), ft.Icons.REPORT_OUTLINED, ft.Icons.REPORT),
    Tab("/sync", mark("Sync"), ft.Icons.CLOUD_SYNC_OUTLINED, ft.Icons.CLOUD_SYNC),
)


@dataclass(frozen=True)
class Room:
    """How much room a screen has: the width of its main pane, and whether a list fits beside."""

    is_wide: bool
    is_side_by_side: bool
    pane_width: float


@dataclass(frozen=True)
class Panes:
    """What is inside of that frame. `beside` is the list that stays visible left of a detail."""

    main: ft.Control
    beside: ft.Control | None = None


def use_room() -> Room:
    frame = use_frame()
    is_wide = frame.width >= RAIL_FROM
    inside = frame.width - (RAIL_WIDTH if is_wide else 0)
    return Room(is_wide, frame.width >= SIDE_BY_SIDE_FROM, inside)


def use_screen(
    heading: str,
    content: ft.Control,
    *,
    tab: str,
    route: str = "/",
    beside: ft.Control | None = None,
    on_key: Callable[[str], None] | None = None,
) -> ft.View:
    """A whole view. `beside` is the list that stays visible left of a detail where it fits.

    A slash leads to the tab's search field, Escape back, F2 hides that list, and other keys lead to
    `on_key`. The toolkit's Tab goes through list and detail line by line, so a keyboard needs a way
    to have the detail alone.
    """
    room = use_room()
    app = use_app()
    frame, page = app.frame, ft.context.page
    is_beside = beside is not None and room.is_side_by_side
    can_hide = is_beside and route != "/"

    async def press(event: ft.KeyDownEvent) -> None:
        if event.key == "/" and tab in app.searches:
            await app.searches[tab].focus()  # type: ignore[no-untyped-call]
        elif event.key == "F2" and _is_detail(page.route):
            frame.is_list_hidden = not frame.is_list_hidden
        elif event.key == "Escape" and _is_detail(page.route):
            frame.is_list_hidden = False
            page.navigate(above(page.route))  # a view below this one may be the one that hears it
        elif on_key is not None:
            on_key(event.key)

    navigation = _use_navigation()
    main: list[ft.Control] = []
    if room.is_wide:
        main += [_rail(tab, navigation), ft.VerticalDivider(width=1)]
    if is_beside and not (can_hide and frame.is_list_hidden):
        main += [ft.Container(beside, width=PANE_WIDTH), ft.VerticalDivider(width=1)]
    main.append(ft.Container(content, expand=True))
    return ft.View(
        route=known_as(route),
        padding=0,
        appbar=_app_bar(heading, is_root=route == "/", tab=tab, pane=frame if can_hide else None),
        navigation_bar=None if room.is_wide else _bar(tab, navigation),
        spacing=0,
        controls=[
            SyncBar(),
            OldNotice(),
            ft.SafeArea(
                ft.KeyboardListener(
                    ft.Row(
                        main,
                        spacing=0,
                        vertical_alignment=ft.CrossAxisAlignment.STRETCH,
                    ),
                    on_key_down=guarded(press),
                    autofocus=True,
                ),
                expand=True,
            ),
        ],
    )


def use_detail(
    heading: str,
    detail: Callable[[float], ft.Control],
    listed: Callable[[float], ft.Control],
    *,
    tab: str,
) -> ft.View:
    """One thing of a list; the list stays beside it where it fits. Both are given their width."""
    room = use_room()
    route = ft.use_view_path()
    if not room.is_side_by_side:
        return use_screen(heading, detail(room.pane_width), tab=tab, route=route)
    content = detail(room.pane_width - PANE_WIDTH)
    return use_screen(heading, content, tab=tab, route=route, beside=listed(PANE_WIDTH))


def _use_navigation() -> list[tuple[Tab, str | None]]:
    """The tabs, each with the badge it wears."""
    me = use_person().id
    offers = use_query(lambda session: queries.count_offers(session, me), me)
    tally = use_query(lambda session: history.tally(session, me), me)
    badges = {"/offers": offers, "/sync": tally.attention}
    return [(each, str(count) if (count := badges.get(each.route)) else None) for each in TABS]


def _is_detail(path: str) -> bool:
    """Whether it is above one of the tabs."""
    return path not in {each.route for each in TABS}


def _app_bar(heading: str, *, is_root: bool, tab: str, pane: Frame | None) -> ft.AppBar:
    """With `pane` there is a list beside, which can be hidden."""
    page = ft.context.page
    actions: list[ft.Control] = [SyncChip()]
    if pane is not None:
        said = tr("Show the list (F2)") if pane.is_list_hidden else tr("Hide the list (F2)")
        turn = guarded(lambda _: setattr(pane, "is_list_hidden", not pane.is_list_hidden))
        actions.append(icon_button(ft.Icons.VIEW_SIDEBAR_OUTLINED, said, turn))
    if tab != "/settings":
        actions.append(
            icon_button(
                ft.Icons.SETTINGS_OUTLINED,
                tr("Settings"),
                lambda _: page.navigate("/settings"),
            )
        )
    return ft.AppBar(
        title=ft.Text(heading),
        center_title=False,
        actions=actions,
        actions_padding=ft.Padding.only(right=S),
        automatically_imply_leading=not is_root,
    )


def _icon(icon: ft.IconData, badge: str | None) -> ft.Control:
    return ft.Icon(icon, badge=ft.Badge(label=badge) if badge else None)


def _bar(tab: str, navigation: list[tuple[Tab, str | None]]) -> ft.NavigationBar:
    page = ft.context.page
    routes = [each.route for each in TABS]
    return ft.NavigationBar(
        selected_index=routes.index(tab) if tab in routes else 0,
        on_change=guarded(lambda e: page.navigate(routes[int(e.data)])),
        destinations=[
            ft.NavigationBarDestination(
                icon=_icon(each.icon, badge),
                selected_icon=_icon(each.selected_icon, badge),
                label=tr(each.label),
            )
            for each, badge in navigation
        ],
    )


def _rail(tab: str, navigation: list[tuple[Tab, str | None]]) -> ft.NavigationRail:
    page = ft.context.page
    routes = [each.route for each in TABS]
    return ft.NavigationRail(
        selected_index=routes.index(tab) if tab in routes else None,
        on_change=guarded(lambda e: page.navigate(routes[int(e.data)])),
        min_width=RAIL_WIDTH,
        label_type=ft.NavigationRailLabelType.ALL,
        destinations=[
            ft.NavigationRailDestination(
                icon=_icon(each.icon, badge),
                selected_icon=_icon(each.selected_icon, badge),
                label=tr(each.label),
            )
            for each, badge in navigation
        ],
    )
