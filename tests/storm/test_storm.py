"""Kill -9 for devices, servers and the database, on a bad network: no promise breaks.

`--long` rages for a minute, and then once more with a planted bug, which has to be found.
`uv run python -m bench.storm --seconds 600` does it for as long as one likes.
"""

import asyncio
import random
from collections.abc import Callable, Iterator

import pytest

from bench.storm.checks import Result
from bench.storm.storm import Storm
from server_stub.demo.postgres import running_postgres
from tests.support.postgres import fresh_database, make_template, open_folder

Rage = Callable[..., Result]
SEED = random.randrange(10**6)


@pytest.fixture
def rage() -> Iterator[Rage]:
    """A storm over a database server of its own, which is killed too."""
    with (
        open_folder() as folder,
        running_postgres(folder / "pg") as postgres,
        fresh_database(postgres, make_template(postgres)) as url,
    ):

        def run(seconds: float, planted: str = "") -> Result:
            storm = Storm(postgres, url, folder / "storm", SEED, planted)
            return asyncio.run(storm.run(seconds))

        yield run


def test_a_storm_breaks_no_promise(rage: Rage, pytestconfig: pytest.Config) -> None:
    result = rage(60 if pytestconfig.getoption("long") else 6)

    assert result.broken == [], f"seed {SEED}: {dict(result.struck)}"
    assert result.saved > 10
    assert sum(n for what, n in result.struck.items() if "killed" in what or "parted" in what) > 1


@pytest.mark.long
def test_a_storm_finds_a_planted_bug(rage: Rage) -> None:
    assert rage(20, planted="sent-is-applied").broken
