"""The demo's child processes: started, watched, started again when they die, stopped with us."""

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

STOP_WITHIN_S = 10
VAIN_STARTS = 6
VAIN_WITHIN_S = 30
PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One program of the demo. Its output goes to a log file."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    starts: list[float] = field(default_factory=list, init=False)

    def start(self) -> None:
        self.starts.append(time.monotonic())
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                list(self.command),
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the demo, which then stops its children
                preexec_fn=_ending_with_parent(),
            )

    def has_died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def keeps_dying(self) -> bool:
        """Whether it is down, after so many starts in so short a time that another is in vain."""
        recent = [at for at in self.starts if time.monotonic() - at < VAIN_WITHIN_S]
        return self.has_died() and len(recent) >= VAIN_STARTS

    def stop(self) -> None:
        """End it politely, then firmly."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "It said nothing."


def wait_until(is_ready: Callable[[], bool], within_s: float) -> bool:
    """Ask until it is so, or the time is up."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if is_ready():
            return True
        time.sleep(0.1)
    return False


def raise_on_signals() -> None:
    """Let SIGTERM end the demo the way Ctrl-C does, and Ctrl-C also where a shell ignores it."""

    def end(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)


def output(stream: IO[str], sentence: str) -> None:
    stream.write(sentence + "\n")
    stream.flush()


def _ending_with_parent() -> Callable[[], None] | None:
    """On Linux, what makes the child get SIGTERM when the demo dies, however it dies."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
