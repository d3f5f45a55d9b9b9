"""Photos in a folder of this machine, on the disk before anybody is told so."""

import os
from pathlib import Path
from uuid import uuid4


class FolderStore:
    """Files below one folder, each at its key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, key: str, content: Path | bytes) -> None:
        target = self._path(key)
        _make(target.parent)
        if isinstance(content, bytes):
            partial = target.with_suffix(f".{uuid4()}.part")
            partial.write_bytes(content)
            self._move_in(partial, target)
        else:
            self._move_in(content, target)
            _sync(content.parent)

    def size(self, key: str) -> int | None:
        try:
            return self._path(key).stat().st_size
        except FileNotFoundError:
            return None

    def read(self, key: str) -> bytes | None:
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            return None

    def url(self, key: str) -> str | None:  # noqa: ARG002
        return None

    def drop(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / key

    def _move_in(self, file: Path, target: Path) -> None:
        with file.open("rb") as content:
            os.fsync(content.fileno())
        file.replace(target)
        _sync(target.parent)


def _make(folder: Path) -> None:
    """A folder and its parents, each entry on the disk."""
    if folder.exists():
        return
    _make(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
