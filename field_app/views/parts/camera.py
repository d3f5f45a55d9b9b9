"""Taking a photo with the camera, without leaving the app."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

import flet as ft

from field_app.device import Camera
from field_app.views.hooks import component, guarded, use_app
from field_app.views.parts.surfaces import Handler, banner, body, primary, quiet
from field_app.views.theme import RADIUS, M, Tone

Use = Callable[[bytes], Awaitable[None]]


@dataclass(frozen=True)
class Shooting:
    """An open camera, and what to do with its picture."""

    camera: Camera
    use: Use


def use_camera() -> Callable[[Use], Handler | None]:
    """Makes handlers that open the camera; None where this device has none."""
    app = use_app()
    shooting, set_shooting = ft.use_state(cast("Shooting | None", None))

    def close(_: object = None) -> None:
        set_shooting(None)

    dialog = None
    if shooting is not None:
        dialog = ft.AlertDialog(
            content=Viewfinder(shooting=shooting, close=close),
            content_padding=M,
            inset_padding=M,
            on_dismiss=close,
        )
    ft.use_dialog(dialog)

    def opener(use: Use) -> Handler | None:
        camera = app.device.new_camera()
        if camera is None:
            return None
        return lambda _: set_shooting(Shooting(app.device.new_camera() or camera, use))

    return opener


@component
def Viewfinder(shooting: Shooting, close: Callable[[], None]) -> ft.Control:
    problem, set_problem = ft.use_state(cast("str | None", None))
    is_ready, set_ready = ft.use_state(False)

    async def start() -> None:
        said = await shooting.camera.start()
        set_problem(said)
        set_ready(said is None)

    async def shoot(_: ft.ControlEvent) -> None:
        set_ready(False)
        picture = await shooting.camera.shoot()
        if picture is None:
            set_problem("That did not work. Try again.")
            set_ready(True)
            return
        close()
        await shooting.use(picture)

    ft.use_effect(start, dependencies=[])
    told: ft.Control = banner(problem, Tone.WARN) if problem else body("Hold it steady.")
    view = ft.Container(
        shooting.camera.view, height=380, border_radius=RADIUS, bgcolor=ft.Colors.BLACK
    )
    take = primary("Take photo", guarded(shoot), icon=ft.Icons.CAMERA, disabled=not is_ready)
    return ft.Column(
        [view, told, take, quiet("Back", lambda _: close())],
        tight=True,
        spacing=M,
        width=480,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )
