"""The battery goes: a real ext4 file system that forgets everything not synced.

`EXT4_IOC_SHUTDOWN` without flushing the log is what a power cut leaves: pages that were never
synced are gone. The control, which does not sync, must lose; else the test would prove nothing.
"""

import fcntl
import os
import random
import signal
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.crash.harness import Told, Zygote, a_device_folder, losses
from tests.support.postgres import open_folder

SHUTDOWN = 0x8004587D
WITHOUT_FLUSHING = 2
ROOM = 48 * 1024 * 1024


def cannot_mount() -> str | None:
    """Why this machine cannot cut the power of a file system, or None."""
    with open_folder() as folder:
        try:
            with mounted(a_disk(folder), folder / "mnt"):
                return None
        except (OSError, subprocess.CalledProcessError):
            return "needs to mount an ext4 image: root and loop devices"


def a_disk(folder: Path) -> Path:
    image = folder / "disk"
    with image.open("wb") as file:
        file.truncate(ROOM)
    run("mkfs.ext4", "-q", "-F", str(image))
    return image


@contextmanager
def mounted(image: Path, where: Path) -> Iterator[Path]:
    where.mkdir(exist_ok=True)
    run("mount", "-o", "loop", str(image), str(where))
    try:
        yield where
    finally:
        run("umount", str(where))


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def cut_power(where: Path) -> None:
    handle = os.open(where, os.O_RDONLY)
    try:
        fcntl.ioctl(handle, SHUTDOWN, struct.pack("I", WITHOUT_FLUSHING))
    finally:
        os.close(handle)


def until_the_battery_goes(
    zygote: Zygote, disk: Path, where: Path, after: int, manner: str
) -> Told:
    """What the device promised before the cut."""
    with mounted(disk, where):
        with zygote.device(where / "device", 10_000, manner) as device:
            device.go()
            device.listen(until=after)
            device.listen_on()
            promised = Told(list(device.told.saved), list(device.told.refused))
            cut_power(where)
            os.kill(device.pid, signal.SIGKILL)
        device.close()
    return promised


def lost_over(
    zygote: Zygote, folder: Path, cuts: int, manner: str = "careful"
) -> tuple[int, list[str]]:
    """How much was promised over so many cuts on one device, and what of it was broken."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    pick = random.Random(seed)
    disk, where = a_disk(folder), folder / "mnt"
    with mounted(disk, where):
        a_device_folder(where / "device")
    told, broken = Told(), []
    for _ in range(cuts):
        after = pick.randint(1, 40)
        told.saved += until_the_battery_goes(zygote, disk, where, after, manner).saved
        with mounted(disk, where):  # the journal is replayed here
            broken += losses(where / "device", told)
    return len(told.saved), broken


@pytest.fixture(scope="module", autouse=True)
def _can_mount() -> None:
    if reason := cannot_mount():
        pytest.skip(reason)


def test_what_was_saved_survives_a_flat_battery(
    zygote: Zygote, pytestconfig: pytest.Config
) -> None:
    with open_folder() as folder:
        cuts = 100 if pytestconfig.getoption("--long") else 4
        promised, broken = lost_over(zygote, folder, cuts)

    assert broken == []
    assert promised >= cuts


@pytest.mark.parametrize("manner", ["unsynced", "loose"])
def test_a_device_that_does_not_sync_loses_what_it_promised(zygote: Zygote, manner: str) -> None:
    with open_folder() as folder:
        _, broken = lost_over(zygote, folder, 3, manner)

    assert broken, "the cut does not bite: the test above proves nothing"
