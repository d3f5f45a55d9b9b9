"""Stopping a device at any point, and looking at what it left on the disk."""

import hashlib
import os
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from sqlmodel import select as query

from field_app.store.engine import FILE_NAME, Store
from field_app.store.photo_files import PhotoFiles
from field_app.store.settings import Setting
from field_app.store.tables import EventIssueRow, OutboxRow, PhotoRow, StaffAssignmentRow
from tests.support.field import a_shift, a_store, an_event

STEPS = (
    "openat,pwrite64,write,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,"
    "ftruncate,mkdir,mkdirat,fallocate"
)
"""The system calls that change files."""


@dataclass
class Told:
    """What the person at the device was told before it stopped."""

    saved: list[UUID] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    exit_code: int = 0
    steps: int = 0


class Zygote:
    """The victim's program, with its imports done; every device is a fork of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._program = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.victim"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        self._program.communicate()

    @contextmanager
    def device(self, folder: Path, reports: int, manner: str = "careful") -> Iterator["Device"]:
        address = str(self._folder / "told")
        Path(address).unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
            listening.bind(address)
            listening.listen(1)
            assert self._program.stdin is not None
            self._program.stdin.write(f"{folder} {address} {reports} {manner}\n")
            self._program.stdin.flush()
            device = Device(self._line(), listening)
            try:
                yield device
            finally:
                device.told.exit_code = self._line()

    def _line(self) -> int:
        assert self._program.stdout is not None
        return int(self._program.stdout.readline())


class Device:
    """One fork, stopped before its first step."""

    def __init__(self, pid: int, listening: socket.socket) -> None:
        self.pid = pid
        self.told = Told()
        self._listening = listening
        self._connection: socket.socket | None = None
        self._buffer = b""

    def go(self) -> None:
        os.kill(self.pid, signal.SIGCONT)
        self._connection, _ = self._listening.accept()

    def listen(self, until: int | None = None) -> None:
        """Hear what it says until it ends, or has said so many things."""
        assert self._connection is not None
        while until is None or self._heard < until:
            chunk = self._connection.recv(65536)
            if not chunk:
                return
            self._hear(chunk)

    def listen_on(self) -> None:
        """Hear what has been said already, without waiting."""
        assert self._connection is not None
        while select.select([self._connection], [], [], 0)[0]:
            chunk = self._connection.recv(65536)
            if not chunk:
                return
            self._hear(chunk)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    @property
    def _heard(self) -> int:
        return len(self.told.saved) + len(self.told.refused)

    def _hear(self, chunk: bytes) -> None:
        *lines, self._buffer = (self._buffer + chunk).split(b"\n")
        for line in lines:
            kind, _, rest = line.decode().partition(" ")
            if kind == "saved":
                self.told.saved.append(UUID(rest))
            else:
                self.told.refused.append(rest)


def a_device_folder(folder: Path) -> None:
    """A device that has synced once: it knows one event and one shift."""
    a_store(folder, an_event(), a_shift()).close()


def traced(zygote: Zygote, folder: Path, log: Path, inject: str | None, reports: int = 4) -> Told:
    """Let a device work under strace, which breaks one system call where `inject` says so."""
    with zygote.device(folder, reports) as device:
        command = ["strace", "-o", str(log), "-e", f"trace={STEPS}", "-p", str(device.pid)]
        if inject:
            command += ["-e", f"inject={STEPS}:{inject}"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
            assert tracer.stderr is not None
            assert "attached" in tracer.stderr.readline()
            device.go()
            device.listen()
            device.close()
    told = device.told
    told.steps = sum(1 for line in log.read_text().splitlines() if "(" in line)
    return told


def losses(folder: Path, told: Told) -> list[str]:
    """What a device broke of its promises, in words; empty where it kept them all."""
    check = sqlite3.connect(folder / FILE_NAME)
    healthy = check.execute("PRAGMA integrity_check").fetchone()[0]
    check.close()
    found = [] if healthy == "ok" else [f"the file is damaged: {healthy}"]
    store, files = Store(folder), PhotoFiles(folder / "photos")
    rows = {row.operation_id: row for row in store.read(lambda s: s.exec(query(OutboxRow)).all())}
    issues = {row.id for row in store.read(lambda s: s.exec(query(EventIssueRow)).all())}
    photos = store.read(lambda s: s.exec(query(PhotoRow)).all())
    cursor = store.get_setting(Setting.CURSOR)
    shifts = store.read(lambda s: s.exec(query(StaffAssignmentRow)).all())
    store.close()
    settled = {row.status == "applied" for row in rows.values()}
    if cursor is None and (True in settled or not shifts):
        found.append("a part of an answer was taken in without its cursor")
    if cursor is not None and (False in settled or shifts):
        found.append("the cursor of an answer was taken in without all of it")
    found += [f"saved and lost: {each}" for each in told.saved if each not in rows]
    if {row.target_id for row in rows.values()} != issues:
        found.append("what is queued and what is shown differ")
    for photo in photos:
        content = files.read(photo.sha256)
        if content is None or hashlib.sha256(content).hexdigest() != photo.sha256:
            found.append(f"photo not whole: {photo.sha256}")
    return found


def needs(program: str) -> str | None:
    """Why a test cannot run here, or None."""
    return None if shutil.which(program) else f"no {program} on PATH"
