"""Kits on the screen: finding one, handing it out, on and back, and what is left on the device."""

import datetime as dt
from uuid import uuid5

import flet as ft
import pytest
from sqlmodel import select

from field_app.domain.kit import ActivityKit, CustodyAct, CustodyEntry, KitInstanceStatus, KitStatus
from field_app.domain.serial import label_text
from field_app.store import kit_queries, photo_queue
from field_app.store.tables import EventIssueRow
from tests.support.field import ANA, BEN, DANA, NAMES, NOON
from tests.support.kits import BARE, HOUR, KIT, NEED, OTHER_KIT, a_need
from tests.support.pictures import a_jpeg
from tests.views.conftest import App, OpenApp
from tests.views.field_day import DANA_HERSELF, SHELF

OUT = a_need(
    status=KitStatus.CHECKED_OUT,
    holder_id=BEN.id,
    checked_out_by=BEN.id,
    checked_out_at=NOON,
    counts_out={"Pump": 2, "Cup": 400},
)
HANDED = CustodyEntry(
    id=uuid5(NAMES, "handed"),
    version=1,
    kit_instance_id=KIT.id,
    activity_kit_id=NEED.id,
    event_instance_id=NEED.event_instance_id,
    act=CustodyAct.CHECK_OUT,
    holder_id=BEN.id,
    recorded_by=DANA.id,
    occurred_at=NOON,
)
TAKEN = [KIT.revise(holder_id=BEN.id, status=KitInstanceStatus.CHECKED_OUT), OUT, HANDED]


def need_on(app: App) -> ActivityKit:
    found = app.runtime.store.read(lambda s: kit_queries.need(s, NEED.id))
    assert found is not None
    return found.kit


async def find(app: App, text: str) -> None:
    """Type into the finder and press Enter."""
    await app.type_into("Serial number", text)
    field = next(f for f in app.find(ft.TextField) if f.label == "Serial number")
    await app.fire(field, "submit", text)


async def test_a_kit_goes_out_in_three_taps_of_which_one_is_enter(open_the_app: OpenApp) -> None:
    async with open_the_app(*SHELF, NEED, person=DANA_HERSELF, route="/kits") as app:
        await find(app, "1")
        await app.until("Hand out LCB-SAMP-0001")
        await app.choose("Ben Okafor")
        await app.tap("Hand out")
        await app.until("Handed out. Saved on this device.")

        ((kind, payload),) = app.operations()
        assert kind == "kit.check_out"
        assert payload["holder_id"] == str(BEN.id)
        assert payload["counts"] == {"Pump": 2, "Cup": 400}
        assert payload["entry"] == "typed"
        assert need_on(app).status is KitStatus.CHECKED_OUT


async def test_what_is_missing_at_the_check_out_is_counted_down(open_the_app: OpenApp) -> None:
    async with open_the_app(*SHELF, NEED, person=DANA_HERSELF, route="/kits") as app:
        await find(app, "lcb samp 1")
        await app.until("Hand out LCB-SAMP-0001")
        (less,) = [b for b in app.find(ft.IconButton) if b.tooltip == "One less: Pump"]
        await app.fire(less, "click")
        await app.tap("Hand out")
        await app.until("Handed out. Saved on this device.")

        assert app.operations()[0][1]["counts"] == {"Pump": 1, "Cup": 400}


async def test_a_scanned_label_counts_as_a_scan(open_the_app: OpenApp) -> None:
    async with open_the_app(*SHELF, NEED, person=DANA_HERSELF, route="/kits") as app:
        await find(app, label_text("LCB-SAMP-0001"))
        await app.until("Hand out LCB-SAMP-0001")
        await app.tap("Hand out")
        await app.until("Saved on this device")

        assert app.operations()[0][1]["entry"] == "scan"


async def test_a_label_typed_by_hand_is_no_scan(open_the_app: OpenApp) -> None:
    async with open_the_app(*SHELF, NEED, person=DANA_HERSELF, route="/kits") as app:
        await app.type_into("Serial number", "L")
        app.device.at += dt.timedelta(seconds=3)
        await find(app, label_text("LCB-SAMP-0001"))
        await app.until("Hand out LCB-SAMP-0001")
        await app.tap("Hand out")
        await app.until("Saved on this device")

        assert app.operations()[0][1]["entry"] == "typed"


