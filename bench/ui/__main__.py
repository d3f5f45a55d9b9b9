"""`python -m bench.ui`: how long each list's query takes on a device that holds very much."""

import tempfile
from pathlib import Path

from bench.figures import Figure, report
from bench.ui.reading import lists
from bench.ui.shelf import fill


def main() -> list[Figure]:
    with tempfile.TemporaryDirectory() as scratch:
        store = fill(Path(scratch))
        figures = lists(store)
        store.close()
        return figures


if __name__ == "__main__":
    report(main())
