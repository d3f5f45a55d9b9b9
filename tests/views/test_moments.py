"""How times that people type are read."""

import datetime as dt

import pytest

from field_app.views.moments import at_clock
from tests.support.field import NOON


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [
        ("14:05", 14, 5),
        ("1405", 14, 5),
        ("9.30", 9, 30),
        ("9", 9, 0),
        ("2:05 pm", 14, 5),
        ("2:05\u00a0pm", 14, 5),
        ("12 p.m.", 12, 0),
        ("12:10am", 0, 10),
        (" 07:15 ", 7, 15),
    ],
)
def test_a_time_is_read_as_people_write_it(text: str, hour: int, minute: int) -> None:
    moment = at_clock(text, NOON, dt.UTC)

    assert moment == NOON.replace(hour=hour, minute=minute)


@pytest.mark.parametrize("text", ["", "soon", "24:00", "12:60", "13 pm", "0 am", "1:2:3", "-1"])
def test_what_names_no_time_is_none(text: str) -> None:
    assert at_clock(text, NOON, dt.UTC) is None
