"""Says on top of a screen that some of it could not be read anew, and from when it is."""

import flet as ft

from field_app.views import moments
from field_app.views.hooks import component, guarded, use_app
from field_app.views.language import tr
from field_app.views.parts.buttons import quiet
from field_app.views.parts.surfaces import banner
from field_app.views.theme import L, S, Tone


@component
def OldNotice() -> ft.Control:
    app = use_app()
    ft.use_state(app.old.beat)
    if (since := app.old.since) is None:
        return ft.Container(height=0)
    here = moments.device_zone(app.device.time_zone_offset_min())
    said = tr(
        "Not everything here could be read again. You see some of it as it was at {time}. "
        "Nothing you saved is lost.",
        time=moments.clock(since, here),
    )
    again = quiet(tr("Try again"), guarded(lambda _: app.old.try_again()))
    notice = ft.Container(
        banner(said, Tone.WARN, [again]), padding=ft.Padding.symmetric(horizontal=L, vertical=S)
    )
    return ft.Semantics(content=notice, container=True, live_region=True)
