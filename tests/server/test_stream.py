"""The stream: wakes a device when its person's scope may have changed, and ends with its token."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Thread
from uuid import UUID

import httpx
import psycopg
import pytest

from server_stub import parked, wakeups
from server_stub.database import create_engine
from tests.server.booking_system import insert
from tests.server.conftest import SignIn
from tests.support.central import PASSWORD, Central, wait_for_a_lock_or
from tests.support.sync_server import serving
from tests.support.wire_client import WireClient

CHANGED = "event: changed"


@contextmanager
def listening(device: WireClient) -> Iterator[Iterator[str]]:
    """The lines of a device's stream, from when the server listens."""
    with device.http.stream("GET", "/v1/sync/stream", headers=device.headers) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in response.headers
        lines = filter(None, response.iter_lines())
        assert next(lines) == ": listening"
        yield lines


def wait_until_quiet(central: Central, lines: Iterator[str], event: UUID) -> None:
    """Until the server knows this person's scope: it then tells of a change to the event."""
    central.db.execute("UPDATE event_instances SET notes = 'x' WHERE id = %s", [event])
    assert next(lines) == CHANGED
    assert next(lines) == "data: {}"


@pytest.fixture
def shift(central: Central, event: UUID, ana: UUID) -> UUID:
    return central.a_shift(event, ana)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE staff_assignments SET special_instructions = 'Side door'",
        "DELETE FROM staff_assignments",
        "UPDATE event_instances SET status = 'cancelled'",
        "UPDATE locations SET address = 'elsewhere'",
        "UPDATE users SET name = 'Anna' WHERE name = 'Ana'",
    ],
)
def test_a_change_in_scope_wakes_the_device(
    central: Central, sign_in: SignIn, ana: UUID, event: UUID, shift: UUID, statement: str
) -> None:
    with listening(sign_in(ana)) as lines:
        wait_until_quiet(central, lines, event)

        central.db.execute(statement)

        assert next(lines) == CHANGED


def test_a_new_shift_wakes_the_person_it_is_for(
    central: Central, sign_in: SignIn, ana: UUID, event: UUID
) -> None:
    with listening(sign_in(ana)) as lines:
        central.a_shift(event, ana)

        assert next(lines) == CHANGED


def test_what_an_agent_does_wakes_the_manager(
    central: Central, sign_in: SignIn, ana: UUID, dana: UUID, shift: UUID
) -> None:
    agent, manager = sign_in(ana), sign_in(dana)
    manager.sync_all()
    with listening(manager) as lines:
        agent.perform(agent.envelope("assignment.accept", shift))

        assert next(lines) == CHANGED
        manager.sync()
        assert manager.mirror["staff_assignments"][str(shift)]["status"] == "accepted"


def test_who_did_it_is_answered_and_not_told_on_that_device(
    central: Central, sign_in: SignIn, ana: UUID, event: UUID, shift: UUID
) -> None:
    phone, tablet = sign_in(ana), sign_in(ana)
    with listening(phone) as lines, listening(tablet) as others:
        wait_until_quiet(central, lines, event)
        wait_until_quiet(central, others, event)
        assert [next(lines), next(lines)] == [CHANGED, "data: {}"]

        phone.perform(phone.envelope("assignment.accept", shift))

        assert [next(others), next(others)] == [CHANGED, "data: {}"]
        phone.http.post("/v1/auth/sign-out", headers=phone.headers)
        assert CHANGED not in list(lines)
    assert phone.mirror["staff_assignments"][str(shift)]["status"] == "accepted"


def test_what_the_office_decides_about_its_operation_is_told_to_a_device(
    central: Central, database_url: str, sign_in: SignIn, ana: UUID, event: UUID
) -> None:
    phone, shift = sign_in(ana), central.a_shift(event, ana, "accepted")
    fact = phone.envelope("assignment.check_in", shift)
    central.db.execute("UPDATE users SET status = 'inactive' WHERE name = 'Ana'")
    phone.post(fact)
    central.db.execute("UPDATE users SET status = 'active' WHERE name = 'Ana'")
    engine = create_engine(database_url, pool_size=1)
    with listening(phone) as lines:
        wait_until_quiet(central, lines, event)

        assert parked.retry(engine, UUID(fact["id"])).status == "applied"

        assert [next(lines), next(lines)] == [CHANGED, "data: {}"]
        phone.sync()
    engine.dispose()
    assert phone.mirror["staff_assignments"][str(shift)]["status"] == "checked_in"


def test_what_concerns_others_does_not_wake_an_agent(
    central: Central, sign_in: SignIn, ana: UUID, event: UUID, shift: UUID
) -> None:
    ben, other = central.a_person("Ben"), central.an_event()
    central.a_shift(other, ben)
    hers, his = sign_in(ana), sign_in(ben)
    with listening(hers) as lines, listening(his) as his_lines:
        wait_until_quiet(central, lines, event)

        for _ in range(5):  # who is told is told in turn: hers would come before his next
            wait_until_quiet(central, his_lines, other)
        hers.http.post("/v1/auth/sign-out", headers=hers.headers)

        assert list(lines).count(CHANGED) <= 1  # one of before may still have been on its way


