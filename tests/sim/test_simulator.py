"""A short run of the simulator: bad luck breaks no promise, and planted bugs do.

`uv run python -m bench.sim` plays as many seeds as there is time for.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.sim.fleet import Run, run
from bench.sim.mutants import MUTANTS, without_repair
from tests.support.postgres import fresh_database, open_folder

Play = Callable[[int], Run]
BY_NAME = {mutant.name: mutant for mutant in MUTANTS}
FOUND_BY_ALL_SEEDS = [
    "sent-is-applied",
    *[pytest.param(name, marks=pytest.mark.long) for name in ("fire-and-forget", "no-trail")],
]
SEEDS = [0, 1, *[pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 12)]]


@pytest.fixture
def play(database_url: str) -> Iterator[Play]:
    with open_folder() as folder:
        yield lambda seed: run(seed, database_url, Path(folder))


@pytest.mark.parametrize("seed", SEEDS)
def test_no_promise_is_broken_by_bad_luck(play: Play, seed: int) -> None:
    result = play(seed)

    assert result.broken == [], f"uv run python -m bench.sim --seed {seed}"
    assert result.saved > 15
    assert sum(result.luck.values()) > 10, "the network was not bad"


def test_the_same_seed_does_the_same_twice(play: Play, postgres, migrated_template: str) -> None:
    first = play(11)
    with fresh_database(postgres, migrated_template) as url, open_folder() as folder:
        second = run(11, url, Path(folder))

    assert (first.digest, first.luck) == (second.digest, second.luck)
    assert first.saved == second.saved


@pytest.mark.parametrize("name", FOUND_BY_ALL_SEEDS)
def test_a_planted_bug_is_found(play: Play, database_url: str, name: str) -> None:
    with BY_NAME[name].planted(database_url), without_repair():
        assert play(1).broken


def test_there_are_enough_bugs_to_hunt() -> None:
    assert len(BY_NAME) == len(MUTANTS) >= 20
