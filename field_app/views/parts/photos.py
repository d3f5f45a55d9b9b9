"""Photos on the screen: small pictures with their state, and one at full size."""

from collections.abc import Callable
from typing import cast

import flet as ft

from field_app.domain.issue import IssuePhoto, PhotoState
from field_app.domain.issues import MOST_PHOTOS, NewPhoto
from field_app.store import photo_queue
from field_app.store.tables import PhotoRow
from field_app.views import words
from field_app.views.hooks import AppContext, component, guarded, use_app
from field_app.views.language import tr
from field_app.views.parts.buttons import icon_button, quiet
from field_app.views.parts.surfaces import Handler, body, small
from field_app.views.theme import RADIUS, XS, XXL, L, S

EDGE = 96


def with_photo(photos: tuple[NewPhoto, ...], new: NewPhoto) -> tuple[NewPhoto, ...]:
    """One more, as far as there is room; the same one twice is one."""
    if any(each.sha256 == new.sha256 for each in photos):
        return photos
    return (*photos, new)[:MOST_PHOTOS]


def without_photo(photos: tuple[NewPhoto, ...], old: NewPhoto) -> tuple[NewPhoto, ...]:
    return tuple(each for each in photos if each != old)


@component
def Thumb(sha256: str, label: str) -> ft.Control:
    """A small picture; a grey square until it is there. Another label may mean that it came."""
    app = use_app()
    content, set_content = ft.use_state(cast("bytes | None", None))

    async def load() -> None:
        if content is None:
            set_content(await app.acts.photo(sha256, thumb=True))

    ft.use_effect(load, dependencies=[sha256, label])
    if content is None:
        return ft.Container(
            ft.Icon(ft.Icons.PHOTO_OUTLINED, color=ft.Colors.OUTLINE, semantics_label=label),
            width=EDGE,
            height=EDGE,
            border_radius=RADIUS,
            bgcolor=ft.Colors.SURFACE_CONTAINER_HIGH,
            alignment=ft.Alignment.CENTER,
        )
    return ft.Image(
        src=content,
        width=EDGE,
        height=EDGE,
        fit=ft.BoxFit.COVER,
        border_radius=RADIUS,
        semantics_label=label,
        gapless_playback=True,
    )


def chosen_photos(photos: tuple[NewPhoto, ...], remove: Callable[[NewPhoto], None]) -> ft.Control:
    """What is attached to a report in the making."""
    tiles: list[ft.Control] = []
    for at, photo in enumerate(photos, start=1):
        said = tr("Remove photo {at}", at=at)
        take_away = guarded(lambda _, photo=photo: remove(photo))
        drop = icon_button(ft.Icons.CANCEL, said, take_away, color=ft.Colors.ON_SURFACE)
        thumb = Thumb(sha256=photo.sha256, label=tr("Photo {at}", at=at), key=photo.sha256)
        tiles.append(ft.Stack([thumb, ft.Container(drop, right=0, top=0)], width=EDGE, height=EDGE))
    return ft.Row(tiles, wrap=True, spacing=S, run_spacing=S)


def photo_grid(
    app: AppContext,
    photos: list[IssuePhoto],
    own: dict[str, PhotoRow],
    view: Callable[[str], None],
) -> ft.Control:
    """An issue's photos, each with where it is."""
    tiles: list[ft.Control] = []
    for at, photo in enumerate(photos, start=1):
        row = own.get(photo.sha256)
        state = photo_state(photo, row, is_held=app.acts.photos_wait_for_wifi)
        label = tr("Photo {at}: {state}", at=at, state=state)
        thumb = ft.Semantics(
            content=ft.Container(
                Thumb(sha256=photo.sha256, label=label, key=photo.sha256),
                on_click=guarded(lambda _, photo=photo: view(photo.sha256)),
                ink=True,
                border_radius=RADIUS,
            ),
            label=label,
            button=True,
            container=True,
        )
        parts: list[ft.Control] = [thumb, small(state)]
        if row is not None and row.status in {photo_queue.FAILED, photo_queue.REMOVED}:
            again = guarded(lambda _, photo=photo: app.acts.retry_photo(photo.sha256))
            parts.append(quiet(tr("Try again"), again))
        tiles.append(ft.Container(ft.Column(parts, spacing=XS), width=EDGE + S))
    return ft.Row(tiles, wrap=True, spacing=S, run_spacing=S)


def photo_state(photo: IssuePhoto, row: PhotoRow | None, *, is_held: bool = False) -> str:
    """Where a photo is, as far as this device knows."""
    if photo.state is PhotoState.STORED:
        return tr("At the office")
    if photo.state is PhotoState.BAD:
        return tr("Cannot be shown")
    return progress(row, is_held=is_held) if row is not None else tr("Not here yet")


def progress(row: PhotoRow, *, is_held: bool = False) -> str:
    if row.status == photo_queue.SENT:
        return tr("At the office")
    if row.status in {photo_queue.FAILED, photo_queue.REMOVED}:
        return tr("Not taken")
    if is_held:
        return tr("Waits for Wi-Fi, {bytes}", bytes=words.megabytes(row.bytes))
    if row.sent_bytes:
        return tr(
            "{sent_bytes} of {bytes}",
            sent_bytes=words.megabytes(row.sent_bytes),
            bytes=words.megabytes(row.bytes),
        )
    return tr("Waiting, {bytes}", bytes=words.megabytes(row.bytes))


def viewer(
    sha256: str | None, close: Handler, remove: Handler | None = None
) -> ft.AlertDialog | None:
    """One photo as large as the window, to be zoomed; `remove` where it may be taken away."""
    if sha256 is None:
        return None
    ways = [quiet(tr("Remove"), remove, icon=ft.Icons.DELETE_OUTLINE)] if remove else []
    return ft.AlertDialog(
        content=FullPhoto(sha256=sha256, key=sha256),
        semantics_label=tr("Photo"),
        content_padding=S,
        inset_padding=S,
        actions=[*ways, quiet(tr("Close"), close)],
        on_dismiss=close,
    )


@component
def FullPhoto(sha256: str) -> ft.Control:
    app = use_app()
    content, set_content = ft.use_state(cast("bytes | None", None))
    is_looking, set_looking = ft.use_state(True)

    async def load() -> None:
        set_content(await app.acts.photo(sha256))
        set_looking(False)

    ft.use_effect(load, dependencies=[sha256])
    if content is not None:
        picture = ft.Image(src=content, fit=ft.BoxFit.CONTAIN, semantics_label=tr("Photo"))
        return ft.InteractiveViewer(content=picture, max_scale=6)
    if is_looking:
        return ft.ProgressRing(width=XXL, height=XXL, semantics_label=tr("Fetching the photo"))
    said = tr("This photo is not on this device, and the office cannot be reached now.")
    return ft.Container(body(said), padding=L)


@component
def PhotoProof(sha256: str) -> ft.Control:
    """A photo that was taken at a check-in, to be looked at."""
    is_open, set_open = ft.use_state(False)
    ft.use_dialog(viewer(sha256 if is_open else None, lambda _: set_open(False)))
    said = tr("Photo at the venue")
    thumb = ft.Container(
        Thumb(sha256=sha256, label=said),
        on_click=guarded(lambda _: set_open(True)),
        ink=True,
        border_radius=RADIUS,
    )
    return ft.Row([ft.Semantics(content=thumb, label=said, button=True, container=True)])
