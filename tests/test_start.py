"""What a start does not wait for: packages that only later taps or a network need."""

import subprocess
import sys

LATER = (
    *("httpx", "geopy", "PIL.Image", "flet_camera", "field_app.gallery"),
    "sqlalchemy.dialects.postgresql",
)
LOADED = f"""
import sys
import field_app.main
print(*[name for name in {LATER!r} if name in sys.modules])
"""


def test_the_first_screen_does_not_wait_for_what_later_taps_need() -> None:
    ran = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)

    assert ran.stdout.split() == []


SHOWN = """
import gc
from types import SimpleNamespace
import flet as ft
from field_app.main import show
ft.run = lambda *_, **__: print(gc.get_freeze_count() > 0)
show(print, SimpleNamespace(is_web=False))
"""


def test_collections_of_garbage_leave_out_what_was_imported() -> None:
    ran = subprocess.run([sys.executable, "-c", SHOWN], capture_output=True, text=True, check=True)

    assert ran.stdout.split() == ["True"]
