"""A list is read once for everything that is drawn of it between two commits."""

from typing import Any

import pytest

from field_app.store import kit_queries
from field_app.views.hooks import Answers
from tests.support.kits import NEED
from tests.views.conftest import OpenApp
from tests.views.field_day import DANA_HERSELF, SHELF


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One word for each time the kits were read."""
    made: list[str] = []
    shelves = kit_queries.shelves

    def counted(*given: Any) -> Any:
        made.append("shelves")
        return shelves(*given)

    monkeypatch.setattr(kit_queries, "shelves", counted)
    return made


async def test_a_list_is_not_read_again_for_what_opens_above_it(
    open_the_app: OpenApp, reads: list[str]
) -> None:
    async with open_the_app(*SHELF, NEED, person=DANA_HERSELF, route="/kits") as app:
        await app.open(f"/kits/{NEED.id}")
        await app.open("/kits")
        assert reads == ["shelves"]

        await app.takes_in(NEED.revise(version=NEED.version + 1, quantity=3))

        assert reads == ["shelves", "shelves"]


def test_other_questions_and_later_commits_are_asked_anew() -> None:
    answers, asked = Answers(), []

    def ask(commit: int, question: str) -> str:
        return str(answers.of(commit, question, lambda: asked.append(question) or question))

    assert [ask(0, "a"), ask(0, "b"), ask(0, "a"), ask(1, "a")] == ["a", "b", "a", "a"]
    assert asked == ["a", "b", "a"]


def test_it_holds_no_more_than_so_many() -> None:
    answers, read = Answers(), []
    for number in [*range(Answers.MOST * 3), *range(Answers.MOST)]:
        answers.of(0, number, lambda: read.append(1))

    assert len(answers._known) <= Answers.MOST + 1
