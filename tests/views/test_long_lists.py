"""A long list is drawn as far as somebody looks at it, and none of it is out of reach."""

import datetime as dt
from uuid import uuid5

import flet as ft

from field_app.domain.issue import EventIssue, IssueType, Severity
from field_app.store.queries import LIST_LIMIT
from tests.support.field import ANA, NAMES, NOON, an_event
from tests.support.kits import NEED
from tests.views.conftest import App, OpenApp
from tests.views.field_day import DANA_HERSELF, SHELF

MANY = LIST_LIMIT + 10
SHELVES = {"Needs a look", "In your hands", "Out", "Going out"}
HINT = f"The first {LIST_LIMIT} are shown."
WINDOW, ROW = 700, 100


def issue_of(number: int) -> EventIssue:
    return EventIssue(
        id=uuid5(NAMES, f"issue {number}"),
        version=1,
        event_instance_id=an_event().id,
        reported_by=ANA.id,
        issue_type=IssueType.OTHER,
        severity=Severity.LOW,
        description=f"What went wrong, number {number:03}",
        created_at=NOON - dt.timedelta(minutes=number),
    )


ISSUES = [*SHELF, *map(issue_of, range(MANY))]


def drawn(app: App) -> list[int]:
    """The numbers of the issues that are on the screen."""
    said = [text.value for text in app.find(ft.Text) if text.value.startswith("What went")]
    return [int(text[-3:]) for text in said]


async def scroll_down(app: App) -> None:
    """As far down as it goes now."""
    height = len(drawn(app)) * ROW
    await app.scroll(height - WINDOW, window=WINDOW, height=height)


async def test_at_first_little_more_than_a_window_is_drawn(open_the_app: OpenApp) -> None:
    async with open_the_app(*ISSUES, person=DANA_HERSELF, route="/issues") as app:
        assert WINDOW / ROW < len(drawn(app)) <= 20
        assert not app.says(HINT)


async def test_whoever_scrolls_on_sees_all_that_a_list_holds(open_the_app: OpenApp) -> None:
    async with open_the_app(*ISSUES, person=DANA_HERSELF, route="/issues") as app:
        seen = [len(drawn(app))]
        while not app.says(HINT):
            await scroll_down(app)
            seen.append(len(drawn(app)))
            assert seen[-1] > seen[-2] or app.says(HINT), seen

        assert drawn(app) == list(range(LIST_LIMIT))


async def test_a_list_is_where_it_was_when_somebody_comes_back(open_the_app: OpenApp) -> None:
    async with open_the_app(*ISSUES, person=DANA_HERSELF, route="/issues") as app:
        await scroll_down(app)
        await scroll_down(app)
        deep = len(drawn(app))
        await app.scroll(20 * ROW, window=WINDOW, height=deep * ROW)

        await app.open("/kits")
        app.calls.clear()
        await app.open("/issues")

        assert ("scroll_to", 20 * ROW) in [(name, args.get("offset")) for name, args in app.calls]
        assert 27 <= len(drawn(app)) <= 40 < deep


async def test_another_search_begins_at_the_first_rows_again(open_the_app: OpenApp) -> None:
    async with open_the_app(*ISSUES, person=DANA_HERSELF, route="/issues") as app:
        await scroll_down(app)
        await app.type_into("Search", "number 12")

        assert drawn(app) == list(range(120, 130))


async def test_what_changes_in_the_middle_of_a_list_is_drawn_anew(open_the_app: OpenApp) -> None:
    async with open_the_app(*ISSUES, person=DANA_HERSELF, route="/issues") as app:
        changed = issue_of(7).revise(description="What went wrong, and was put right, 999")
        await app.takes_in(changed)

        assert drawn(app)[6:9] == [6, 999, 8]


async def test_a_group_of_nothing_has_no_heading(open_the_app: OpenApp) -> None:
    """Nobody holds anything, and nothing needs a look."""
    async with open_the_app(*SHELF, NEED, person=DANA_HERSELF, route="/kits") as app:
        assert app.says("Going out")
        assert {said for said in app.texts() if said in SHELVES} == {"Going out"}
