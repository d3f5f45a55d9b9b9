"""`uv run python -m bench.scoreboard` writes the table from what was measured last.

`--run sync,ui` measures those anew first, `--run all` everything: an hour or so. Let nothing else
work on the machine meanwhile. Ends with 1 where a bench failed or was stopped for taking too long.
"""

import argparse
import sys

from bench.scoreboard.measuring import BENCHES, measure
from bench.scoreboard.page import write


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.scoreboard", description=__doc__)
    parser.add_argument("--run", default="", help=f"of {', '.join(BENCHES)}, with commas; or all")
    named = parser.parse_args().run
    names = list(BENCHES) if named == "all" else [each for each in named.split(",") if each]
    if unknown := set(names) - set(BENCHES):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    runs = [measure(name) for name in names]
    write()
    sys.exit(any(run.failure for run in runs))


if __name__ == "__main__":
    main()
