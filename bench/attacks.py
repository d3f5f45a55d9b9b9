"""`uv run python -m bench.attacks`: the attack tests, counted."""

import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from bench.figures import Figure, report

TESTS = ("tests/security", "tests/server/test_auth.py", "tests/server/test_doors_*.py")
ROOT = Path(__file__).parent.parent


def main() -> None:
    files = [str(file) for pattern in TESTS for file in sorted(ROOT.glob(pattern))]
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.xml"
        subprocess.run([sys.executable, "-m", "pytest", "-q", f"--junitxml={told}", *files])
        suite = ElementTree.parse(told).getroot()[0]
    number = {key: int(suite.attrib[key]) for key in ("tests", "failures", "errors", "skipped")}
    report(
        [
            Figure("attacks tried", number["tests"] - number["skipped"], ""),
            Figure("attacks that succeeded", number["failures"] + number["errors"], "", target="0"),
        ]
    )


if __name__ == "__main__":
    main()
