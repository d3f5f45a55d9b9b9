"""CSV for spreadsheets."""

import csv
import io
from decimal import Decimal

import pytest

from field_app.domain.spreadsheet import write


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", " =1", "\u00a0 @x", "\uff1d1"]
)
def test_no_cell_is_a_formula(cell: str) -> None:
    file = io.StringIO()

    number = write(file, ["name"], [[cell], ["Zoë, with a comma"], [None]])

    text = file.getvalue()
    assert number == 3
    assert text.startswith("\ufeffname\r\n")
    assert f"'{cell}" in text
    assert next(csv.reader(io.StringIO(text.partition("\r\n")[2], newline=""))) == [f"'{cell}"]
    assert '"Zoë, with a comma"' in text


def test_numbers_stay_numbers_also_below_zero() -> None:
    file = io.StringIO()

    write(file, ["hours", "pieces"], [[Decimal("-2.50"), -3], [-0.5, None]])

    assert file.getvalue().splitlines()[1:] == ["-2.50,-3", "-0.5,"]
