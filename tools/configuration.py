"""`python -m tools.configuration`: write docs/configuration.md from the server's settings."""

from pathlib import Path

from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from server_stub.settings import ServerSettings

TARGET = Path(__file__).parent.parent / "docs" / "configuration.md"
HEAD = """# Configuration

Every setting of the server is an environment variable; what ends in `_S` is in seconds. A value
that does not fit is told at the start, with the variable's name. This page is written by
`uv run python -m tools.configuration` from `server_stub/settings.py`.

| variable | unless set | what it is for |
|---|---|---|
"""


def page() -> str:
    """The whole page."""
    fields = ServerSettings.model_fields
    return HEAD + "".join(_row(name, field) for name, field in fields.items())


def _row(name: str, field: FieldInfo) -> str:
    meaning = " ".join((field.description or "").split()).replace("|", "\\|")
    return f"| `{variable(name, field)}` | {_default(field)} | {meaning} |\n"


def variable(name: str, field: FieldInfo) -> str:
    """The environment variable of a field of the settings."""
    alias = field.validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"FIELD_{name.upper()}"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    return "" if field.default in (None, "") else f"`{field.default}`"


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
