"""A spare copy of what was saved and not yet settled: lines with a checksum, beside the database.

The database is the truth. Only when its file is damaged is the journal read, and what it holds is
sent again under the same ids: what the office knows already it answers as before.
"""

import json
import logging
import os
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from field_app.store.private import only_mine

log = logging.getLogger(__name__)

FILE_NAME = "field.journal"


class Journal:
    """Lines like `1a2b3c4d {"operation": ...}`. A line that is torn or altered is passed over."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME

    def note(self, entry: dict[str, Any]) -> None:
        """Add an entry and sync it. A full disk costs the copy, never what it is a copy of."""
        try:
            with open(self._path, "ab", opener=only_mine) as file:
                file.write(_line(entry))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            log.warning("the journal could not be written: %s", error)

    def entries(self) -> list[dict[str, Any]]:
        """Everything that can be read, in the order it was written."""
        try:
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        return [entry for entry in map(_read, lines) if entry is not None]

    @property
    def size(self) -> int:
        return self._path.stat().st_size if self._path.exists() else 0

    def rewrite(self, entries: Iterable[dict[str, Any]]) -> None:
        """Start anew with these entries: whole or not at all."""
        fresh = self._path.with_suffix(".fresh")
        try:
            with open(fresh, "wb", opener=only_mine) as file:
                file.writelines(map(_line, entries))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except OSError as error:
            log.warning("the journal could not be tidied up: %s", error)


def _line(entry: dict[str, Any]) -> bytes:
    content = json.dumps(entry, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(content), content)


def _read(line: bytes) -> dict[str, Any] | None:
    checksum, _, content = line.partition(b" ")
    try:
        if int(checksum, 16) != zlib.crc32(content):
            return None
        entry = json.loads(content)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None
