"""Starting a page: a browser that does not answer at once."""

import asyncio

import pytest

from field_app.pages import insist


async def test_a_question_that_was_lost_with_its_page_is_asked_again() -> None:
    asked = 0

    async def get() -> str:
        nonlocal asked
        asked += 1
        if asked < 3:
            await asyncio.Event().wait()
        return "known"

    assert await insist(get, patience_s=0.01) == "known"
    assert asked == 3


async def test_a_browser_that_never_answers_is_given_up() -> None:
    with pytest.raises(TimeoutError):
        await insist(asyncio.Event().wait, patience_s=0.01, times=2)
