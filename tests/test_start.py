"""What a start does not wait for: packages that only later taps or a network need."""

import subprocess
import sys

LATER = (
    *("httpx", "geopy", "PIL.Image", "flet_camera", "field_app.gallery"),
    "sqlalchemy.dialects.postgresql",
)
LOADED = f"""
import sys
import field_app.pages
print(*[name for name in {LATER!r} if name in sys.modules])
"""


def test_the_first_screen_does_not_wait_for_what_later_taps_need() -> None:
    ran = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)

    assert ran.stdout.split() == []


SHOWN = """
import asyncio, gc, sys
import flet as ft
from field_app.main import show, import_app
from field_app.settings import Settings

async def run_async(opened, **_):
    print("field_app.pages" in sys.modules)
    try:
        await opened(None)
    except AttributeError:  # there is no page here
        print("field_app.pages" in sys.modules, gc.get_freeze_count() > 0)

ft.run_async = run_async
asyncio.run(show(import_app, Settings("http://test", "nowhere")))
"""


def test_the_window_does_not_wait_for_imports_nor_collections_of_garbage_for_them() -> None:
    ran = subprocess.run([sys.executable, "-c", SHOWN], capture_output=True, text=True, check=True)

    assert ran.stdout.split() == ["False", "True", "True"]
