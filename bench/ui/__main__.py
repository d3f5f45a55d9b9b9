"""`python -m bench.ui`: what a person waits for, on a device that holds very much."""

import asyncio
import os
import tempfile
from pathlib import Path

from bench.figures import Figure, report
from bench.ui.looping import session
from bench.ui.painting import painted
from bench.ui.reading import lists
from bench.ui.shelf import fill
from bench.ui.starting import imports, starts


def main() -> list[Figure]:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed app is compiled
    with tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryDirectory() as empty:
        folder = Path(scratch)
        store = fill(folder)
        figures = lists(store)
        store.close()
        figures += [*starts(folder), *imports()]
        figures += painted(folder, Path(empty))
        return [*figures, *asyncio.run(session(folder))]


if __name__ == "__main__":
    report(main())
