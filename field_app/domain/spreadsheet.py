"""CSV that spreadsheets open as what it is: UTF-8, and never a formula."""

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, TextIO

MARK: Final = "\ufeff"
"""Without it, spreadsheets take UTF-8 for something older."""
RISKY: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a text must not begin, after blanks: a spreadsheet would take it for a formula. The last
four are the wide forms of the first."""


def write(file: TextIO, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write a table with its names; None is an empty cell. Returns how many rows there were."""
    file.write(MARK)
    writer = csv.writer(file)
    writer.writerow(columns)
    number = 0
    for row in rows:
        writer.writerow([_safe(cell) for cell in row])
        number += 1
    return number


def _safe(cell: object) -> object:
    """Numbers stay numbers, the negative ones too."""
    if cell is None or isinstance(cell, int | float | Decimal):
        return cell
    said = str(cell)
    return f"'{said}" if said.lstrip(" \u00a0").startswith(RISKY) else said
