"""The central records as a decision sees and writes them."""

import datetime as dt
from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import Connection

from field_app.domain.assignment import AssignmentStatus, StaffAssignment
from field_app.domain.event import EventInstance
from server_stub import database
from server_stub.world import CentralWorld, LostRace
from tests.support.central import Central

NIGHT = dt.datetime(2026, 11, 1, 5, 30, 0, 250_000, tzinfo=dt.UTC)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    engine = database.create_engine(database_url, pool_size=1)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


@pytest.mark.parametrize("session_zone", ["UTC", "Asia/Tokyo"])
def test_an_instant_comes_back_as_it_was_written(
    central: Central, event: UUID, connection: Connection, session_zone: str
) -> None:
    found = CentralWorld(connection).find(EventInstance, event)
    assert found is not None
    moved = found.revise(starts_at=NIGHT, ends_at=NIGHT + dt.timedelta(hours=1))

    world = CentralWorld(connection)
    world.write(moved)
    world.flush()

    again = CentralWorld(connection).find(EventInstance, event)
    assert again is not None
    assert (again.starts_at, again.ends_at) == (moved.starts_at, moved.ends_at)
    connection.exec_driver_sql(f"SET timezone = '{session_zone}'")
    stored = connection.exec_driver_sql("SELECT starts_at FROM event_instances").scalar_one()
    assert stored == NIGHT


def test_what_was_deleted_softly_is_not_there(
    central: Central, event: UUID, ana: UUID, connection: Connection
) -> None:
    shift = central.a_shift(event, ana, deleted_at=NIGHT.replace(tzinfo=None))
    world = CentralWorld(connection)

    assert world.find(StaffAssignment, shift) is None
    assert world.where(StaffAssignment, event_instance_id=event) == []


def test_a_row_that_somebody_changed_meanwhile_is_not_overwritten(
    central: Central, event: UUID, ana: UUID, connection: Connection
) -> None:
    shift, world = central.a_shift(event, ana), CentralWorld(connection)
    read = world.find(StaffAssignment, shift)
    assert read is not None
    central.db.execute("UPDATE staff_assignments SET special_instructions = 'Side door'")

    world.write(read.revise(status=AssignmentStatus.ACCEPTED))
    with pytest.raises(LostRace):
        world.flush()

    assert central.status_of("staff_assignments", shift) == "offered"


def test_a_written_record_has_its_new_version(
    central: Central, event: UUID, ana: UUID, connection: Connection
) -> None:
    shift, world = central.a_shift(event, ana), CentralWorld(connection)
    read = world.find(StaffAssignment, shift)
    assert read is not None

    before, after = world.write(read.revise(status=AssignmentStatus.ACCEPTED))
    assert (before, world.find(StaffAssignment, shift)) == (read, after)
    world.flush()

    stored = CentralWorld(connection).find(StaffAssignment, shift)
    assert stored is not None
    assert (stored.status, stored.version) == (
        "accepted",
        world.find(StaffAssignment, shift).version,
    )
    assert stored.version > read.version
