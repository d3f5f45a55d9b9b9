"""The app as a process of its own, with its web view, in front of any server."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from server_stub.demo.children import wait_until
from tests.support.demo import free_port

READY_WITHIN_S = 60


class AppProcess:
    """`field-app --web` on a folder; killed and started again it is the same device."""

    def __init__(self, server_url: str, folder: Path, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._port = free_port()
        self._command = [
            *(sys.executable, "-m", "field_app.main", "--web"),
            *("--port", str(self._port), "--data-dir", str(folder), "--server", server_url),
        ]
        self.url = f"http://127.0.0.1:{self._port}/"

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, env=self._environment)
        assert wait_until(self._is_up, READY_WITHIN_S), "the app did not start"

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        self._process.wait(10)

    def _is_up(self) -> bool:
        try:
            return httpx.get(self.url, timeout=5).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


@contextmanager
def running_app(
    server_url: str, folder: Path, environment: Mapping[str, str]
) -> Iterator[AppProcess]:
    app = AppProcess(server_url, folder, environment)
    app.start()
    try:
        yield app
    finally:
        app.kill()
