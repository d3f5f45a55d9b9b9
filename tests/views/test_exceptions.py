"""The inbox of flags: what is shown beside each, and what a decision leaves on the device."""

from typing import Any
from uuid import uuid5

import flet as ft
import pytest

from field_app.domain.assignment import AssignmentStatus
from field_app.domain.kit import CustodyAct, CustodyEntry, KitInstanceStatus, KitStatus
from field_app.domain.records import Record
from field_app.domain.review import ReviewItem, ReviewStatus
from field_app.store import event_queries
from tests.support.field import ANA, BEN, NAMES, NOON, a_shift, an_event
from tests.support.kits import HOUR, KIT, NEED, a_need
from tests.views.conftest import App, OpenApp
from tests.views.field_day import DANA_HERSELF, SHELF

SHIFT = a_shift(status=AssignmentStatus.NO_SHOW)


def a_flag(name: str, flag: str, on: Record = SHIFT, **changes: Any) -> ReviewItem:
    item = ReviewItem(
        id=uuid5(NAMES, name),
        version=1,
        event_instance_id=an_event().id,
        target_table=on.table,
        target_id=on.id,
        flag=flag,
        created_at=NOON,
    )
    return item.revise(**changes)


CONTESTED = a_flag(
    "contested",
    "no_show_contested",
    evidence={
        "distance_m": 380.0,
        "accuracy_m": 25.0,
        "at": "2026-11-23T12:04:00+00:00",
        "received_at": "2026-11-23T13:40:00+00:00",
        "clock": {"offset_ms": 180_000, "grade": "medium"},
        "reason": "Other entrance",
    },
)
LATER = a_flag("later", "outside_window", created_at=NOON + HOUR)
DISPUTED = a_flag("disputed", "custody_disputed", NEED)
TAKEN_BY_BOTH = [
    KIT.revise(holder_id=BEN.id, status=KitInstanceStatus.CHECKED_OUT, disputed=True),
    a_need(status=KitStatus.CHECKED_OUT, holder_id=BEN.id),
    *[
        CustodyEntry(
            id=uuid5(NAMES, f"taken by {who}"),
            version=1,
            kit_instance_id=KIT.id,
            activity_kit_id=NEED.id,
            event_instance_id=NEED.event_instance_id,
            act=CustodyAct.CHECK_OUT,
            holder_id=who,
            recorded_by=who,
            occurred_at=NOON,
        )
        for who in (ANA.id, BEN.id)
    ],
]


def statuses(app: App) -> list[str]:
    cases = app.runtime.store.read(event_queries.open_cases)
    return [case.item.flag for case in cases]


async def press(app: App, key: str) -> None:
    listener = app.find(ft.KeyboardListener)[-1]
    await app.fire(listener, "key_down", {"key": key})


async def test_without_flags_nothing_needs_anybody(open_the_app: OpenApp) -> None:
    async with open_the_app(*SHELF, person=DANA_HERSELF, route="/exceptions") as app:
        assert app.says("Nothing needs you")


async def test_today_leads_to_what_waits_for_a_decision(open_the_app: OpenApp) -> None:
    async with open_the_app(*SHELF, SHIFT, CONTESTED, LATER, person=DANA_HERSELF) as app:
        assert app.says("2 things need a decision")


async def test_a_contested_no_show_is_decided_with_the_evidence_beside_it(
    open_the_app: OpenApp,
) -> None:
    route = f"/exceptions/{CONTESTED.id}"

    async with open_the_app(*SHELF, SHIFT, CONTESTED, person=DANA_HERSELF, route=route) as app:
        for text in (
            "Says they were there",
            "380 m from Chelsea Market, exact to \u00b125 m. The fence is 150 m.",
            "Happened: Today 07:04",
            "Reached the office: Today 08:40",
            "The phone's clock was checked a while ago, 3 min behind.",
            "\u201cOther entrance\u201d",
        ):
            assert app.says(text), text
        await app.tap("Believe them")
        await app.until("Why?")
        await app.confirm("Decide")
        assert app.says("Say why in a few words.")
        await app.type_into("Why?", "The guard saw her")
        await app.confirm("Decide")
        await app.until("Nothing needs you")

        assert app.operations() == [
            ("review.decide", {"decision": "believe", "reason": "The guard saw her"})
        ]
        assert statuses(app) == []


