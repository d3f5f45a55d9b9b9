"""Killed, or failed by the disk, at every system call that changes a file."""

import shutil
import signal
from pathlib import Path

import pytest

from tests.crash.harness import Told, Zygote, a_device_folder, losses, needs, traced
from tests.support.postgres import open_folder

missing = needs("strace")
pytestmark = pytest.mark.skipif(missing is not None, reason=missing or "")


STRIDES = {"signal=KILL": 4, "error=ENOSPC": 8, "error=EIO": 8}
"""Without `--long`, every so many steps."""


@pytest.mark.parametrize("fault", STRIDES)
def test_whatever_step_fails_nothing_that_was_saved_is_lost(
    zygote: Zygote, fault: str, pytestconfig: pytest.Config
) -> None:
    with open_folder() as folder:
        fresh = folder / "fresh"
        a_device_folder(fresh)
        steps = run(zygote, folder, fresh, None).steps
        assert steps > 30
        stride = 1 if pytestconfig.getoption("--long") else STRIDES[fault]
        broken = {}
        stopped = 0
        for step in range(1, steps + 1, stride):
            told = run(zygote, folder, fresh, f"{fault}:when={step}")
            stopped += told.exit_code != 0 or bool(told.refused)
            found = losses(folder / "device", told)
            if told.exit_code not in {0, -signal.SIGKILL}:
                found.append("the app fell over")
            if found:
                broken[step] = found

    assert broken == {}
    assert stopped > 8, "the faults did not bite"


def test_a_photo_is_on_the_disk_before_the_report_that_names_it(
    zygote: Zygote, tmp_path: Path
) -> None:
    with open_folder() as folder:
        fresh = folder / "fresh"
        a_device_folder(fresh)
        run(zygote, folder, fresh, None, reports=1)
        calls = (folder / "trace").read_text().splitlines()

    renamed = at(calls, "rename(", ".thumb.jpg")
    full = at(calls, "rename(", ".jpg")
    assert calls[full - 1].startswith("fsync("), "the bytes, then the name"
    assert calls[full + 2].startswith("fsync("), "the name too: a folder is synced by itself"
    queued = max(n for n, call in enumerate(calls) if call.startswith("pwrite64("))
    synced = max(n for n, call in enumerate(calls) if call.startswith(("fdatasync(", "fsync(")))
    assert full < renamed < queued < synced


def at(calls: list[str], call: str, about: str) -> int:
    return next(n for n, line in enumerate(calls) if line.startswith(call) and f'{about}"' in line)


def run(zygote: Zygote, folder: Path, fresh: Path, inject: str | None, reports: int = 3) -> Told:
    device = folder / "device"
    shutil.rmtree(device, ignore_errors=True)
    shutil.copytree(fresh, device)
    return traced(zygote, device, folder / "trace", inject, reports)
