"""Ready for the shift: what the card says, and when it is there."""

import datetime as dt

import pytest

from field_app.device import Health
from field_app.domain.assignment import AssignmentStatus
from field_app.domain.clock import ClockGrade, ClockReading
from field_app.views.parts.readiness import Facts, checks
from tests.support.field import NOON, a_shift, an_event
from tests.views.conftest import OpenApp

WELL = Facts(
    now=NOON,
    synced_at=NOON - dt.timedelta(minutes=5),
    clock=ClockReading(device_at=NOON, offset_ms=0, grade=ClockGrade.HIGH),
    free_bytes=10**9,
    health=Health("granted", 80),
)


def to_do(**changes: object) -> list[str]:
    facts = Facts(**{**vars(WELL), **changes})
    return [check.said for check in checks(facts) if not check.is_fine]


def test_a_device_that_is_well_has_nothing_to_do() -> None:
    assert to_do() == []
    assert len(checks(WELL)) == 5


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"synced_at": None}, "Nothing was fetched yet"),
        ({"synced_at": NOON - dt.timedelta(hours=13)}, "Last synced 13 h"),
        ({"health": Health("denied")}, "Your position may not be used"),
        ({"health": Health("off")}, "Location is switched off"),
        ({"health": Health("granted", 20)}, "Battery at 20 %. Charge it"),
        ({"free_bytes": 50_000_000}, "Only 50 MB are free"),
        (
            {"clock": ClockReading(device_at=NOON, offset_ms=None, grade=ClockGrade.LOW)},
            "The clock was not compared",
        ),
        (
            {"clock": ClockReading(device_at=NOON, offset_ms=-2_820_000, grade=ClockGrade.HIGH)},
            "The clock is 47 min off",
        ),
    ],
)
def test_what_is_missing_is_said_with_what_to_do(changes: dict[str, object], said: str) -> None:
    (sentence,) = to_do(**changes)

    assert sentence.startswith(said)


@pytest.mark.parametrize(("hours", "is_there"), [(17, True), (19, False), (-1, False)])
async def test_the_card_is_there_the_evening_before(
    open_the_app: OpenApp, hours: int, is_there: bool
) -> None:
    starts_at = NOON + dt.timedelta(hours=hours)
    event = an_event(starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=4))
    shift = a_shift(status=AssignmentStatus.ACCEPTED)

    async with open_the_app(event, shift) as app:
        assert app.says("Ready for the shift?") is is_there


async def test_the_card_looks_again_when_it_is_asked(open_the_app: OpenApp) -> None:
    starts_at = NOON + dt.timedelta(hours=15)
    event = an_event(starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=4))

    async with open_the_app(event, a_shift(status=AssignmentStatus.ACCEPTED)) as app:
        await app.until("You will be asked for your position")
        app.device.said_of_itself = Health("granted", 31)
        await app.tap("Check again")
        await app.until("Battery at 31 %. Charge it before you go.")