async def test_a_disputed_kit_is_settled_by_naming_its_holder(open_the_app: OpenApp) -> None:
    route = f"/exceptions/{DISPUTED.id}"

    async with open_the_app(
        *SHELF, *TAKEN_BY_BOTH, DISPUTED, person=DANA_HERSELF, route=route
    ) as app:
        assert app.says("Two people say they have this kit")
        assert app.says("Handed out to Ana Castillo")
        assert app.says("Handed out to Ben Okafor")
        await app.tap("Say who has it")
        await app.until("Who has it?")
        await app.type_into("Why?", "Ana holds it in her hands")
        await app.confirm("Decide")
        assert app.says("Say who has the kit.")
        await app.choose("Ana Castillo")
        await app.confirm("Decide")
        await app.until("Nothing needs you")

        ((_, payload),) = app.operations()
        assert payload["holder_id"] == str(ANA.id)


async def test_j_and_k_walk_the_queue_and_enter_decides(open_the_app: OpenApp) -> None:
    async with open_the_app(
        *SHELF, SHIFT, CONTESTED, LATER, person=DANA_HERSELF, route="/exceptions", width=1280
    ) as app:
        assert app.says("J and K go down and up, Enter decides.")
        assert app.says("380 m from Chelsea Market")
        await press(app, "J")
        assert app.route == f"/exceptions/{LATER.id}"
        await press(app, "J")
        assert app.route == f"/exceptions/{LATER.id}"
        await press(app, "K")
        assert app.route == f"/exceptions/{CONTESTED.id}"
        await press(app, "Enter")
        await app.type_into("Why?", "Seen by the guard")
        await app.confirm("Decide")
        await app.until("Decided. Saved on this device.")

        assert statuses(app) == ["outside_window"]


@pytest.mark.parametrize("view", [-2, -1])
async def test_enter_decides_the_flag_on_top_whichever_view_hears_it(
    open_the_app: OpenApp, view: int
) -> None:
    route = f"/exceptions/{LATER.id}"

    async with open_the_app(
        *SHELF, SHIFT, CONTESTED, LATER, person=DANA_HERSELF, route=route, width=1280
    ) as app:
        await app.fire(app.find(ft.KeyboardListener)[view], "key_down", {"key": "Enter"})
        await app.type_into("Why?", "Came early")
        await app.confirm("Decide")
        await app.until("Decided. Saved on this device.")

        assert statuses(app) == ["no_show_contested"]


async def test_a_flag_that_is_gone_says_so(open_the_app: OpenApp) -> None:
    decided = CONTESTED.revise(status=ReviewStatus.DECIDED)
    route = f"/exceptions/{CONTESTED.id}"

    async with open_the_app(*SHELF, SHIFT, decided, person=DANA_HERSELF, route=route) as app:
        assert app.says("Nothing to decide here")


@pytest.mark.parametrize(
    ("evidence", "sentence"),
    [
        ({"fallback": "pin"}, "Said that they were at the venue"),
        ({"missing": ["Pump", "Tap"]}, "Missing: Pump, Tap"),
        ({"serial_number": "OLD BOX 77"}, "OLD BOX 77"),
        ({"hours": 19}, "19 hours"),
        ({"clock": {"grade": "low"}}, "The phone's clock could not be checked."),
        ({"clock": "?", "at": 7, "distance_m": "far"}, "Says they were there"),
    ],
)
async def test_evidence_of_every_kind_is_put_in_words(
    open_the_app: OpenApp, evidence: dict[str, Any], sentence: str
) -> None:
    item = CONTESTED.revise(evidence=evidence)
    route = f"/exceptions/{item.id}"

    async with open_the_app(*SHELF, SHIFT, item, person=DANA_HERSELF, route=route) as app:
        assert app.says(sentence)


async def test_a_manager_sees_that_somebody_else_decides_about_their_own_shift(
    open_the_app: OpenApp,
) -> None:
    own = SHIFT.revise(user_id=DANA_HERSELF.id)
    route = f"/exceptions/{CONTESTED.id}"

    async with open_the_app(*SHELF, own, CONTESTED, person=DANA_HERSELF, route=route) as app:
        assert app.says("Somebody else has to decide about your own times.")
        (believe,) = app.find(ft.FilledButton)
        await press(app, "Enter")

        assert believe.disabled
        assert not app.find(ft.BottomSheet)
