"""The scoreboard shows what was measured, and says what was not reached."""

import re
import sys
from pathlib import Path

import psutil
import pytest

from bench.figures import Figure
from bench.scoreboard import __main__ as scoreboard
from bench.scoreboard import measuring
from bench.scoreboard.measuring import Bench, Measured, kept, machine, measure, run
from bench.scoreboard.page import PAGE, README, page, quoting
from server_stub.demo.children import wait_until
from tests.support.processes import has_ended


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


PRINTING = """
import json, sys
print(json.dumps({"what": "slow", "value": 9, "unit": "ms"}))
"""
BENCH_CODE = {"good": PRINTING, "bad": f"{PRINTING}sys.exit(3)", "mute": "raise SystemExit(1)"}


@pytest.fixture
def benches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small ones, beside those that there are."""
    for name, code in BENCH_CODE.items():
        (tmp_path / f"bench_{name}.py").write_text(code, "utf-8")
        monkeypatch.setitem(measuring.BENCHES, name, Bench("Tests", f"bench_{name}"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(measuring, "KEPT", tmp_path / "figures")


def test_a_bench_that_takes_too_long_is_stopped_with_what_it_started() -> None:
    printed, failure = run(["sh", "-c", "sleep 600 & echo $!; wait"], minutes=0.01)

    assert failure == "was stopped after 0.01 minutes"
    assert wait_until(lambda: is_gone(int(printed)), 10)


def is_gone(pid: int) -> bool:
    try:
        return has_ended(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return True


def test_how_a_bench_failed_is_kept_and_shown_with_what_it_printed(benches: None) -> None:
    failures = {name: measure(name).failure for name in ("good", "bad", "mute")}

    assert failures == {"good": "", "bad": "ended with 3", "mute": "ended with 1"}
    assert {each.bench: each.failure for each in kept()} == failures
    shown = page(kept())
    assert shown.count("| slow | 9 ms |") == 2
    assert "**It ended with 3**." in shown
    assert "**It ended with 1** before it printed anything." in shown


@pytest.mark.parametrize(("names", "code"), [("good", 0), ("bad,good", 1), ("nonsense", 2)])
def test_the_command_fails_where_a_bench_did(
    benches: None, monkeypatch: pytest.MonkeyPatch, names: str, code: int
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench.scoreboard", "--run", names])
    monkeypatch.setattr(scoreboard, "write", lambda: None)

    with pytest.raises(SystemExit) as ended:
        scoreboard.main()

    assert int(ended.value.code or 0) == code


def test_the_machine_is_told_with_its_postgres() -> None:
    assert re.search(r", PostgreSQL \d+\.\d+$", machine())
