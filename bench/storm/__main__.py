"""`uv run python -m bench.storm --seconds 60 --seed 1`"""

import argparse
import asyncio
import random
import sys

from bench.figures import Figure, report
from bench.storm.storm import Storm
from server_stub.demo.postgres import running_postgres
from tests.support.postgres import fresh_database, make_template, open_folder


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.storm", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--planted", default="", help="a bug of bench.sim.mutants, on devices")
    given = parser.parse_args()
    print(f"seed {given.seed}")
    with open_folder() as folder, running_postgres(folder / "pg") as postgres:
        template = make_template(postgres)
        with fresh_database(postgres, template) as url:
            storm = Storm(postgres, url, folder / "storm", given.seed, given.planted)
            result = asyncio.run(storm.run(given.seconds))
    for sentence in result.broken:
        print(sentence)
    struck = ", ".join(f"{n} {what}" for what, n in sorted(result.struck.items()))
    report(
        [
            Figure("in a storm: operations saved", result.saved, "", more=struck),
            Figure("in a storm: photos", result.photos, ""),
            Figure("in a storm: promises broken", len(result.broken), "", target="0"),
        ]
    )
    sys.exit(1 if result.broken else 0)


if __name__ == "__main__":
    main()
