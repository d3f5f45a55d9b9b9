"""Running a bench, and keeping what it printed with when, where and how."""

import datetime as dt
import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.figures import Figure

KEPT = Path(__file__).parent / "figures"

BENCHES: dict[str, tuple[str, str]] = {
    "sync": ("Performance", "bench.sync --large"),
    "ui": ("Performance", "bench.ui"),
    "photos": ("Performance", "bench.photos"),
    "load": ("Performance", "bench.load"),
    "scale": ("Performance", "bench.scale"),
    "backfill": ("Performance", "bench.backfill"),
    "sim": ("Reliability", "bench.sim --seeds 60 --from 1000"),
    "mutants": ("Reliability", "bench.sim mutants"),
    "storm": ("Reliability", "bench.storm --seconds 60"),
    "failover": ("Reliability", "bench.failover --rounds 5"),
    "attacks": ("Security", "bench.attacks"),
}
"""What each is about, and how it is run."""


@dataclass(frozen=True)
class Measured:
    """One run of one bench."""

    bench: str
    measured_on: str
    machine: str
    figures: list[Figure]

    @property
    def about(self) -> str:
        return BENCHES[self.bench][0]

    @property
    def command(self) -> str:
        return f"uv run python -m {BENCHES[self.bench][1]}"


def measure(name: str) -> None:
    """Run a bench and keep its figures; one that fails keeps those it printed, and is told."""
    command = [sys.executable, "-m", *BENCHES[name][1].split()]
    print(name, flush=True)
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if ran.returncode:
        print(f"{name} ended with {ran.returncode}", file=sys.stderr)
    printed = [line for line in ran.stdout.splitlines() if line.startswith('{"what"')]
    figures = [Figure(**json.loads(line)) for line in printed]
    if figures:
        today = dt.datetime.now(dt.UTC).date().isoformat()
        told = asdict(Measured(name, today, machine(), figures))
        KEPT.mkdir(exist_ok=True)
        (KEPT / f"{name}.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")


def kept() -> list[Measured]:
    """The last run of every bench that was ever run, in the order above."""
    found = []
    for name in BENCHES:
        if (file := KEPT / f"{name}.json").exists():
            told = json.loads(file.read_text("utf-8"))
            figures = [Figure(**each) for each in told.pop("figures")]
            found.append(Measured(**told, figures=figures))
    return found


def machine() -> str:
    release = ".".join(platform.release().split(".")[:2])
    python = ".".join(platform.python_version_tuple()[:2])
    return f"{os.cpu_count()} cores, {platform.system()} {release}, Python {python}"
