"""Is a key or a token among the committed files?  `uv run python -m tools.leaks`"""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from detect_secrets import SecretsCollection
from detect_secrets.settings import transient_settings

from tools.lock import ROOT

KINDS = [
    *("PrivateKeyDetector", "AWSKeyDetector", "AzureStorageKeyDetector", "GitHubTokenDetector"),
    *("GitLabTokenDetector", "JwtTokenDetector", "NpmDetector", "PypiTokenDetector"),
    *("SlackDetector", "StripeDetector", "SendGridDetector", "TwilioKeyDetector"),
]
"""What has a shape of its own; guesses by entropy would find every hash in uv.lock."""


def leaks(files: Iterable[Path]) -> list[str]:
    """Where something has the shape of a secret, and of which; never the secret."""
    found = SecretsCollection()
    with transient_settings({"plugins_used": [{"name": kind} for kind in KINDS]}):
        for file in files:
            found.scan_file(str(file))
    return sorted(f"{name}:{secret.line_number}: {secret.type}" for name, secret in found)


def committed() -> list[Path]:
    answer = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    paths = [ROOT / name for name in answer.stdout.split("\0") if name and name != "uv.lock"]
    return [path for path in paths if path.is_file()]


def main() -> int:
    files = committed()
    found = leaks(files)
    print(*found, f"{len(files)} files read, {len(found)} with a secret", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
