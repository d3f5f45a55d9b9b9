"""The tabs: one screen whose panes change.

The bar stays the same control, so a second tap that comes while the first is still being drawn is
heard as well, and only what is different is drawn.
"""

from collections.abc import Callable

import flet as ft

from field_app.views.hooks import screen
from field_app.views.issues import issues
from field_app.views.kits import kits
from field_app.views.language import tr
from field_app.views.offers import offers
from field_app.views.parts.shell import TABS, Panes, Room, use_room, use_screen
from field_app.views.sync import sync
from field_app.views.today import today

PANES: dict[str, Callable[[Room], Panes]] = {
    "/": today,
    "/offers": offers,
    "/kits": kits,
    "/issues": issues,
    "/sync": sync,
}


@screen
def TabScreen() -> ft.View:
    path = ft.use_view_path()
    panes = PANES[path](use_room())
    label = next(each.label for each in TABS if each.route == path)
    return use_screen(tr(label), panes.main, tab=path, beside=panes.beside)
