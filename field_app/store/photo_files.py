"""Photos as files beside the database: written whole, on the disk before anything names them."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from field_app.store.engine import CannotSave
from field_app.store.photo_intake import Picture
from field_app.store.private import only_mine

FULL = "This device's storage is full. Free some space and try again: nothing was lost."


class PhotoFiles:
    """`{sha256}.jpg` and `{sha256}.thumb.jpg` in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for partial in folder.glob("*.part"):  # a crash in the middle of a photo
            partial.unlink(missing_ok=True)

    def save(self, picture: Picture) -> None:
        """When this returns, the photo survives a flat battery. Raises CannotSave."""
        with _in_words():
            self._write(self.path(picture.sha256), picture.jpeg)
            self._write(self._thumb(picture.sha256), picture.thumb)

    def keep_thumb(self, sha256: str, thumb: bytes) -> None:
        """A thumbnail that came from the office. Raises CannotSave."""
        with _in_words():
            self._write(self._thumb(sha256), thumb)

    def path(self, sha256: str) -> Path:
        return self._folder / f"{sha256}.jpg"

    def read(self, sha256: str, *, thumb: bool = False) -> bytes | None:
        """None where this device does not hold it."""
        try:
            return (self._thumb(sha256) if thumb else self.path(sha256)).read_bytes()
        except FileNotFoundError:
            return None

    def drop(self, sha256: str) -> None:
        """Free the room of a photo; its thumbnail stays."""
        self.path(sha256).unlink(missing_ok=True)

    def forget(self, besides: set[str]) -> None:
        """Take every photo and thumbnail off this device but these."""
        for file in self._folder.glob("*.jpg"):
            if file.name.partition(".")[0] not in besides:
                file.unlink(missing_ok=True)

    def _thumb(self, sha256: str) -> Path:
        return self._folder / f"{sha256}.thumb.jpg"

    def _write(self, target: Path, content: bytes) -> None:
        if target.exists():
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = target.with_suffix(f".{uuid4()}.part")
        try:
            with open(partial, "wb", opener=only_mine) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
            self._sync_folder()
        except OSError:
            # Whether the name is on the disk is not known now: the next try writes it again.
            partial.unlink(missing_ok=True)
            target.unlink(missing_ok=True)
            raise

    def _sync_folder(self) -> None:
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise CannotSave(FULL) from error
        raise CannotSave("This device could not save it. Nothing was lost; try again.") from error
