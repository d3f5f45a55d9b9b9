"""Reads the booking-events schema document: its SQL, its diagram and its tables of states."""

import re
from pathlib import Path

import psycopg

SEED = Path(__file__).with_name("seed") / "database-schema.md"

STATE_TABLES = {
    "Booking": "bookings",
    "Event Instance": "event_instances",
    "Activity": "activities",
    "Staff Assignment": "staff_assignments",
    "Activity Kit": "activity_kits",
}


def statements() -> list[str]:
    """Every SQL statement of the document, in its order."""
    blocks = re.findall(r"```sql\n(.*?)```", SEED.read_text(), re.DOTALL)
    return [part.strip() for block in blocks for part in block.split(";") if part.strip()]


def states() -> dict[str, list[str]]:
    """The states of each table, in the document's order."""
    found = {}
    for heading, table in STATE_TABLES.items():
        section = SEED.read_text().split(f"### {heading} States")[1].split("###")[0]
        found[table] = re.findall(r"^\| ([a-z_]+)", section, re.MULTILINE)
    return found


def diagram() -> dict[str, set[str]]:
    """The tables of the diagram and the columns in their boxes."""
    drawing = SEED.read_text().split("```")[1]
    open_boxes: dict[int, Box] = {}
    boxes = []
    for line in drawing.splitlines():
        for corner in re.finditer("┌─{10,}", line):
            open_boxes[corner.start()] = Box()
            boxes.append(open_boxes[corner.start()])
        for left, cell in _cells(line):
            nearest = min(open_boxes, key=lambda start, left=left: abs(start - left))
            open_boxes[nearest].add(cell)
    return {box.name: box.columns for box in boxes}


class Box:
    """One table of the drawing; the name may take two lines, columns follow the rule below it."""

    def __init__(self) -> None:
        self.name = ""
        self.columns: set[str] = set()
        self._in_name = True

    def add(self, cell: str) -> None:
        if cell.startswith("─"):
            self._in_name = False
        elif self._in_name:
            self.name = f"{self.name}_{cell}".strip("_").replace("__", "_")
        else:
            self.columns.add(cell)


def _cells(line: str) -> list[tuple[int, str]]:
    """Words between bars and rules below a name, with the column of the bar before them."""
    words = re.finditer(r"[│┤◄┘]\s*([a-z_]+)\s*(?=│)|│\s+([a-z_]+)\s*(?=│)", line)
    rules = re.finditer(r"├(─{10,})", line)
    return [(m.start(), next(g for g in m.groups() if g)) for m in (*words, *rules)]


def stubs() -> set[str]:
    """The tables that the document expects to find."""
    return set(diagram()) - set(re.findall(r"CREATE TABLE (\w+)", SEED.read_text()))


def build_as_written(connection: psycopg.Connection) -> None:
    """Run the document's own SQL on stubs of the tables it expects.

    A statement that stands too early is run again after the others.
    """
    for table in sorted(stubs()):
        connection.execute(f"CREATE TABLE {table} (id UUID PRIMARY KEY)")
    waiting = statements()
    while waiting:
        waiting = [s for s in waiting if not _runs(connection, s)]


def _runs(connection: psycopg.Connection, statement: str) -> bool:
    try:
        with connection.transaction():
            connection.execute(statement)
    except psycopg.errors.UndefinedTable:
        return False
    return True
