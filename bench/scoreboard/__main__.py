"""`uv run python -m bench.scoreboard` writes the table from what was measured last.

`--run sync,ui` measures those anew first, `--run all` everything: an hour or so. Let nothing else
work on the machine meanwhile.
"""

import argparse

from bench.scoreboard.measuring import BENCHES, measure
from bench.scoreboard.page import write


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.scoreboard", description=__doc__)
    parser.add_argument("--run", default="", help=f"of {', '.join(BENCHES)}, with commas; or all")
    named = parser.parse_args().run
    for name in BENCHES if named == "all" else filter(None, named.split(",")):
        measure(name)
    write()


if __name__ == "__main__":
    main()
