"""`python -m tools.pythons`: the fast tests on every Python that is here, from 3.11 on.

Each in an environment of its own, made from the lock and thrown away. Ends with 1 where one fails;
a version that is not here is said and passed over. `--others` leaves out the one that runs this.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

MINORS = (11, 12, 13, 14)
FAST = ("tests/domain", "tests/store", "tests/sync", "tests/views")
PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"


def main() -> None:
    parser = argparse.ArgumentParser(prog="tools.pythons", description=__doc__)
    parser.add_argument("--others", action="store_true")
    is_passed_over = {sys.version_info.minor} if parser.parse_args().others else set()
    failed = [
        f"3.{minor}"
        for minor in MINORS
        if minor not in is_passed_over and not _passes(minor, find(minor))
    ]
    if failed:
        sys.exit(f"failed on {', '.join(failed)}")


def find(minor: int) -> Path | None:
    """An interpreter of this version that runs, on PATH or among pyenv's."""
    on_path = shutil.which(f"python3.{minor}")
    candidates = [Path(on_path)] if on_path else []
    candidates += sorted(PYENV.glob(f"3.{minor}.*/bin/python3.{minor}"), reverse=True)
    return next((each for each in candidates if _runs(each)), None)


def _runs(python: Path) -> bool:
    return subprocess.run([python, "-c", ""], capture_output=True).returncode == 0


def _passes(minor: int, python: Path | None) -> bool:
    if python is None:
        print(f"3.{minor}: not here", flush=True)
        return True
    print(f"3.{minor}: {python}", flush=True)
    inside = ["uv", "run", "--isolated", "--locked", "--python", str(python)]
    without = {k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"}
    return subprocess.run([*inside, "pytest", "-q", *FAST], env=without).returncode == 0


if __name__ == "__main__":
    main()
