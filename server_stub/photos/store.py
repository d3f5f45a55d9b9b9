"""Where photos stay for good: a folder of files that are on the disk before anybody is told so."""

import os
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4


@dataclass(frozen=True)
class Photo:
    """One picture of one organization: the same bytes of another one are another photo."""

    organization_id: UUID | None
    sha256: str

    @property
    def key(self) -> str:
        return f"{self._tenant}/photo/{self.sha256[:2]}/{self.sha256}"

    @property
    def thumb_key(self) -> str:
        return f"{self._tenant}/thumb/{self.sha256[:2]}/{self.sha256}"

    @property
    def _tenant(self) -> str:
        return str(self.organization_id) if self.organization_id else "none"


class PhotoStore:
    """Files below one folder. A key is written once and never changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has(self, key: str) -> bool:
        return self._path(key).exists()

    def size(self, key: str) -> int:
        return self._path(key).stat().st_size

    def read(self, key: str) -> bytes | None:
        """None where there is nothing under this key."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            return None

    def take(self, key: str, file: Path) -> None:
        """Move a file in; when this returns, it survives a power cut."""
        target = self._path(key)
        _make(target.parent)
        with file.open("rb") as content:
            os.fsync(content.fileno())
        file.replace(target)
        _sync(target.parent)
        _sync(file.parent)

    def put(self, key: str, content: bytes) -> None:
        """Write content under a key, whole or not at all."""
        target = self._path(key)
        _make(target.parent)
        partial = target.with_suffix(f".{uuid4()}.part")
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
        _sync(target.parent)

    def drop(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / key


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
