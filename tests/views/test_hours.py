"""Hours: one's own with what was stored about them, an event's, and the file that is saved."""

import csv
import datetime as dt
import io
from decimal import Decimal

from field_app.domain.assignment import AssignmentStatus, StaffAssignment
from field_app.domain.person import Role, User
from tests.support.field import BEN, NOON, a_shift, an_event
from tests.support.kits import HOUR
from tests.views.conftest import App, OpenApp
from tests.views.field_day import DANA_HERSELF, SHELF

LATE = NOON + dt.timedelta(minutes=10)
CORRECTED = a_shift(
    status=AssignmentStatus.CHECKED_OUT,
    check_in_time=NOON,
    check_out_time=NOON + 4 * HOUR,
    hours_worked=Decimal("4.00"),
    times_corrected_at=NOON + 5 * HOUR,
    location_at_check_in={
        "distance_m": 42.0,
        "clock": {"device_at": LATE.isoformat(), "offset_ms": 0},
    },
    location_at_check_out={"provisional": True},
)
RISKY = User(id=BEN.id, version=2, name="=2+3", role=Role.BRAND_AGENT)
BEN_OUT = a_shift(
    "Ben's shift",
    user_id=BEN.id,
    status=AssignmentStatus.CHECKED_OUT,
    check_in_time=NOON,
    check_out_time=NOON + HOUR,
    hours_worked=Decimal("1.50"),
)


def saved(app: App, name: str) -> list[dict[str, str]]:
    content = app.device.saved[name]
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def test_own_hours_show_raw_and_corrected_times_and_the_stored_places(
    open_the_app: OpenApp,
) -> None:
    async with open_the_app(*SHELF, CORRECTED, route="/hours") as app:
        for text in (
            "4.00 hours",
            "In 07:00, corrected from 07:10, 42 m from the pin",
            "Out 11:00, closed without a check-out",
            "A position is stored once at each check-in and check-out, and never in between.",
        ):
            assert app.says(text), text


async def test_without_shifts_the_hours_say_so(open_the_app: OpenApp) -> None:
    async with open_the_app(*SHELF, route="/hours") as app:
        assert app.says("No shifts yet")


async def test_the_hours_of_an_event_are_saved_as_a_table_without_formulas(
    open_the_app: OpenApp,
) -> None:
    route = f"/event/{an_event().id}/hours"

    async with open_the_app(
        *SHELF, RISKY, CORRECTED, BEN_OUT, person=DANA_HERSELF, route=route
    ) as app:
        assert app.says("5.50 hours")
        assert app.says("2 shifts")
        await app.tap("Save as a table (CSV)")
        await app.until("Saved as hours-2026-11-23.csv.")

        by_name = {line["name"]: line for line in saved(app, "hours-2026-11-23.csv")}
        assert set(by_name) == {"Ana Castillo", "'=2+3"}
        ana = by_name["Ana Castillo"]
        assert (ana["checked_in"], ana["phone_said_in"]) == (
            "2026-11-23 07:00",
            "2026-11-23 07:10",
        )
        assert (ana["hours"], ana["corrected"], ana["provisional"]) == ("4.00", "yes", "yes")


async def test_an_event_without_people_has_no_hours(open_the_app: OpenApp) -> None:
    shelf = [each for each in SHELF if not isinstance(each, StaffAssignment)]
    route = f"/event/{an_event().id}/hours"

    async with open_the_app(*shelf, person=DANA_HERSELF, route=route) as app:
        assert app.says("Nobody is booked on this event.")


async def test_a_row_leads_to_the_shift(open_the_app: OpenApp) -> None:
    async with open_the_app(*SHELF, CORRECTED, route="/hours") as app:
        await app.tap("Cold brew sampling \u00b7 4.00 h")

        assert app.route == f"/shift/{CORRECTED.id}"
