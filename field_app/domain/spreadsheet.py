"""CSV that spreadsheets open as what it is: UTF-8, and never a formula."""

import csv
from collections.abc import Iterable, Sequence
from typing import Final, TextIO

MARK: Final = "\ufeff"
"""Without it, spreadsheets take UTF-8 for something older."""
RISKY: Final = ("=", "+", "-", "@", "\t", "\r")
"""How a cell must not begin: a spreadsheet would take it for a formula."""


def write(file: TextIO, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write a table with its names; None is an empty cell. Returns how many rows there were."""
    file.write(MARK)
    writer = csv.writer(file)
    writer.writerow(columns)
    number = 0
    for row in rows:
        writer.writerow(["" if cell is None else _safe(str(cell)) for cell in row])
        number += 1
    return number


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(RISKY) else cell
