"""`sync-server serve` as a process of its own, and what it logged."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import IO, Any

import httpx
import psutil

from server_stub.demo.children import wait_until

RUNNING = re.compile(r"running on (http://[\d.:]+)")


@dataclass
class Served:
    """A running server. `lines` is complete once it has ended."""

    process: subprocess.Popen[str]
    url: str = ""
    lines: list[dict[str, Any]] = field(default_factory=list)
    text: str = ""


@contextmanager
def serve(
    database_url: str, *words: str, code: Path | None = None, **environment: str
) -> Iterator[Served]:
    """Wait until it says where it listens; whatever is left at the end is killed.

    `code`: where a copy of the server's code is that is to be run instead of this one.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "server_stub.cli", "serve", "--port", "0", *words],
        cwd=code,
        env=os.environ | {"DATABASE_URL": database_url} | environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    served = Served(process)
    found: Queue[str] = Queue()
    reader = Thread(target=_read, args=(process.stderr, served, found))
    reader.start()
    try:
        served.url = found.get(timeout=60)
        assert wait_until(lambda: _answers(served.url), 60)  # workers listen a moment later
        yield served
    finally:
        if process.poll() is None:
            for each in [*psutil.Process(process.pid).children(recursive=True), process]:
                each.kill()
        process.wait()
        reader.join()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").is_success
    except httpx.TransportError:
        return False


def _read(stderr: IO[str] | None, served: Served, found: "Queue[str]") -> None:
    assert stderr is not None
    with stderr:
        for line in stderr:
            served.text += line
            if line.startswith("{"):
                served.lines.append(json.loads(line))
            if match := RUNNING.search(line):
                found.put(match[1])
