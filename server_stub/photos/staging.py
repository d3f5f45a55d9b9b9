"""Photos on their way in: files that grow, whose size is how far an upload has come."""

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from server_stub.photos.store import Photo

KEPT_S = 7 * 24 * 3600
"""How long an upload that does not go on is kept."""


class Busy(Exception):
    """Another request is writing to this upload, in this process or another one."""


@dataclass(frozen=True)
class Staged:
    """An upload: its file, and how long it is going to be."""

    path: Path
    length: int

    @property
    def offset(self) -> int:
        """How many bytes are safely there."""
        with self.path.open("rb") as file:
            os.fsync(file.fileno())
            return os.fstat(file.fileno()).st_size

    @property
    def is_full(self) -> bool:
        return self.offset == self.length


class Staging:
    """Uploads below one folder: `{organization}/{sha256}/{length}`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, photo: Photo) -> Staged | None:
        with suppress(FileNotFoundError):
            for path in sorted(self._folder_of(photo).iterdir()):
                return Staged(path, int(path.name))
        return None

    def begin(self, photo: Photo, length: int) -> Staged:
        """The upload as far as it has come; one of another length is dropped."""
        found = self.find(photo)
        if found is not None and found.length == length:
            return found
        if found is not None:
            found.path.unlink(missing_ok=True)
        folder = self._folder_of(photo)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / str(length)
        path.touch()
        return Staged(path, length)

    def sweep(self, now: float | None = None) -> int:
        """Drop uploads that have not gone on for a week; returns how many."""
        oldest = (time.time() if now is None else now) - KEPT_S
        stale = [path for path in self._folder.glob("*/*/*") if path.stat().st_mtime < oldest]
        for path in stale:
            path.unlink(missing_ok=True)
        for folder in self._folder.glob("*/*"):
            with suppress(OSError):  # somebody has just begun there
                folder.rmdir()
        return len(stale)

    def _folder_of(self, photo: Photo) -> Path:
        return self._folder / photo.key.partition("/")[0] / photo.sha256


@contextmanager
def locked(staged: Staged) -> Iterator[FileIO]:
    """The upload's file, open at its end and unbuffered; nobody else writes to it. Raises Busy.

    The lock is the kernel's: it ends with the process, however that ends. Raises
    FileNotFoundError where the upload was finished meanwhile.
    """
    with staged.path.open("r+b", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy from error
        file.seek(0, os.SEEK_END)
        try:
            yield file
        finally:
            os.fsync(file.fileno())


def write_all(file: FileIO, content: bytes) -> None:
    """A write may take only a part, on a disk that is nearly full."""
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]


def hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