async def test_several_kits_that_fit_are_offered(open_the_app: OpenApp) -> None:
    stray = OTHER_KIT.revise(serial_number="XX-0001")
    shelf = [each for each in SHELF if each.id != OTHER_KIT.id]

    async with open_the_app(*shelf, stray, NEED, person=DANA_HERSELF, route="/kits") as app:
        await find(app, "0001")
        assert app.says("2 kits fit")
        await app.tap("XX-0001")

        await app.until("Hand out XX-0001")


async def test_an_unknown_serial_number_is_kept_with_the_need(open_the_app: OpenApp) -> None:
    bare = a_need(**BARE)

    async with open_the_app(*SHELF, bare, person=DANA_HERSELF, route="/kits") as app:
        await find(app, "old box 77")
        assert app.says("OLD BOX 77 is not in this device's copy. Keep it anyway?")
        await app.tap("Keep and hand out")
        await app.until("It is kept, and the office will look.")
        await app.tap("Hand out")
        await app.until("Saved on this device")

        kind, payload = app.operations()[0]
        assert (kind, payload["serial_number"]) == ("kit.check_out", "OLD BOX 77")


async def test_a_mistyped_label_asks_for_another_look(open_the_app: OpenApp) -> None:
    right = label_text("LCB-SAMP-0001")
    wrong = right[:-1] + ("A" if right[-1] != "A" else "B")

    async with open_the_app(*SHELF, NEED, person=DANA_HERSELF, route="/kits") as app:
        await find(app, wrong)

        assert app.says("The last character does not fit. Please look at the label again.")


async def test_an_unknown_number_without_a_need_is_said(open_the_app: OpenApp) -> None:
    async with open_the_app(*SHELF, person=DANA_HERSELF, route="/kits") as app:
        await find(app, "77")

        assert app.says("77 is not in this device's copy.")
        assert not app.says("Keep and hand out")


async def test_a_kit_comes_back_with_damage_a_missing_part_and_what_is_left(
    open_the_app: OpenApp,
) -> None:
    async with open_the_app(*SHELF, *TAKEN, person=DANA_HERSELF, route="/kits") as app:
        await find(app, "0001")
        await app.until("Return LCB-SAMP-0001")
        await app.type_into("Cup left over, of 400", "a few")
        await app.tap("Return")
        assert app.says("Please write whole numbers, like 120.")
        await app.type_into("Cup left over, of 400", "120")
        (less,) = [b for b in app.find(ft.IconButton) if b.tooltip == "One less: Pump"]
        await app.fire(less, "click")
        await app.choose("Damaged")
        await app.type_into("What happened?", "The pump fell.")
        await app.tap("Return")
        await app.until("Returned. Saved on this device.")

        kind, payload = app.operations()[0]
        assert kind == "kit.return"
        assert payload["counts"] == {"Pump": 1, "Cup": 120}
        assert (payload["condition"], payload["notes"]) == ("damaged", "The pump fell.")
        issues = app.runtime.store.read(lambda s: s.exec(select(EventIssueRow)).all())
        assert [issue.activity_kit_id for issue in issues] == [NEED.id]


async def test_a_broken_kit_comes_back_with_a_photo(open_the_app: OpenApp) -> None:
    async with open_the_app(*SHELF, *TAKEN, person=DANA_HERSELF, route="/kits") as app:
        app.device.picked = [b"no picture", a_jpeg(1)]
        await find(app, "0001")
        await app.until("Return LCB-SAMP-0001")
        await app.choose("Damaged")
        await app.confirm("Add photos")
        await app.until("This file is no JPEG or PNG picture.")
        await app.until("Remove photo 1")
        await app.confirm("Return")
        await app.until("Returned. Saved on this device.")

        (photo,) = app.operations()[0][1]["photos"]
        waiting = app.runtime.store.read(lambda s: photo_queue.unsent(s, DANA.id))
        issues = app.runtime.store.read(lambda s: s.exec(select(EventIssueRow)).all())
        assert [(row.sha256, row.record_id) for row in waiting] == [(photo["sha256"], issues[0].id)]


