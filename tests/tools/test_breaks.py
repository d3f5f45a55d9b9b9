"""What is taken out to see attacks succeed is still there, and every threat has such a break."""

import ast
import re
from pathlib import Path

import pytest

from tools import breaks
from tools.breaks import Break

ROOT = breaks.ROOT


def threats() -> set[int]:
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    return {int(row) for row in re.findall(r"^\| (\d+) \|", page, re.M)}


def test_every_threat_has_a_break_that_has_to_be_noticed() -> None:
    assert {each.row for each in breaks.known()} == threats()


@pytest.mark.parametrize("each", breaks.known(), ids=lambda each: each.what)
def test_what_is_taken_out_is_there_and_leaves_a_program(each: Break) -> None:
    """A break that only broke the syntax would be noticed by any test."""
    whole = (ROOT / each.file).read_text("utf-8")

    assert whole.count(each.old) == 1
    broken = whole.replace(each.old, each.new)
    assert broken != whole
    if each.file.endswith(".py"):
        ast.parse(broken)
    assert all((ROOT / name.partition("::")[0]).exists() for name in each.tests if "/" in name)


@pytest.mark.long
@pytest.mark.parametrize(("test", "is_noticed"), [("assert ok", True), ("assert True", False)])
def test_a_break_is_noticed_by_a_test_that_passed_before_and_by_no_other(
    tmp_path: Path, test: str, is_noticed: bool
) -> None:
    (tmp_path / "it.py").write_text("ok = True\n")
    (tmp_path / "test_it.py").write_text(f"from it import ok\ndef test_it(): {test}\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    taken_out = Break(1, "it", "it.py", "True", "False", ("test_it.py",))

    assert breaks.is_noticed(tmp_path, taken_out) is is_noticed
    assert (tmp_path / "it.py").read_text() == "ok = True\n"
