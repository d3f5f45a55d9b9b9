"""Figures: one measured thing each, printed as a JSON line and in a table."""

import json
import operator
import re
from dataclasses import asdict, dataclass

TARGET = re.compile(r"(<=?|>=?|) ?([\d,.]+)")
COMPARED = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "": operator.eq,
}


@dataclass
class Figure:
    """One measured thing. `limit`: what the disk or the wire alone does, in the same unit."""

    what: str
    value: float
    unit: str
    limit: float | None = None
    more: str = ""
    target: str = ""
    """Like `< 150`, `>= 25,000` or `0`."""

    @property
    def is_met(self) -> bool | None:
        """None where nothing is aimed at."""
        match = TARGET.fullmatch(self.target)
        if match is None:
            return None
        return COMPARED[match[1]](self.value, float(match[2].replace(",", "")))


def report(figures: list[Figure]) -> None:
    """Print every figure twice: for programs, and for people."""
    for figure in figures:
        print(json.dumps(asdict(figure)))
    print()
    for each in figures:
        limit = "" if each.limit is None else f"limit {each.limit:,.1f}"
        value = f"{each.value:>10,.{1 if each.value >= 10 else 2}f} {each.unit:8}"
        print(f"{each.what:62} {value} {each.target:12} {limit:15} {each.more}")
