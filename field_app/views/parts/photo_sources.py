"""Where photos come from: this device's pictures, and its camera where it has one."""

from collections.abc import Callable
from typing import Any

import flet as ft

from field_app.domain.issues import MOST_PHOTOS, NewPhoto
from field_app.store.photo_intake import Unusable
from field_app.views import words
from field_app.views.hooks import AppContext, guarded, say
from field_app.views.language import tr
from field_app.views.parts.buttons import buttons, secondary
from field_app.views.parts.camera import open_camera
from field_app.views.parts.surfaces import small

Attach = Callable[[NewPhoto], Any]


def photo_sources(
    app: AppContext, use: Attach, complain: Callable[[str], None] = say, *, attached: int = 0
) -> ft.Control:
    """The buttons that add photos: each is kept on this device, then handed to `use`."""
    if attached >= MOST_PHOTOS:
        return small(
            tr(
                "{most} photos are attached. That is as many as there can be.",
                most=MOST_PHOTOS,
            )
        )

    async def pick(_: ft.ControlEvent) -> None:
        await _take_in(app, await app.device.pick_photos(), use, complain, is_picked=True)

    async def shot(picture: bytes) -> None:
        await _take_in(app, [picture], use, complain, is_picked=False)

    add = secondary(tr("Add photos"), guarded(pick), icon=ft.Icons.ADD_PHOTO_ALTERNATE_OUTLINED)
    if not app.device.has_camera:
        return buttons(add)
    shoot = guarded(lambda _: open_camera(app, shot))
    return buttons(add, secondary(tr("Camera"), shoot, icon=ft.Icons.PHOTO_CAMERA_OUTLINED))


async def _take_in(
    app: AppContext,
    pictures: list[bytes],
    use: Attach,
    complain: Callable[[str], None],
    *,
    is_picked: bool,
) -> None:
    problem = None  # said last, so that the photos that are fine do not cover it
    for content in pictures:
        try:
            photo = await app.acts.take_photo(content, from_gallery=is_picked)
        except Unusable as error:
            problem = words.message(str(error))
            continue
        outcome = use(photo)
        if outcome is not None:
            await outcome
    if problem is not None:
        complain(problem)
