"""A failover under load loses nothing that was acknowledged; one that may lose something does.

`uv run python -m bench.failover` rehearses it at length, with every part killed in turn; so does
`--long` here.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from bench.failover.__main__ import all_in_turn
from bench.failover.nodes import three_nodes
from bench.failover.rehearsal import Rehearsal, in_this_process, rehearsing
from tests.support.postgres import open_folder

Rehearse = Callable[..., AbstractContextManager[Rehearsal]]


@contextmanager
def rehearsed(*, is_quorum: bool) -> Iterator[Rehearsal]:
    with (
        open_folder() as folder,
        three_nodes(folder, is_quorum=is_quorum) as nodes,
        rehearsing(nodes, folder, in_this_process) as rehearsal,
    ):
        yield rehearsal


def test_a_primary_that_dies_takes_no_acknowledged_operation_with_it() -> None:
    with rehearsed(is_quorum=True) as rehearsal:
        rehearsal.work_on(20)
        rehearsal.kill_primary(cut_off_first=True)
        rehearsal.work_on(20)
        result = rehearsal.conclude()

    assert result.acknowledged >= 40
    assert (result.lost, result.duplicated, result.astray) == (0, 0, 0)


def test_without_a_quorum_a_failover_loses_what_was_acknowledged() -> None:
    """The control: a rehearsal that cannot fail proves nothing."""
    with rehearsed(is_quorum=False) as rehearsal:
        rehearsal.work_on(20)
        rehearsal.kill_primary(cut_off_first=True)
        result = rehearsal.conclude()

    assert result.lost > 0


@pytest.mark.long
def test_every_part_is_killed_in_turn_and_nothing_is_lost() -> None:
    result = all_in_turn(rounds=1)

    assert set(result.struck) == {"primary killed", "standby killed", "server killed"}
    assert (result.lost, result.duplicated, result.astray) == (0, 0, 0)
