"""Taking a photo with the camera, without leaving the app."""

from collections.abc import Awaitable, Callable

import flet as ft

from field_app.device import Camera
from field_app.views.hooks import AppContext, guarded
from field_app.views.language import tr, trc
from field_app.views.parts.buttons import buttons, primary, quiet, withhold
from field_app.views.parts.surfaces import body
from field_app.views.theme import RADIUS, M

Use = Callable[[bytes], Awaitable[None]]
VIEW_HEIGHT, WIDTH = 380, 480


async def open_camera(app: AppContext, use: Use) -> None:
    """Show what the camera sees until a photo was taken, which `use` gets, or it was closed."""
    viewfinder = Viewfinder(ft.context.page, app.device.new_camera(), use)
    await viewfinder.open()


class Viewfinder:
    """A dialog with a camera in it.

    No component: a camera's control loses its place on the page when a component around it is
    drawn anew, and then takes no more pictures.
    """

    def __init__(self, page: ft.Page, camera: Camera, use: Use) -> None:
        self._page, self._camera, self._use = page, camera, use
        starting = tr("Starting the camera\u2026")
        self._told = body(
            tr("Your device may ask for the camera first. It is used for the photos that you take "
               "here, without sound.")
        )  # fmt: skip
        self._take = primary(
            tr("Take photo"), guarded(self._shoot), icon=ft.Icons.CAMERA, why_not=starting
        )
        view = ft.Container(
            camera.view, height=VIEW_HEIGHT, border_radius=RADIUS, bgcolor=ft.Colors.BLACK
        )
        content = ft.Column(
            [view, self._told, buttons(self._take)],
            tight=True,
            spacing=M,
            width=WIDTH,
            horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
        )
        self._dialog = ft.AlertDialog(
            content=content,
            semantics_label=tr("Camera"),
            content_padding=M,
            inset_padding=M,
            actions=[quiet(trc("verb", "Back"), lambda _: self._close())],
        )

    async def open(self) -> None:
        self._page.show_dialog(self._dialog)
        problem = await self._camera.start()
        self._say(problem or tr("Hold it steady."), can_shoot=problem is None)

    async def _shoot(self, _: ft.ControlEvent) -> None:
        self._say(tr("Hold it steady."), can_shoot=False)  # a second tap meanwhile does nothing
        picture = await self._camera.shoot()
        if picture is None:
            self._say(tr("That did not work. Try again."), can_shoot=True)
            return
        self._close()
        await self._use(picture)

    def _say(self, sentence: str, *, can_shoot: bool) -> None:
        self._told.value = sentence
        withhold(self._take, None if can_shoot else sentence)
        self._dialog.update()

    def _close(self) -> None:
        self._dialog.open = False
        self._dialog.update()
