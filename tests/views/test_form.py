"""Fast fingers on a slow phone: what was written last counts, and a double tap is one tap."""

import flet as ft

from field_app.domain.activity import ActivityStatus
from field_app.domain.event import EventStatus
from tests.support.world import ACTIVITY, the_event
from tests.views.conftest import App, OpenApp
from tests.views.field_day import DANA_HERSELF, SHELF

RUNNING = ACTIVITY.revise(
    status=ActivityStatus.IN_PROGRESS, target_metrics={"samples": 400, "talks": 40}
)
RECORDS = [*SHELF, the_event(status=EventStatus.IN_PROGRESS), RUNNING]
ROUTE = f"/event/{the_event().id}"


def button(app: App, text: str) -> ft.FilledButton:
    return next(b for b in app.find(ft.FilledButton) if b.content == text)


async def test_a_tap_right_after_the_last_keystroke_takes_it_along(open_the_app: OpenApp) -> None:
    async with open_the_app(*RECORDS, person=DANA_HERSELF, route=ROUTE) as app:
        await app.tap("Count")
        await app.fire_at_once(
            (app.field("Samples: how many more?"), "change", "25"),
            (app.field("Talks: how many more?"), "change", "3"),
            (button(app, "Add"), "click", None),
        )
        await app.until("25 of 400")

        assert app.operations()[0][1]["metrics"] == {"samples": 25.0, "talks": 3.0}


async def test_a_double_tap_saves_once(open_the_app: OpenApp) -> None:
    async with open_the_app(*RECORDS, person=DANA_HERSELF, route=ROUTE) as app:
        await app.tap("Count")
        await app.type_into("Samples: how many more?", "25")
        add = button(app, "Add")
        await app.fire_at_once((add, "click", None), (add, "click", None))
        await app.until("25 of 400")

        assert len(app.operations()) == 1


async def test_what_was_typed_while_the_screen_was_drawn_anew_is_not_lost(
    open_the_app: OpenApp,
) -> None:
    async with open_the_app(*RECORDS, person=DANA_HERSELF, route=ROUTE) as app:
        await app.tap("Count")
        samples = app.field("Samples: how many more?")
        samples.value = ""  # drawn anew, with what was known before the news of the typing came
        await app.fire(samples, "change", "25")
        await app.confirm("Add")
        await app.until("25 of 400")
