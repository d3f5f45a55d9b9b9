"""Who is woken by which news."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from server_stub.concerns import Concerns
from server_stub.wakeups import Waiter

EVENT, OTHER = str(uuid4()), str(uuid4())
ANA, BEN, DANA = uuid4(), uuid4(), uuid4()


def a_waiter(person: UUID, events: set[str] | None, run: set[str] | None = None) -> Waiter:
    return Waiter(person_id=person, device_id=uuid4(), events=events, run=run or set())


@pytest.mark.parametrize(
    ("news", "woken"),
    [
        ({"events": [EVENT], "people": []}, {"ana", "dana", "unsure"}),
        ({"run": [EVENT], "people": [str(BEN)]}, {"dana", "unsure"}),
        ({"run": [EVENT], "people": [str(ANA)]}, {"ana", "dana", "unsure"}),
        ({"events": [], "people": [str(ANA)]}, {"ana", "unsure"}),
        ({"events": [OTHER], "people": []}, {"unsure"}),
        ({"events": [], "people": []}, set()),
        ({"all": True}, {"ana", "dana", "unsure"}),
        ({"something": "that a later version says"}, set()),
    ],
)
def test_news_wake_those_whose_devices_hold_what_it_is_about(
    news: dict[str, Any], woken: set[str]
) -> None:
    concerns = Concerns()
    waiters = {
        "ana": a_waiter(ANA, {EVENT}),
        "dana": a_waiter(DANA, {EVENT}, {EVENT}),
        "unsure": a_waiter(uuid4(), None),
    }
    for waiter in waiters.values():
        concerns.watch(waiter)

    touched = concerns.touched_by(news)

    assert {name for name, waiter in waiters.items() if waiter in touched} == woken


def test_what_concerned_somebody_before_wakes_them_no_more() -> None:
    concerns, waiter = Concerns(), a_waiter(ANA, {EVENT})
    concerns.watch(waiter)

    waiter.events = {OTHER}
    concerns.watch(waiter)

    assert concerns.touched_by({"events": [EVENT]}) == set()
    assert concerns.touched_by({"events": [OTHER]}) == {waiter}


def test_a_stream_that_is_gone_is_never_woken() -> None:
    concerns, waiters = Concerns(), [a_waiter(ANA, {EVENT}), a_waiter(ANA, None)]
    for waiter in waiters:
        concerns.watch(waiter)

    for waiter in waiters:
        concerns.forget(waiter)

    assert concerns.touched_by({"all": True}) == set()
    assert concerns.touched_by({"events": [EVENT]}) == set()
