"""Writes bills of materials (CycloneDX) of what ships: one of the app, one of the server.

`uv run python -m tools.sbom [FOLDER]` (dist/ unless told otherwise)
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tools import lock
from tools.licences import licence
from tools.lock import PARTS, ROOT, Package

EXPORT = ["uv", "export", "--quiet", "--frozen", "--offline", "--no-default-groups"]
FORMAT = ["--format", "cyclonedx1.5", "--preview-features", "sbom-export"]

Bill = dict[str, Any]


def bill(part: str) -> Bill:
    """As uv writes it from the lock, with the licences."""
    extras = [word for extra in PARTS[part] for word in ("--extra", extra)]
    answer = subprocess.run(
        [*EXPORT, *FORMAT, *extras], cwd=ROOT, capture_output=True, text=True, check=True
    )
    written: Bill = json.loads(answer.stdout)
    for component in written["components"]:
        expression = licence(component["name"])
        if expression:
            component["licenses"] = [{"expression": expression}]
    return written


def differences(written: Bill, packages: list[Package]) -> list[str]:
    """Sentences about what a bill misses, or names though it does not ship."""
    listed = {Package(each["name"], each["version"]) for each in written["components"]}
    ships = set(packages)
    return [
        *(f"{each.name} {each.version} ships and is not listed" for each in sorted(ships - listed)),
        *(
            f"{each.name} {each.version} is listed and does not ship"
            for each in sorted(listed - ships)
        ),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools.sbom", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "dist")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    whole, faults = lock.read(), 0
    for part in PARTS:
        written = bill(part)
        found = differences(written, lock.shipped(part, whole))
        faults += len(found)
        file = folder / f"fieldkit-{part}.cdx.json"
        file.write_text(json.dumps(written, indent=2) + "\n")
        print(*found, f"{file}: {len(written['components'])} packages", sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
