"""The demo's data folder: made or found, kept for one demo at a time, wiped only if it is ours."""

import contextlib
import fcntl
import json
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import IO

MARK = "field-demo.json"
"""Says that a folder is the demo's, which ports it uses, and is locked while a demo runs."""

PORTS = ("postgres", "server")


class DemoError(Exception):
    """The message is a sentence for whoever started the demo."""


@contextlib.contextmanager
def claimed(folder: Path, *, reset: bool) -> Iterator[dict[str, int]]:
    """Hold the folder for us alone; gives the ports of its parts. Raises DemoError."""
    with contextlib.ExitStack() as held:
        try:
            mark = held.enter_context(_marked(folder).open("a+"))
            _lock(mark, folder)
            if reset:
                _empty(folder)
            ports = _ports(mark, folder, reset=reset)
        except OSError as error:
            raise DemoError(f"The folder {folder} cannot be used: {error.strerror}.") from None
        yield ports


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _marked(folder: Path) -> Path:
    """The mark's path, in a folder that exists and is ours or empty."""
    mark = folder / MARK
    if folder.exists() and not mark.exists() and any(folder.iterdir()):
        raise DemoError(
            f"The folder {folder} holds something that is not a demo. Choose another with "
            "--data-dir, or remove it."
        )
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    return mark


def _lock(mark: IO[str], folder: Path) -> None:
    try:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DemoError(
            f"A demo is already running in {folder}. Stop it first, or choose another folder "
            "with --data-dir."
        ) from None


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != MARK:
            entry.unlink()


def _ports(mark: IO[str], folder: Path, *, reset: bool) -> dict[str, int]:
    """The remembered ports, as far as they are free; what is chosen anew is remembered."""
    mark.seek(0)
    kept = mark.read()
    try:
        remembered = json.loads(kept) if kept and not reset else {}
        ports = {name: int(remembered.get(name, 0)) for name in PORTS}
    except (ValueError, TypeError, AttributeError):
        raise DemoError(f"The folder {folder} is damaged. Start anew with --reset.") from None
    ports = {name: port if port and is_free(port) else _free_port() for name, port in ports.items()}
    mark.truncate(0)
    mark.write(json.dumps(ports | {"pid": os.getpid()}))
    mark.flush()
    return ports


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
