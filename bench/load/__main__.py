"""`uv run python -m bench.load` prints a JSON line for each figure, and then a table.

`--soak` works for an hour, or `--minutes`, and looks at the server's memory instead of its limits.
"""

import argparse
import random
import sys
from dataclasses import replace

from bench.figures import report
from bench.load.day import NotArrived
from bench.load.run import run
from bench.load.telling import figures, growth, is_good
from server_stub.demo.postgres import running_postgres
from tests.support.postgres import fresh_database, make_template, open_folder

HOUR_MIN = 60


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.load", description=__doc__)
    parser.add_argument("--devices", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, help="of the busiest hour (default 2)")
    parser.add_argument("--soak", action="store_true")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args()
    random.seed(given.seed)
    print(f"seed {given.seed}", file=sys.stderr)
    minutes = given.minutes or (HOUR_MIN if given.soak else 2)
    with open_folder() as folder, running_postgres(folder / "pg") as postgres:
        template = make_template(postgres)
        with fresh_database(postgres, template) as url:
            assert postgres.pid is not None
            try:
                result = run(
                    url, postgres.pid, folder, given.devices, minutes, with_ramp=not given.soak
                )
            except NotArrived as error:
                sys.exit(str(error))
    told = [*figures(result, given.devices), growth(result)]
    report([replace(each, what=f"{given.devices:,} devices: {each.what}") for each in told])
    for sentence in result.missing[:20]:
        print(sentence)
    sys.exit(0 if is_good(result) else 1)


if __name__ == "__main__":
    main()
