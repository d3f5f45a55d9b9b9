"""Writes docs/licences.md: whose work ships with ours, and under which licence.

`uv run python -m tools.licences`; it fails where a licence is unknown, or not one we may ship.
"""

import importlib.metadata
import sys
from email.message import Message

from tools import lock
from tools.lock import PARTS, ROOT, Package

PAGE = ROOT / "docs" / "licences.md"
PERMISSIVE = {
    *("MIT", "MIT-0", "MIT-CMU", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Apache-2.0"),
    *("PSF-2.0", "MPL-2.0"),
}
ALLOWED = {"client": PERMISSIVE, "server": PERMISSIVE | {"LGPL-3.0-only"}}
"""The server may use libraries under the LGPL; in a phone's package nobody could exchange them."""
READ_BY_US = {
    "colorama": "BSD-3-Clause",  # on Windows alone, so that it may not be installed here
    "flet-secure-storage": "Apache-2.0",  # its LICENSE file; its metadata says nothing
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",  # says "Dual License"
    "uvloop": "MIT OR Apache-2.0",  # not on Windows, so that it may not be installed here
    "segno": "BSD-3-Clause",  # its classifier does not say which BSD
}
CLASSIFIED = {
    "MIT License": "MIT",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}


def licence(name: str) -> str | None:
    """As an SPDX expression; None where nothing says it."""
    if name in READ_BY_US:
        return READ_BY_US[name]
    try:
        return declared(importlib.metadata.metadata(name))
    except importlib.metadata.PackageNotFoundError:
        return None


def declared(metadata: "Message[str, str] | importlib.metadata.PackageMetadata") -> str | None:
    """What a package says of itself: an expression, a word, or a classifier."""
    said = metadata.get_all("License-Expression", []) + metadata.get_all("License", [])
    for each in map(str, said):
        if _terms(each) <= PERMISSIVE | ALLOWED["server"]:
            return each
    kinds = [str(each).split(" :: ")[-1] for each in metadata.get_all("Classifier", [])]
    classified = [CLASSIFIED[each] for each in kinds if each in CLASSIFIED]
    return next(iter([*classified, *map(str, said)]), None)


def is_allowed(expression: str, part: str) -> bool:
    """Of alternatives one is enough, of what counts together each."""
    ways = expression.replace("(", "").replace(")", "").split(" OR ")
    return any(_terms(way) <= ALLOWED[part] for way in ways)


def faults(part: str, packages: list[Package]) -> list[str]:
    found = []
    for each in packages:
        expression = licence(each.name)
        if expression is None:
            found.append(f"{each.name}: no licence is known")
        elif not is_allowed(expression, part):
            found.append(f"{each.name}: {expression} may not ship in the {part}")
    return found


def page(packages: dict[str, list[Package]]) -> str:
    rows = [
        f"| [{each.name}](https://pypi.org/project/{each.name}/) | {each.version} "
        f"| {licence(each.name) or 'UNKNOWN'} | {'yes' if each in packages['client'] else ''} |"
        for each in packages["server"]
    ]
    return "\n".join(
        [
            "# Licences",
            "",
            "What ships with Fieldkit, by others. The server has all of these, the app those",
            "that are marked; on phones Flet's own builds may be of other versions. Written by",
            "`uv run python -m tools.licences`, which also says which licences may ship and why.",
            "",
            "| package | version | licence | in the app |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _terms(expression: str) -> set[str]:
    return {each.strip() for way in expression.split(" OR ") for each in way.split(" AND ")}


def main() -> int:
    whole = lock.read()
    packages = {part: lock.shipped(part, whole) for part in PARTS}
    PAGE.write_text(page(packages))
    found = [fault for part in PARTS for fault in faults(part, packages[part])]
    for each in packages["server"]:
        print(f"{each.name:24} {each.version:14} {licence(each.name)}")
    print(*found, f"{len(packages['server'])} packages, {len(found)} faults", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
