"""Figures: one measured thing each, printed as a JSON line and in a table."""

import json
from dataclasses import asdict, dataclass


@dataclass
class Figure:
    """One measured thing. `limit`: what the disk or the wire alone does, in the same unit."""

    what: str
    value: float
    unit: str
    limit: float | None = None
    more: str = ""
    target: str = ""


def report(figures: list[Figure]) -> None:
    """Print every figure twice: for programs, and for people."""
    for figure in figures:
        print(json.dumps(asdict(figure)))
    print()
    for each in figures:
        limit = "" if each.limit is None else f"limit {each.limit:,.1f}"
        value = f"{each.value:>10,.{1 if each.value >= 10 else 2}f} {each.unit:8}"
        print(f"{each.what:62} {value} {each.target:12} {limit:15} {each.more}")
