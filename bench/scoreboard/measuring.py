"""Running a bench, and keeping what it printed with when, where and how."""

import datetime as dt
import json
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple

from bench.figures import Figure
from server_stub.demo.postgres_install import find_programs

KEPT = Path(__file__).parent / "figures"

INTERRUPTED_S = 20
"""How long a bench that is over its time may take to tidy up."""


class Bench(NamedTuple):
    """What it is about, how it is run, and when it has taken too long."""

    about: str
    command: str
    minutes: float = 20


BENCHES: dict[str, Bench] = {
    "sync": Bench("Performance", "bench.sync --large"),
    "ui": Bench("Performance", "bench.ui"),
    "photos": Bench("Performance", "bench.photos"),
    "load": Bench("Performance", "bench.load", 40),
    "soak": Bench("Performance", "bench.load --soak --devices 1000", 80),
    "scale": Bench("Performance", "bench.scale"),
    "backfill": Bench("Performance", "bench.backfill"),
    "sim": Bench("Reliability", "bench.sim --seeds 60 --from 1000"),
    "mutants": Bench("Reliability", "bench.sim mutants"),
    "storm": Bench("Reliability", "bench.storm --seconds 60"),
    "failover": Bench("Reliability", "bench.failover --rounds 5"),
    "attacks": Bench("Security", "bench.attacks"),
}


@dataclass(frozen=True)
class Measured:
    """One run of one bench. `failure`: how it ended, where that was not as it should."""

    bench: str
    measured_on: str
    machine: str
    figures: list[Figure]
    failure: str = ""

    @property
    def about(self) -> str:
        return BENCHES[self.bench].about

    @property
    def command(self) -> str:
        return f"uv run python -m {BENCHES[self.bench].command}"


def measure(name: str) -> Measured:
    """Run a bench and keep its figures; one that fails keeps those it printed, and that it did."""
    print(name, flush=True)
    command = [sys.executable, "-m", *BENCHES[name].command.split()]
    printed, failure = run(command, BENCHES[name].minutes)
    if failure:
        print(f"{name} {failure}. It printed:\n{printed}", file=sys.stderr)
    lines = [line for line in printed.splitlines() if line.startswith('{"what"')]
    figures = [Figure(**json.loads(line)) for line in lines]
    today = dt.datetime.now(dt.UTC).date().isoformat()
    measured = Measured(name, today, machine(), figures, failure)
    KEPT.mkdir(exist_ok=True)
    (KEPT / f"{name}.json").write_text(json.dumps(asdict(measured), indent=1) + "\n", "utf-8")
    return measured


def run(command: Sequence[str], minutes: float) -> tuple[str, str]:
    """What a command printed, and how it failed; nothing that it started in its group is left."""
    with TemporaryFile("w+", encoding="utf-8") as printed:
        process = subprocess.Popen(command, stdout=printed, start_new_session=True)
        failure = ""
        try:
            if code := process.wait(minutes * 60):
                failure = f"ended with {code}"
        except subprocess.TimeoutExpired:
            failure = f"was stopped after {minutes:g} minutes"
        finally:
            _end_group(process)
        printed.seek(0)
        return printed.read(), failure


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Like Ctrl-C, upon which a bench stops its servers and clears its folders; then firmly."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(INTERRUPTED_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


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
    return (
        f"{os.cpu_count()} cores, {platform.system()} {release}, Python {python}, "
        f"PostgreSQL {_postgres_version()}"
    )


def _postgres_version() -> str:
    said = subprocess.check_output([find_programs() / "postgres", "--version"], text=True)
    return said.split()[-1]
