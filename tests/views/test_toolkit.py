"""What is imported before it is needed is all that is ever needed."""

import re
import subprocess
import sys
from pathlib import Path

import flet as ft

from field_app import views
from field_app.views import toolkit

VIEWS = Path(views.__file__).parent
NAMED = re.compile(r"\bft\.([A-Z]\w+)")

AFTERWARDS = """
import sys
from field_app.views import toolkit
before = set(sys.modules)
toolkit.import_controls()
imported = set(sys.modules) - before
print(len(imported) > 20)
"""


def test_every_control_of_the_screens_is_on_the_list() -> None:
    named = {
        name
        for file in VIEWS.rglob("*.py")
        if file.name != "toolkit.py"
        for name in NAMED.findall(file.read_text("utf-8"))
    }
    controls = {getattr(ft, name) for name in named if _is_control(getattr(ft, name))}

    assert set(toolkit.import_controls()) == controls


def test_they_are_imported_then_and_not_with_the_toolkit() -> None:
    done = subprocess.run([sys.executable, "-c", AFTERWARDS], capture_output=True, text=True)

    assert (done.stdout.strip(), done.stderr) == ("True", "")


def _is_control(named: object) -> bool:
    return isinstance(named, type) and issubclass(named, ft.BaseControl)
