"""Watching processes from the tests."""

import psutil


def has_ended(process: psutil.Process) -> bool:
    """Whether it is gone, or a zombie that only waits for its foster parent to notice."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
