"""`uv run python -m bench.sim --seeds 200`, `--seed 17` to play one again, `mutants` to be sure."""

import argparse
import contextlib
import sys
import time
from collections import Counter

from bench.figures import Figure, report
from bench.sim.fleet import STEPS, Run, run
from bench.sim.mutants import MUTANTS, Mutant, without_repair
from server_stub.demo.postgres import PostgresServer
from tests.support.postgres import fresh_database, make_template, open_folder, quick_postgres

MOST_SEEDS = 8


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.sim", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["mutants"], help="plant bugs, and find them")
    parser.add_argument("--seeds", type=int, default=100, help="how many runs")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first seed")
    parser.add_argument("--seed", type=int, help="play this one twice, and say what happened")
    parser.add_argument("--steps", type=int, default=STEPS)
    given = parser.parse_args()
    if given.what == "mutants":
        sys.exit(hunt())
    seeds = (
        [given.seed] * 2
        if given.seed is not None
        else range(given.first, given.first + given.seeds)
    )
    began, runs = time.monotonic(), []
    with quick_postgres() as server:
        template = make_template(server)
        for seed in seeds:
            with (
                fresh_database(server, template) as url,
                open_folder() as folder,
            ):
                runs.append(run(seed, url, folder, steps=given.steps))
                _tell(runs[-1])
    luck = sum((Counter(each.luck) for each in runs), Counter[str]())
    bad = [each.seed for each in runs if each.broken]
    struck = ", ".join(f"{n} {what}" for what, n in sorted(luck.items()))
    saved = sum(each.saved for each in runs)
    report(
        [
            Figure("simulated: operations saved", saved, "", more=struck),
            Figure("simulated: runs with a broken promise", len(bad), "", target="0"),
            Figure("simulated: time", time.monotonic() - began, "s", more=f"{len(runs)} runs"),
        ]
    )
    if given.seed is not None and runs[0].digest != runs[1].digest:
        sys.exit("The same seed did not do the same twice.")
    sys.exit(1 if bad else 0)


def hunt() -> int:
    """Plant every bug, with and without the digest's repair, and see who finds it."""
    survivors = 0
    with quick_postgres() as server:
        template = make_template(server)
        for mutant in MUTANTS:
            found = [_catch(server, template, mutant, heals=heals) for heals in (False, True)]
            survivors += found.count(None)
            without, with_repair = (each or "SURVIVED" for each in found)
            print(f"{mutant.name:18} {mutant.story:50} {without:32} {with_repair}", flush=True)
    planted = f"{len(MUTANTS)} bugs, each with and without the mirror's repair"
    report([Figure("planted bugs that were not found", survivors, "", more=planted, target="0")])
    return 1 if survivors else 0


def _catch(server: PostgresServer, template: str, mutant: Mutant, *, heals: bool) -> str | None:
    """The first seed that finds a bug, and by which promise; None where none does."""
    for seed in range(MOST_SEEDS):
        with (
            fresh_database(server, template) as url,
            open_folder() as folder,
            mutant.planted(url),
            contextlib.nullcontext() if heals else without_repair(),
        ):
            try:
                broken = run(seed, url, folder).broken
            except Exception as error:
                broken = [f"{type(error).__name__}"]
            if broken:
                return f"seed {seed}: {broken[0].split()[0]}"
    return None


def _tell(each: Run) -> None:
    for sentence in each.broken:
        print(f"seed {each.seed}: {sentence}")


if __name__ == "__main__":
    main()
