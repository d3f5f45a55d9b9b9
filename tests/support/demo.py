"""The whole demo as a process of its own, and what tests do to its parts."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue

import httpx
import psutil

from server_stub.demo.children import wait_until

READY_WITHIN_S = 120


class Demo:
    """A running `field-demo`."""

    def __init__(self, process: "subprocess.Popen[str]", url: str) -> None:
        self.process = process
        self.url = url

    def child(self, words: str) -> psutil.Process:
        """The demo's direct child whose command line contains these words."""
        for process in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if words in " ".join(process.cmdline()):
                    return process
        raise LookupError(f"the demo has no child {words!r}")

    @property
    def server_url(self) -> str:
        command = self.child("server_stub.cli").cmdline()
        return f"http://127.0.0.1:{command[command.index('--port') + 1]}"

    @property
    def database_url(self) -> str:
        return self.child("server_stub.cli").environ()["DATABASE_URL"]

    def kill(self, words: str) -> None:
        """kill -9 a child, and wait until it is gone."""
        process = self.child(words)
        process.kill()
        process.wait(10)

    def await_app(self) -> None:
        """Wait until the app's page is served, after it was killed and started again."""
        assert wait_until(self._serves_the_app, READY_WITHIN_S)

    def _serves_the_app(self) -> bool:
        try:
            return httpx.get(self.url, timeout=5).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


@contextlib.contextmanager
def running_demo(folder: Path, port: int | None = None) -> Iterator[Demo]:
    """Start the demo and wait for its READY line; stop it as Ctrl-C does."""
    port = port or free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "server_stub.demo.main", "--no-browser"),
            *("--port", str(port), "--data-dir", str(folder)),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    try:
        yield Demo(process, _await_ready(process))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        if process.stdout:
            process.stdout.close()
        for log in ("app.log", "server.log"):
            said = (folder / log).read_text(errors="replace") if (folder / log).exists() else ""
            sys.stderr.write(f"{log}: {said[-4000:]}\n")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_ready(process: "subprocess.Popen[str]") -> str:
    """The address after READY; whatever else was said, if it never comes."""
    lines: Queue[str | None] = Queue()

    def read() -> None:
        assert process.stdout is not None
        with contextlib.suppress(ValueError):  # closed at the end of the test
            for line in process.stdout:
                sys.stderr.write(line)  # pytest shows it with a test that fails
                lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    said: list[str] = []
    while True:
        try:
            line = lines.get(timeout=READY_WITHIN_S)
        except Empty:
            raise AssertionError(f"the demo was not ready in time: {said}") from None
        if line is None:
            raise AssertionError(f"the demo ended: {said}")
        said.append(line)
        if line.startswith("READY "):
            return line.removeprefix("READY ").strip()
