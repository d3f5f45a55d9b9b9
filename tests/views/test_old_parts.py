"""A part of a screen that cannot be read again shows what it showed, and says so."""

from collections.abc import Callable
from typing import Any

import pytest

from field_app.domain.assignment import AssignmentStatus
from field_app.store import queries
from field_app.views import words
from tests.support.field import a_shift
from tests.views.conftest import OpenApp
from tests.views.field_day import SHELF
from tests.views.test_issues import an_issue

NOTICE = "Not everything here could be read again. You see some of it as it was at"
APOLOGY = "This part could not be shown."
SHIFT = a_shift(status=AssignmentStatus.ACCEPTED)


class Cellar:
    """The disk, which can be out of order."""

    def __init__(self, real: Callable[..., Any]) -> None:
        self._real = real
        self.is_broken = False

    def __call__(self, *asked: Any) -> Any:
        if self.is_broken:
            raise OSError("the disk does not answer")
        return self._real(*asked)


@pytest.fixture
def team(monkeypatch: pytest.MonkeyPatch) -> Cellar:
    """What the screen of a shift reads of the event around it."""
    cellar = Cellar(queries.team_of)
    monkeypatch.setattr(queries, "team_of", cellar)
    return cellar


ROUTE = f"/shift/{SHIFT.id}"


async def test_what_was_shown_stays_until_it_can_be_read_again(
    open_the_app: OpenApp, team: Cellar
) -> None:
    async with open_the_app(*SHELF, SHIFT, route=ROUTE) as app:
        team.is_broken = True
        await app.takes_in(an_issue())

        assert app.says(f"{NOTICE} 07:00")
        assert app.says("Cold brew")
        assert not app.says(APOLOGY)
        assert not app.says("The power is out.")
        team.is_broken = False
        await app.tap("Try again")

        assert not app.says(NOTICE)
        assert app.says("The power is out.")


async def test_the_next_commit_reads_again_by_itself(open_the_app: OpenApp, team: Cellar) -> None:
    async with open_the_app(*SHELF, SHIFT, route=ROUTE) as app:
        team.is_broken = True
        await app.takes_in(an_issue())
        assert app.says(NOTICE)
        team.is_broken = False
        await app.takes_in(an_issue("other", description="No water."))

        assert not app.says(NOTICE)
        assert app.says("No water.")


async def test_the_notice_ends_with_the_part_that_it_is_about(
    open_the_app: OpenApp, team: Cellar
) -> None:
    async with open_the_app(*SHELF, SHIFT, route=ROUTE) as app:
        team.is_broken = True
        await app.takes_in(an_issue())
        assert app.says(NOTICE)
        await app.open("/offers")

        assert not app.says(NOTICE)


async def test_what_could_never_be_shown_says_so_in_its_place(
    open_the_app: OpenApp, team: Cellar
) -> None:
    team.is_broken = True
    async with open_the_app(*SHELF, SHIFT, route=ROUTE) as app:
        assert app.says(APOLOGY)
        assert not app.says(NOTICE)

        team.is_broken = False
        await app.tap("Try again")

        assert not app.says(APOLOGY)
        assert app.says("Cold brew")


async def test_a_slice_of_a_list_that_cannot_be_drawn_stays_as_it_was_and_is_tried_again(
    open_the_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slices are drawn only where their rows changed, so trying again has to reach them too."""
    cellar = Cellar(words.shorten)
    async with open_the_app(*SHELF, an_issue(), route="/issues") as app:
        monkeypatch.setattr(words, "shorten", cellar)
        cellar.is_broken = True
        await app.takes_in(an_issue(description="The power is back.", version=2))
        assert app.says("The power is out.")
        assert app.says(NOTICE)
        cellar.is_broken = False
        await app.tap("Try again")

        assert app.says("The power is back.")
        assert not app.says(NOTICE)
