"""What a start does not wait for: packages that only later taps or a network need."""

import subprocess
import sys

LATER = ("httpx", "geopy", "PIL.Image", "flet_camera", "field_app.gallery")
LOADED = f"""
import sys
import field_app.main
print(*[name for name in {LATER!r} if name in sys.modules])
"""


def test_the_first_screen_does_not_wait_for_what_later_taps_need() -> None:
    ran = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)

    assert ran.stdout.split() == []
