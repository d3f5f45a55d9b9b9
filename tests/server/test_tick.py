"""What follows from the time alone."""

import asyncio
import datetime as dt
import threading
from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from server_stub.database import create_engine
from server_stub.metrics import Metrics
from server_stub.tick import Ticked, tick, ticking
from tests.support.central import Central

HOUR = dt.timedelta(hours=1)
NOTHING = Ticked()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url, pool_size=2)
    yield engine
    engine.dispose()


def ends_at(central: Central, event: UUID) -> dt.datetime:
    moment = central.value("SELECT ends_at FROM event_instances WHERE id = %s", event)
    assert isinstance(moment, dt.datetime)
    return moment


def test_c7_a_forgotten_check_out_is_closed_at_the_planned_end_four_hours_later(
    central: Central, engine: Engine, ana: UUID, event: UUID
) -> None:
    over_at = ends_at(central, event)
    came_at = over_at - 4 * HOUR
    shift = central.a_shift(event, ana, "checked_in", check_in_time=came_at)

    early = tick(engine, over_at + 3.9 * HOUR)
    done = tick(engine, over_at + 4.01 * HOUR)
    again = tick(engine, over_at + 4.1 * HOUR)

    assert (early, done.shifts, again.shifts) == (NOTHING, 1, 0)
    row = central.db.execute(
        "SELECT status, check_out_time, hours_worked, location_at_check_out->'provisional' "
        "FROM staff_assignments WHERE id = %s",
        [shift],
    ).fetchone()
    assert row is not None
    assert (row[0], float(row[2]), row[3]) == ("checked_out", 4.0, True)
    flags = central.db.execute("SELECT flag, target_id FROM review_items").fetchall()
    assert flags == [("missing_check_out", shift)]
    trail = "SELECT kind, actor_id FROM audit_entries WHERE record_id = %s"
    assert central.db.execute(trail, [shift]).fetchall() == [("assignment.close", None)]


def test_an_event_is_completed_when_all_are_out_and_handed_on_a_day_later(
    central: Central, engine: Engine, ana: UUID, event: UUID
) -> None:
    over_at = ends_at(central, event)
    central.db.execute("UPDATE event_instances SET status = 'in_progress'")
    shift = central.a_shift(event, ana, "checked_in", check_in_time=over_at - HOUR)

    assert tick(engine, over_at + 3 * HOUR) == NOTHING
    central.db.execute("UPDATE staff_assignments SET status = 'checked_out' WHERE id = %s", [shift])
    assert tick(engine, over_at + 1.9 * HOUR) == NOTHING
    assert tick(engine, over_at + 2.01 * HOUR).events == 1
    assert tick(engine, over_at + 24.01 * HOUR).events == 1

    log = central.db.execute(
        "SELECT from_state, to_state, changed_by_id FROM event_state_transitions "
        "WHERE event_instance_id = %s AND from_state <> 'none' ORDER BY created_at, to_state",
        [event],
    ).fetchall()
    assert log == [
        ("in_progress", "completed", None),
        ("completed", "post_processing", None),
    ]


def test_only_one_process_at_a_time_does_the_work(
    central: Central, engine: Engine, ana: UUID, event: UUID
) -> None:
    over_at = ends_at(central, event)
    central.a_shift(event, ana, "checked_in", check_in_time=over_at - HOUR)

    with engine.begin() as busy:
        busy.execute(text("SELECT pg_advisory_xact_lock(hashtext('fieldkit tick'))"))
        assert tick(engine, over_at + 5 * HOUR) == NOTHING

    assert tick(engine, over_at + 5 * HOUR).shifts == 1


async def test_a_server_that_stops_waits_for_what_its_tick_is_doing(engine: Engine) -> None:
    begun, may_end = threading.Event(), threading.Event()
    ended: list[str] = []

    def sweep() -> None:
        begun.set()
        assert may_end.wait(10)
        ended.append("swept")

    async with ticking(engine, sweep, Metrics(), every_s=60):
        assert await asyncio.to_thread(begun.wait, 10)
        asyncio.get_running_loop().call_later(0.05, may_end.set)

    assert ended == ["swept"]
