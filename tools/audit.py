"""Are there known holes in what the lock names?  `uv run python -m tools.audit`

Asks OSV about every package of uv.lock. It passes only if something was audited: the source has to
know a hole that is certainly there, and every package has to have been asked about. It ends with 0,
with 1 for a hole or an audit that cannot be believed, and with 2 if nobody could be asked.
"""

import argparse
import json
import subprocess
import sys
from typing import Any

import httpx

from tools import lock
from tools.lock import ROOT

SOURCE = "https://api.osv.dev"
KNOWN_HOLE = {"package": {"name": "pillow", "ecosystem": "PyPI"}, "version": "8.0.0"}
"""A source that finds nothing here knows nothing."""
NOTHING = "Nothing was audited:"
PATIENCE_S = 20
AUDIT = ["uv", "audit", "--quiet", "--frozen", "--output-format", "json"]
PREVIEW = ["--preview-features", "audit-command,json-output"]


class NotAuditedError(Exception):
    """An audit that did not take place; `exit_code` tells why."""

    def __init__(self, why: str, exit_code: int) -> None:
        super().__init__(f"{NOTHING} {why}.")
        self.exit_code = exit_code


def probe(source: str) -> None:
    """Whether the source answers, and knows a hole that is certainly there."""
    try:
        answer = httpx.post(
            f"{source}/v1/querybatch", json={"queries": [KNOWN_HOLE]}, timeout=PATIENCE_S
        )
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise NotAuditedError(f"{source} cannot be asked ({error})", 2) from error
    try:
        knows = bool(answer.json()["results"][0].get("vulns"))
    except (ValueError, LookupError, AttributeError, TypeError):
        knows = False
    if not knows:
        raise NotAuditedError(f"{source} does not know a hole that is known to all", 1)


def audited(source: str, packages: int) -> list[dict[str, Any]]:
    """The holes that were found, all packages having been asked about."""
    answer = subprocess.run(
        [*AUDIT, *PREVIEW, "--service-url", source],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        said = json.loads(answer.stdout)
        asked = int(said["summary"]["audited_packages"])
        holes = [*said["vulnerabilities"], *said["adverse_statuses"]]
    except (ValueError, LookupError, TypeError) as error:
        why = answer.stderr.strip() or answer.stdout.strip() or "uv said nothing"
        raise NotAuditedError(f"uv audit gave no answer ({why})", 1) from error
    if asked < packages or (answer.returncode and not holes):
        raise NotAuditedError(f"{asked} of {packages} packages were asked about", 1)
    return holes


def audit(source: str) -> int:
    packages = len(lock.read()) - 1
    try:
        probe(source)
        holes = audited(source, packages)
    except NotAuditedError as error:
        print(error)
        return error.exit_code
    for hole in holes:
        print(json.dumps(hole))
    print(f"{packages} packages were audited: {len(holes) or 'no'} known holes")
    return 1 if holes else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools.audit", description=__doc__)
    parser.add_argument("--source", default=SOURCE, help="an OSV database (%(default)s)")
    return audit(parser.parse_args().source)


if __name__ == "__main__":
    sys.exit(main())