def test_what_concerns_everybody_wakes_an_agent(
    central: Central, sign_in: SignIn, ana: UUID, event: UUID, shift: UUID
) -> None:
    with listening(sign_in(ana)) as lines:
        wait_until_quiet(central, lines, event)

        central.db.execute("NOTIFY field_changed, '{\"all\": true}'")

        assert next(lines) == CHANGED


def test_an_event_that_becomes_theirs_wakes_a_manager(
    central: Central, sign_in: SignIn, dana: UUID, event: UUID
) -> None:
    other = central.an_event()
    with listening(sign_in(dana)) as lines:
        wait_until_quiet(central, lines, event)

        for change in ("field_manager_id = %s", "notes = 'x', field_manager_id = %s"):
            central.db.execute(f"UPDATE event_instances SET {change} WHERE id = %s", [dana, other])

            assert [next(lines), next(lines)] == [CHANGED, "data: {}"]


@pytest.mark.parametrize("way", ["revoke", "sign_out", "sign_in", "deactivate"])
def test_a_stream_ends_with_the_devices_access(
    central: Central, sign_in: SignIn, http: httpx.Client, ana: UUID, event: UUID, way: str
) -> None:
    central.a_shift(event, ana)
    device, other = sign_in(ana), sign_in(ana)
    with listening(device) as lines:
        wait_until_quiet(central, lines, event)

        match way:
            case "revoke":
                http.delete(f"/v1/devices/{device.device_id}", headers=other.headers)
            case "sign_out":
                http.post("/v1/auth/sign-out", headers=device.headers)
            case "sign_in":
                device.sign_in(central.emails[ana], PASSWORD)
            case "deactivate":
                central.db.execute("UPDATE users SET status = 'inactive' WHERE name = 'Ana'")

        assert set(lines) <= {CHANGED, "data: {}"}


def test_a_quiet_stream_says_that_it_is_still_there(
    central: Central, database_url: str, ana: UUID
) -> None:
    with (
        serving(database_url, stream_comment_s=0.05) as url,
        httpx.Client(base_url=url) as http,
        listening(WireClient(http, central.emails[ana], PASSWORD)) as lines,
    ):
        # It may be told of a change first: what happened before the server listened.
        others = (line for line in lines if line not in {CHANGED, "data: {}"})

        assert [next(others), next(others)] == [": still here", ": still here"]


def test_a_stream_survives_the_loss_of_the_listening_connection(
    central: Central, sign_in: SignIn, ana: UUID, event: UUID, shift: UUID
) -> None:
    kill = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE 'LISTEN%'"""
    with listening(sign_in(ana)) as lines:
        wait_until_quiet(central, lines, event)

        killed = central.db.execute(kill).fetchall()

        assert killed == [(True,)]
        assert [next(lines), next(lines)] == [CHANGED, "data: {}"]
        insert(central.db, "event_team_members", event_instance_id=event, user_id=ana, role="x")
        assert next(lines) == CHANGED


def test_open_streams_hold_no_database_connection(
    central: Central, sign_in: SignIn, ana: UUID, event: UUID, shift: UUID, server_url: str
) -> None:
    device = sign_in(ana)
    streams = [httpx.Client(base_url=server_url) for _ in range(30)]

    def count_connections() -> int:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        return int(central.value(query))

    threads = [Thread(target=open_and_read, args=(each, device.headers)) for each in streams]
    for thread in threads:
        thread.start()
    device.post()
    connections = count_connections()
    device.http.post("/v1/auth/sign-out", headers=device.headers)
    for thread, each in zip(threads, streams, strict=True):
        thread.join()
        each.close()

    assert connections < 25


def open_and_read(http: httpx.Client, headers: dict[str, str]) -> None:
    with http.stream("GET", "/v1/sync/stream", headers=headers) as response:
        for _ in response.iter_lines():
            pass


def test_nobody_is_told_while_those_who_sync_keep_the_server_busy(
    central: Central, database_url: str, ana: UUID, dana: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wakeups, "BUSY_AT", 1)
    event = central.an_event(dana)
    shift = central.a_shift(event, ana)
    with (
        serving(database_url) as url,
        httpx.Client(base_url=url, timeout=60) as http,
        ThreadPoolExecutor(2) as threads,
        psycopg.connect(database_url) as other,
    ):
        phone, desk = (WireClient(http, central.emails[each], PASSWORD) for each in (ana, dana))
        with listening(desk) as lines:
            wait_until_quiet(central, lines, event)
            other.execute("SELECT FROM staff_assignments WHERE id = %s FOR UPDATE", [shift])
            synced = threads.submit(phone.perform, phone.envelope("assignment.accept", shift))
            wait_for_a_lock_or(synced.done, central.db)
            central.db.execute("NOTIFY field_changed, '{\"all\": true}'")
            told = threads.submit(next, lines)
            with pytest.raises(TimeoutError):
                told.result(0.3)
            other.rollback()

            assert told.result(20) == CHANGED
            assert synced.result(20)[0]["status"] == "applied"
