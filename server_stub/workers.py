"""Several processes that are one server: replaced when they die, and one to Prometheus.

Each keeps its counts in files of `PROMETHEUS_MULTIPROC_DIR`, and whichever is asked adds them up.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from prometheus_client import CollectorRegistry, multiprocess
from uvicorn.supervisors import Multiprocess

FOLDER = "PROMETHEUS_MULTIPROC_DIR"


class Workers(Multiprocess):
    """uvicorn's, except that one that dies while it is asked how it is is replaced at once.

    It is asked through a pipe. uvicorn keeps the worker's end open as well, never hears that it
    was closed, and waits for an answer as long as it would for a worker that starts.
    """

    def keep_subprocess_alive(self) -> None:
        for worker in self.processes:
            worker.child_conn.close()
        super().keep_subprocess_alive()


@contextmanager
def counting_together() -> Iterator[None]:
    """A folder where each keeps its counts, gone with the last of them."""
    with TemporaryDirectory(prefix="fieldkit-metrics-") as folder:
        os.environ[FOLDER] = folder
        yield


def counted_together() -> CollectorRegistry | None:
    """What all workers counted, those that have ended too; None where there is one alone."""
    folder = os.environ.get(FOLDER)
    if folder is None:
        return None
    _close_what_was_open(Path(folder))
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _close_what_was_open(folder: Path) -> None:
    """Nothing of a worker that has ended is open any more; a killed one could not say so itself."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        if not _is_alive(pid):
            multiprocess.mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):  # nobody's, or somebody else's by now
        return False
    return True
