"""Puts the app together and starts it: settings, device folder, runtime, page."""

import argparse
import asyncio
import logging
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import flet as ft

from field_app.settings import (
    DEFAULT_SERVER,
    Settings,
    default_data_dir,
    demo_password,
    demo_people,
)
from field_app.sync.address import BadAddress, server_address
from field_app.tidying import spare_the_loop
from field_app.views.coming_back import come_back_anew

Opened = Callable[[ft.Page], Awaitable[None]]

ASSETS = Path(__file__).parent.parent / "assets"


def import_app(settings: Settings) -> Opened:
    """The app's screens and what is behind them. Returns what opens a page."""
    from field_app.pages import Devices, open_page

    spare_the_loop()
    devices = Devices(settings)

    async def opened(page: ft.Page) -> None:
        await open_page(page, settings, devices)

    return opened


def import_gallery(_: Settings) -> Opened:
    from field_app.gallery import open_gallery

    async def opened(page: ft.Page) -> None:
        open_gallery(page)

    return opened


async def show(importing: Callable[[Settings], Opened], settings: Settings) -> None:
    """Open pages in a browser or a window, until the end.

    The app is imported while the window, or the browser, still gets ready.
    """
    imported = asyncio.create_task(asyncio.to_thread(importing, settings))

    async def opened(page: ft.Page) -> None:
        await (await imported)(page)

    if settings.is_web:
        await ft.run_async(
            opened,
            before_main=come_back_anew,
            view=ft.AppView.WEB_BROWSER,
            host="127.0.0.1",  # the web view has no login of its own: never beyond this machine
            port=settings.port,
            no_cdn=True,
            assets_dir=str(ASSETS),
        )
    else:
        await ft.run_async(opened, before_main=come_back_anew, assets_dir=str(ASSETS))


def main() -> None:
    """The `field-app` command."""
    parser = argparse.ArgumentParser(prog="field-app", description="The Fieldkit app.")
    parser.add_argument("--web", action="store_true", help="serve the app to browsers here")
    parser.add_argument("--port", type=int, default=8550, help="port of the web view")
    parser.add_argument("--data-dir", type=Path, help="where this device keeps its data")
    parser.add_argument("--server", default=DEFAULT_SERVER, help="address of the sync server")
    parser.add_argument("--gallery", action="store_true", help="show the parts of the screens")
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    if given.web and not _is_free(given.port):
        sys.exit(f"Port {given.port} is in use. Choose another with --port.")
    try:
        server_url = server_address(given.server)
    except BadAddress as error:
        sys.exit(f"{given.server} is not an address the app can use. {error}")
    settings = Settings(
        server_url=server_url,
        data_dir=(given.data_dir or default_data_dir()).resolve(),
        is_web=given.web,
        port=given.port,
        demo_people=demo_people(),
        demo_password=demo_password(),
    )
    asyncio.run(show(import_gallery if given.gallery else import_app, settings))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


if __name__ == "__main__":
    main()
