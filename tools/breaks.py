"""`python -m tools.breaks [ROW...]`: take each defence out once, and see its tests fail.

In a copy of the project; `tests/security/breaks.toml` says what is taken out, by the rows of
docs/security.md, and which tests have to notice. They have to pass before.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
LIST = ROOT / "tests" / "security" / "breaks.toml"
PASSED, FAILED, HUNG = 0, 1, -1
LONGEST_S = 300


@dataclass(frozen=True)
class Break:
    """`old` stands in `file` exactly once; `tests` are pytest's arguments."""

    row: int
    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


def known() -> list[Break]:
    said = tomllib.loads(LIST.read_text("utf-8"))["break"]
    return [Break(**each | {"tests": tuple(each["tests"])}) for each in said]


def main() -> int:
    rows = {int(row) for row in sys.argv[1:]}
    asked = [each for each in known() if not rows or each.row in rows]
    with tempfile.TemporaryDirectory() as folder:
        copy = _copied(Path(folder) / "project")
        unnoticed = [each for each in asked if not is_noticed(copy, each)]
    print(f"{len(asked) - len(unnoticed)} of {len(asked)} were noticed")
    return 1 if unnoticed else 0


def _copied(copy: Path) -> Path:
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    return copy


def is_noticed(copy: Path, each: Break) -> bool:
    file = copy / each.file
    whole = file.read_text("utf-8")
    before = _tried(copy, each.tests)
    file.write_text(whole.replace(each.old, each.new), "utf-8")
    after = _tried(copy, each.tests)
    file.write_text(whole, "utf-8")
    was_noticed = (before, after) == (PASSED, FAILED)
    said = "noticed" if was_noticed else f"NOT NOTICED (pytest ended with {before}, then {after})"
    print(f"{each.row:3} {each.what}: {said}", flush=True)
    return was_noticed


def _tried(copy: Path, tests: tuple[str, ...]) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-x", "-p", "no:cacheprovider"]
    environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return subprocess.run(
            [*command, *tests],
            cwd=copy,
            env=environment,
            capture_output=True,
            timeout=LONGEST_S,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        return HUNG


if __name__ == "__main__":
    sys.exit(main())
