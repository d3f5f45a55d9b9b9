"""The scoreboard shows what was measured, and says what was not reached."""

import pytest

from bench.figures import Figure
from bench.scoreboard.measuring import Measured, kept
from bench.scoreboard.page import PAGE, README, page, quoting


def test_the_page_and_the_readme_show_what_was_measured_last() -> None:
    runs = kept()

    assert PAGE.read_text("utf-8") == page(runs), "run `uv run python -m bench.scoreboard`"
    readme = README.read_text("utf-8")
    assert readme == quoting(readme, runs), "run `uv run python -m bench.scoreboard`"


@pytest.mark.parametrize(
    ("value", "target", "is_met"),
    [
        (149, "< 150", True),
        (150, "< 150", False),
        (25_000, ">= 25,000", True),
        (24_999, ">= 25,000", False),
        (0, "0", True),
        (1, "0", False),
        (7, "", None),
    ],
)
def test_a_figure_is_held_against_its_aim(value: float, target: str, is_met: bool | None) -> None:
    assert Figure("x", value, "ms", target=target).is_met is is_met


def test_what_was_not_reached_is_shown_as_that() -> None:
    run = Measured("sync", "2026-01-01", "a machine", [Figure("slow", 9, "ms", target="< 5")])

    assert "| slow | 9 ms | < 5 | **not met** |" in page([run])
    assert "**not met**" in quoting("<!-- scoreboard -->\nold\n<!-- /scoreboard -->", [run])