async def test_the_lists_say_what_is_where(open_the_app: OpenApp) -> None:
    overdue = a_need(
        "overdue", status=KitStatus.CHECKED_OUT, holder_id=ANA.id, kit_instance_id=OTHER_KIT.id
    )
    mine = a_need("mine", status=KitStatus.CHECKED_OUT, holder_id=DANA.id, kit_instance_id=None)
    waiting = a_need("waiting", **BARE)

    async with open_the_app(
        *SHELF, *TAKEN, mine, waiting, person=DANA_HERSELF, route="/kits"
    ) as app:
        for text in ("In your hands", "Out", "Going out", "with Ben Okafor", "No kit chosen yet"):
            assert app.says(text), text
    async with open_the_app(*SHELF, overdue, person=DANA_HERSELF, route="/kits") as app:
        app.device.at = NOON + 7 * HOUR
        app.runtime.store.write(lambda _: None)
        await app.until("Overdue")
        assert app.says("Needs a look")


async def test_a_disputed_kit_is_shown_as_such(open_the_app: OpenApp) -> None:
    disputed = [
        KIT.revise(holder_id=BEN.id, status=KitInstanceStatus.CHECKED_OUT, disputed=True),
        OUT,
    ]

    async with open_the_app(*SHELF, *disputed, person=DANA_HERSELF, route="/kits") as app:
        assert app.says("Disputed")


async def test_a_kits_page_says_what_is_in_it_and_who_had_it(open_the_app: OpenApp) -> None:
    route = f"/kits/{NEED.id}"

    async with open_the_app(*SHELF, *TAKEN, person=DANA_HERSELF, route=route) as app:
        for text in (
            "LCB-SAMP-0001",
            "Sampling kit, with Ben Okafor",
            "2 \u00d7 Pump",
            "2 went out",
            "Who had it",
            "Handed out to Ben Okafor",
            "by Dana Whitfield, typed",
        ):
            assert app.says(text), text


async def test_a_kit_is_handed_on_to_somebody_who_is_named(open_the_app: OpenApp) -> None:
    route = f"/kits/{NEED.id}"

    async with open_the_app(*SHELF, *TAKEN, person=DANA_HERSELF, route=route) as app:
        await app.tap("Hand on")
        await app.until("Who has it now?")
        await app.tap("Hand on")
        assert app.says("Choose who has it now.")
        await app.choose("Me")
        await app.tap("Hand on")
        await app.until("Handed on. Saved on this device.")

        assert app.operations()[0][0] == "kit.hand_over"
        assert need_on(app).holder_id == DANA.id


async def test_a_kit_is_reserved_packed_and_set_free_again(open_the_app: OpenApp) -> None:
    bare = a_need(**BARE)
    route = f"/kits/{NEED.id}"

    async with open_the_app(*SHELF, bare, person=DANA_HERSELF, route=route) as app:
        await app.tap("LCB-SAMP-0002")
        await app.until("It is packed")
        await app.tap("Lift the reservation")
        await app.until("Reserve a kit")
        await app.tap("LCB-SAMP-0001")
        await app.until("It is packed")
        await app.tap("It is packed")
        await app.until("Packed")

        kinds = [kind for kind, _ in app.operations()]
        assert kinds == ["kit.assign", "kit.unassign", "kit.assign", "kit.prepare"]


async def test_a_problem_with_a_kit_is_reported_and_put_right(open_the_app: OpenApp) -> None:
    route = f"/kits/{NEED.id}"

    async with open_the_app(*SHELF, *TAKEN, person=DANA_HERSELF, route=route) as app:
        await app.tap("Report a problem")
        await app.until("What is wrong?")
        await app.tap("Report")
        assert app.says("Say it in a few words.")
        await app.type_into("What is wrong?", "The tap leaks.")
        await app.choose("High")
        await app.tap("Report")
        await app.until("Put it right")
        assert app.says("The tap leaks.")
        await app.tap("Put it right")
        await app.until("What was done?")
        await app.type_into("What was done?", "New seal.")
        await app.tap("Save")
        await app.until("Put right. Saved on this device.")

        assert [kind for kind, _ in app.operations()] == ["kit.report_issue", "kit.resolve_issue"]
        assert need_on(app).status is KitStatus.RETURNED


async def test_an_agent_sees_no_buttons_that_are_not_theirs(open_the_app: OpenApp) -> None:
    async with open_the_app(*SHELF, NEED, route=f"/kits/{NEED.id}") as app:
        assert app.says("LCB-SAMP-0001")
        for text in ("Hand out", "It is packed", "Lift the reservation"):
            assert not app.says(text), text


@pytest.mark.parametrize("route", [f"/kits/{NEED.id}", "/kits/nonsense"])
async def test_a_kit_that_is_not_here_says_so(open_the_app: OpenApp, route: str) -> None:
    async with open_the_app(route=route) as app:
        assert app.says("This kit is not on this device.")
