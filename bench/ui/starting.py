"""What a start takes: a process until it has its first list, and which packages cost how much."""

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from bench.figures import Figure
from bench.ui import window

STARTS = 3
FIRST_WORDS = "Your events"
"""Above the first list of Today; nothing of it is sent before its rows."""
LATER = ("httpx", "geopy.distance", "PIL.Image", "flet_camera", "field_app.gallery")
"""What was imported before the first list until a start stopped waiting for it."""
FIRST_LIST = """
import sys, time
from pathlib import Path
import field_app.pages
from field_app.store.engine import Store
from bench.ui.shelf import ME, NOW
from field_app.store import queries
imported = time.time()
store = Store(Path(sys.argv[1]))
shifts = store.read(lambda session: queries.shifts_where(session))[:50]
assert len(shifts) == 50
print(imported, time.time())
"""


def starts(folder: Path) -> list[Figure]:
    """Until the first list is at the window, which gets ready meanwhile; and the rows alone."""
    shown = [window.start(folder, FIRST_WORDS) * 1000 for _ in range(STARTS + 1)][1:]
    more = (
        f"least {min(shown):.0f}, most {max(shown):.0f}; what Flutter needs to paint it is not in"
    )
    what = "process start -> first list, sent to the window"
    return [Figure(what, median(shown), "ms", None, more, "< 1,500"), *_rows(folder)]


def _rows(folder: Path) -> list[Figure]:
    """Process start until the first 50 rows are records, beside importing all as before."""
    now = [_start(folder, "") for _ in range(STARTS)]
    before = [_start(folder, f"import {', '.join(LATER)}\n") for _ in range(STARTS)]
    total, imports = (median(each[i] for each in now) for i in (0, 1))
    was = median(each[0] for each in before)
    more = f"of it {imports:.0f} ms imports; {total / was:.2f} times one that imports all at once"
    return [Figure("process start -> first 50 rows", total, "ms", None, more, "< 1,000")]


def _start(folder: Path, first: str) -> tuple[float, float]:
    began = time.time()
    command = [sys.executable, "-c", first + FIRST_LIST, str(folder)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    imported, done = map(float, ran.stdout.split())
    return (done - began) * 1000, (imported - began) * 1000


def imports() -> list[Figure]:
    """Each package by itself in a new process, its .pyc warm, less an empty process.

    What is imported later costs a start nothing, so one look at it is enough.
    """
    names = ("flet", "sqlmodel", *LATER, "field_app.pages")
    empty = min(_importing("sys") for _ in range(2))
    times = {name: 1 if name in LATER else 2 for name in names}
    took = {name: min(_importing(name) for _ in range(times[name])) - empty for name in names}
    return [
        Figure(f"import {name}", ms, "ms", more="later" if name in LATER else "")
        for name, ms in took.items()
    ]


def _importing(name: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {name}"], check=True)
    return (time.perf_counter() - began) * 1000
