"""Looking at a picture in a process of its own, with so much memory and time and no more.

Whatever a picture does to the decoder, it does it there: without the server's secrets, and
without taking the server along.
"""

import os
import resource
import subprocess
import sys
from signal import SIGKILL
from typing import Final

from server_stub.photos.check import thumbnail_of

MOST_MEMORY: Final = 640 * 2**20
"""Enough for 64 progressive megapixels, which are kept whole while they are unpacked."""
MOST_CPU_S: Final = 10
"""Most pictures need a fraction of one. A small file can ask for hours: scans upon scans."""
GIVEN_UP_S: Final = 120
NO_PICTURE: Final = os.EX_DATAERR


class CannotLook(Exception):
    """It says nothing about the picture."""


def thumbnail_apart(
    content: bytes, *, most_memory: int = MOST_MEMORY, most_cpu_s: int = MOST_CPU_S
) -> bytes | None:
    """`thumbnail_of`; None as well for a picture that needs more than this, or ends the process.

    Raises CannotLook where that process could not do its work.
    """
    command = [sys.executable, "-m", __name__, str(most_memory), str(most_cpu_s)]
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    try:
        done = subprocess.run(
            command,
            input=content,
            env=environment,
            capture_output=True,
            timeout=GIVEN_UP_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotLook(type(error).__name__) from error
    if done.returncode == 0:
        return done.stdout
    if done.returncode in {1, -SIGKILL}:
        raise CannotLook(f"status {done.returncode}")
    return None


def main() -> int:
    most_memory, most_cpu_s = map(int, sys.argv[1:])
    resource.setrlimit(resource.RLIMIT_CPU, (most_cpu_s, most_cpu_s + 1))
    if sys.platform == "linux":  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (most_memory, most_memory))
    try:
        small = thumbnail_of(sys.stdin.buffer.read())
    except MemoryError:
        return NO_PICTURE
    if small is None:
        return NO_PICTURE
    sys.stdout.buffer.write(small)
    return 0


if __name__ == "__main__":
    sys.exit(main())
