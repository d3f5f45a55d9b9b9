"""CSV for spreadsheets."""

import io

import pytest

from field_app.domain.spreadsheet import write


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    file = io.StringIO()

    number = write(file, ["name"], [[cell], ["Zoë, with a comma"], [None]])

    text = file.getvalue()
    assert number == 3
    assert text.startswith("\ufeffname\r\n")
    assert f"'{cell}" in text
    assert '"Zoë, with a comma"' in text
