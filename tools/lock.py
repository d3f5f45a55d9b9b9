"""What uv.lock holds: every package with its hashes, and which of them ship.

`uv run python -m tools.lock` fails where one has no hash, or comes from elsewhere than the index.
"""

import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
INDEX = "https://pypi.org/simple"
PROJECT = "fieldkit"
PARTS = {"client": [], "server": ["server"]}
"""What is given to others, with the extras that each takes."""

Locked = dict[str, Any]


@dataclass(frozen=True, order=True)
class Package:
    name: str
    version: str


def read(text: str | None = None) -> list[Locked]:
    """Every package of the lock, as it stands there."""
    whole = (ROOT / "uv.lock").read_text() if text is None else text
    packages: list[Locked] = tomllib.loads(whole)["package"]
    return packages


def shipped(part: str, lock: list[Locked]) -> list[Package]:
    """All that a part installs, on any platform: the lock's graph walked from the project."""
    by_name = {each["name"]: each for each in lock}
    found: set[str] = set()
    waiting = [(PROJECT, extra) for extra in ["", *PARTS[part]]]
    seen = set(waiting)
    while waiting:
        name, extra = waiting.pop()
        found.add(name)
        for need in _needs(by_name[name], extra):
            nodes = {(need["name"], each) for each in ["", *need.get("extra", [])]}
            waiting += nodes - seen
            seen |= nodes
    names = found - {PROJECT}
    return sorted(Package(name, by_name[name]["version"]) for name in names)


def faults(lock: list[Locked]) -> list[str]:
    """Sentences about what does not come from the index, or could be exchanged unnoticed."""
    return [fault for each in lock if each["name"] != PROJECT for fault in _faults(each)]


def _needs(package: Locked, extra: str) -> Iterable[Locked]:
    if not extra:
        return package.get("dependencies", [])
    return package.get("optional-dependencies", {}).get(extra, [])


def _faults(package: Locked) -> Iterable[str]:
    name = f"{package['name']} {package.get('version', '')}"
    if package["source"] != {"registry": INDEX}:
        yield f"{name} does not come from {INDEX}, but from {package['source']}"
    files = [*package.get("wheels", []), *filter(None, [package.get("sdist")])]
    if not files:
        yield f"{name} has no file"
    for file in files:
        if not str(file.get("hash", "")).startswith("sha256:"):
            yield f"{name} has a file without a hash: {file.get('url')}"


def main() -> int:
    lock = read()
    found = faults(lock)
    print(*found, f"{len(lock) - 1} packages in uv.lock, {len(found)} faults", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
