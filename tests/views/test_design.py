"""Screens are made of parts: they name roles and sizes, and withhold nothing without a reason."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from field_app.views import theme

VIEWS = Path(theme.__file__).parent
MADE_OF = {"theme.py", "surfaces.py", "buttons.py"}
"""Where values may stand."""
SIZES = {
    "padding", "margin", "spacing", "run_spacing", "size", "width", "height", "border_radius",
    "left", "right", "top", "bottom", "horizontal", "vertical", "bar_height",
}  # fmt: skip
HAIR = 2
"""Lines, and nothing at all, are no matter of spacing."""
ROLES = {role.upper() for role in theme.LIGHT} | {"BLACK", "with_opacity"}
"""What a camera sees is framed in black whatever the theme."""
HEX = re.compile("#[0-9a-fA-F]{3,8}")


def faults(tree: ast.AST) -> Iterator[str]:
    """Sentences about what a screen should have left to its parts."""
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg=name, value=ast.Constant(value=int(number) | float(number))) if (
                name in SIZES and number > HAIR
            ):
                yield f"line {node.value.lineno}: {name}={number}"
            case ast.keyword(arg="disabled"):
                yield f"line {node.value.lineno}: withheld without a reason, see `withhold`"
            case ast.Attribute(value=ast.Attribute(attr="Colors"), attr=role) if role not in ROLES:
                yield f"line {node.lineno}: {role} is no role of a theme"
            case ast.Constant(value=str(text)) if HEX.fullmatch(text):
                yield f"line {node.lineno}: the colour {text}"


@pytest.mark.parametrize(
    "file",
    [file for file in sorted(VIEWS.rglob("*.py")) if file.name not in MADE_OF],
    ids=lambda file: file.relative_to(VIEWS).as_posix(),
)
def test_a_screen_names_roles_and_sizes_and_withholds_nothing_without_a_reason(file: Path) -> None:
    assert list(faults(ast.parse(file.read_text("utf-8")))) == []


@pytest.mark.parametrize(
    "written",
    ["ft.Row([], spacing=12)", "ft.Icon(color=ft.Colors.RED)", "f('#FFFFFF')", "f(disabled=True)"],
)
def test_what_a_screen_must_not_say_is_found(written: str) -> None:
    assert len(list(faults(ast.parse(written)))) == 1
