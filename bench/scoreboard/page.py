"""The table as a page of the docs, and what the README quotes of it."""

import re
from collections.abc import Iterable
from pathlib import Path

from bench.figures import Figure
from bench.scoreboard.measuring import Measured, kept

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "scoreboard.md"
README = ROOT / "README.md"
QUOTED = re.compile("(<!-- scoreboard -->\n).*?(<!-- /scoreboard -->)", re.DOTALL)

HEAD = """# Scoreboard

Every figure comes from the command above it, which prints it; this page is written by
`uv run python -m bench.scoreboard` from what was measured last. What is aimed at and not reached
says **not met**. A limit is what the disk or the wire alone does, in the same run.
"""
COLUMNS = "| what | measured | aim | | limit | |\n|---|---|---|---|---|---|\n"
SHORT = "| what | measured | aim | |\n|---|---|---|---|\n"
JUDGED = {True: "met", False: "**not met**", None: ""}


def write() -> None:
    runs = kept()
    PAGE.write_text(page(runs), "utf-8")
    README.write_text(quoting(README.read_text("utf-8"), runs), "utf-8")


def page(runs: Iterable[Measured]) -> str:
    """docs/scoreboard.md."""
    said, about = HEAD, ""
    for run in runs:
        if run.about != about:
            about = run.about
            said += f"\n## {about}\n"
        said += f"\n`{run.command}`, {run.measured_on}, {run.machine}\n\n"
        if run.failure:
            said += (
                f"**It {run.failure}**{'' if run.figures else ' before it printed anything'}.\n\n"
            )
        said += COLUMNS if run.figures else ""
        for each in run.figures:
            limit = "" if each.limit is None else _number(each.limit)
            said += f"{_row(each)} {limit} | {each.more} |\n"
    return said


def quoting(readme: str, runs: Iterable[Measured]) -> str:
    """The README with the figures that something is aimed at, single queries apart."""
    rows = [
        _row(each) + "\n"
        for run in runs
        for each in run.figures
        if each.target and not each.what.startswith("query:")
    ]
    return QUOTED.sub(lambda found: found[1] + SHORT + "".join(rows) + found[2], readme)


def _row(each: Figure) -> str:
    measured = f"{_number(each.value)} {each.unit}".strip()
    return f"| {each.what} | {measured} | {each.target} | {JUDGED[each.is_met]} |"


def _number(value: float) -> str:
    if value == int(value):
        return f"{value:,.0f}"
    return f"{value:,.{0 if value >= 100 else 1 if value >= 10 else 2}f}"
