"""What waits for an operator: faults, and the last words of those who have no access any more."""

import json
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import Engine

from server_stub import parked
from server_stub.parked import NotParked
from tests.server.conftest import SignIn
from tests.server.test_push import HERE, a_poison
from tests.support import sync_server
from tests.support.central import Central
from tests.support.commands import command
from tests.support.wire_client import WireClient

AWAY = {
    "deactivated": "UPDATE users SET status = 'inactive' WHERE name = 'Ana'",
    "revoked": "UPDATE devices SET revoked_at = now()",
}


@pytest.fixture
def shift(central: Central, ana: UUID, event: UUID) -> UUID:
    return central.a_shift(event, ana, "accepted")


@pytest.mark.parametrize("how", AWAY)
def test_c12_what_was_done_before_is_taken_in_set_apart_and_nothing_is_answered(
    central: Central, engine: Engine, sign_in: SignIn, ana: UUID, shift: UUID, how: str
) -> None:
    phone, other = sign_in(ana), central.a_shift(central.an_event(in_h=24), ana)
    fact = phone.envelope("assignment.check_in", shift, {"location": HERE})
    claim = phone.envelope("assignment.accept", other)
    central.db.execute(AWAY[how])

    answer = phone.post(fact, claim).json()

    told = {v["operation_id"]: (v["status"], v["code"]) for v in answer["verdicts"]}
    assert told == {fact["id"]: ("parked", "set_apart"), claim["id"]: ("refused", "not_allowed")}
    assert (answer["changes"], answer["removed"]) == ({}, {})
    assert phone.post().status_code in {401, 403}
    assert phone.post(fact).json()["verdicts"] == answer["verdicts"][:1]
    assert central.status_of("staff_assignments", shift) == "accepted"

    (waiting,) = parked.waiting(engine)
    assert (waiting.author, waiting.kind, waiting.code) == ("Ana", fact["kind"], "set_apart")
    assert parked.retry(engine, waiting.operation_id).status == "applied"
    assert central.status_of("staff_assignments", shift) == "checked_in"
    assert parked.waiting(engine) == []


@pytest.mark.parametrize("how", AWAY)
def test_after_two_weeks_nothing_is_taken_in_any_more(
    central: Central, sign_in: SignIn, ana: UUID, shift: UUID, how: str
) -> None:
    phone = sign_in(ana)
    central.db.execute(AWAY[how])
    long_ago = "now() - interval '15 days'"
    central.db.execute("ALTER TABLE users DISABLE TRIGGER USER")
    central.db.execute(f"UPDATE users SET updated_at = {long_ago}")
    central.db.execute(f"UPDATE devices SET revoked_at = {long_ago} WHERE revoked_at IS NOT NULL")

    assert phone.post(phone.envelope("assignment.check_in", shift)).status_code in {401, 403}
    assert central.value("SELECT count(*) FROM sync_operations") == 0


def test_a_revoked_device_does_nothing_but_hand_in(
    central: Central, sign_in: SignIn, ana: UUID
) -> None:
    phone = sign_in(ana)
    own = f"/v1/devices/{phone.device_id}"
    assert phone.http.delete(own, headers=phone.headers).status_code == 204

    asked = [
        phone.http.request(method, path, headers=phone.headers).status_code
        for method, path in (
            ("GET", "/v1/me"),
            ("GET", "/v1/devices"),
            ("GET", "/v1/sync/stream"),
            ("GET", f"/v1/photos/{'a' * 64}"),
            ("PUT", f"/v1/photos/{'a' * 64}"),
        )
    ]

    assert asked == [401] * 5


def test_an_operator_refuses_with_a_reason_that_the_author_is_told(
    central: Central, engine: Engine, sign_in: SignIn, ana: UUID, shift: UUID
) -> None:
    phone = sign_in(ana)
    a_poison(central.db, "staff_assignments", "status <> 'checked_in'")
    fact = phone.envelope("assignment.check_in", shift, {"location": HERE})
    for _ in range(3):
        phone.perform(fact)
    with pytest.raises(NotParked):
        parked.refuse(engine, uuid4(), "No")
    assert parked.retry(engine, UUID(fact["id"])).status == "parked"

    parked.refuse(engine, UUID(fact["id"]), "You were not there")

    (verdict,) = phone.perform(fact)
    assert (verdict["status"], verdict["code"]) == ("refused", "refused_by_office")
    assert verdict["message"].endswith("(You were not there)")
    with pytest.raises(NotParked):
        parked.retry(engine, UUID(fact["id"]))


def test_the_command_line_lists_and_decides(
    central: Central, database_url: str, sign_in: SignIn, ana: UUID, shift: UUID
) -> None:
    assert command("parked", "list", DATABASE_URL=database_url).stdout == "Nothing is parked.\n"
    phone = sign_in(ana)
    fact = phone.envelope("assignment.check_in", shift)
    health = {"pending": 3, "oldest_pending_s": 60, "photos_pending": 1, "repairs": 0}
    phone.post(health=health | {"free_mb": 900})
    central.db.execute(AWAY["deactivated"])
    phone.post(fact)

    listed = command("parked", "list", DATABASE_URL=database_url).stdout.splitlines()
    fleet = command("devices", "list", "--json", DATABASE_URL=database_url).stdout.splitlines()
    applied = command("parked", "retry", fact["id"], DATABASE_URL=database_url)
    again = command("parked", "refuse", fact["id"], "--reason", "Late", DATABASE_URL=database_url)
    revoked = command("devices", "revoke", phone.device_id, DATABASE_URL=database_url)
    unknown = command("devices", "revoke", str(uuid4()), DATABASE_URL=database_url)

    assert listed[0].split()[:2] == ["operation_id", "kind"]
    assert fact["id"] in listed[1]
    (device,) = [json.loads(line) for line in fleet]
    assert (device["person"], device["pending"], device["photos_pending"]) == ("Ana", 3, 1)
    assert applied.stdout == "applied\n"
    assert (again.returncode, again.stderr) == (1, "No operation with this id is parked.\n")
    assert revoked.stdout == "Revoked.\n"
    assert (unknown.returncode, unknown.stderr) == (1, "There is no device with this id.\n")


def test_an_app_that_is_too_old_hands_in_and_gets_no_rows(
    central: Central, database_url: str, ana: UUID, shift: UUID
) -> None:

    with (
        sync_server.serving(database_url, oldest_app="1.10") as url,
        httpx.Client(base_url=url, timeout=30) as http,
    ):
        phone = WireClient(http, central.emails[ana], "correct horse")
        fact = phone.envelope("assignment.check_in", shift)
        old = phone.post(fact, app_version="1.9.2").json()

        assert [v["status"] for v in old["verdicts"]] == ["applied"]
        assert old["changes"] == {}
        assert phone.post(app_version="1.9.2").status_code == 426
        assert phone.post(app_version="1.10").json()["changes"]
    assert central.status_of("staff_assignments", shift) == "checked_in"
