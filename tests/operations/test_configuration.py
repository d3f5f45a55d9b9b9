"""The page of settings says what the code says."""

import pytest

from server_stub.settings import ServerSettings
from tests.support.commands import command
from tools import configuration


def test_the_page_of_settings_is_the_one_that_the_settings_make() -> None:
    written = configuration.TARGET.read_text(encoding="utf-8")

    assert written == configuration.page(), "run: uv run python -m tools.configuration"


def test_every_setting_says_what_it_is_for() -> None:
    fields = ServerSettings.model_fields

    assert [name for name, field in fields.items() if not field.description] == []


@pytest.mark.parametrize(
    ("variable", "value"),
    [("FIELD_POOL_SIZE", "many"), ("FIELD_LOG_FORMAT", "xml"), ("PHOTO_STORE", "ftp://there")],
)
def test_a_bad_value_is_told_with_its_variable(variable: str, value: str) -> None:
    done = command("check-schema", DATABASE_URL="postgresql://x@localhost/x", **{variable: value})

    assert done.returncode == 1
    assert done.stderr.startswith(f"The setting {variable} is wrong: ")
