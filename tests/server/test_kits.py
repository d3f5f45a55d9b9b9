"""Kits on the server: two managers with one kit, reservations that race, and who sees custody."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import psycopg
import pytest

from tests.server.booking_system import a_kit, an_activity, insert
from tests.server.conftest import SignIn
from tests.support.central import Central

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def luis(central: Central) -> UUID:
    return central.a_person("Luis", "field_manager")


@pytest.fixture
def kit(db: psycopg.Connection) -> UUID:
    return a_kit(db)


def a_need(db: psycopg.Connection, event: UUID, kit: UUID | None = None, **values: Any) -> UUID:
    template = db.execute("SELECT id FROM kit_templates").fetchone()
    assert template is not None
    status = "assigned" if kit else "needed"
    return insert(
        db,
        "activity_kits",
        **{
            "activity_id": an_activity(db, event),
            "kit_template_id": template[0],
            "kit_instance_id": kit,
            "status": status,
        }
        | values,
    )


def at(moment: dt.datetime) -> dict[str, Any]:
    text = moment.isoformat()
    clock = {"device_at": text, "offset_ms": 0, "grade": "high"}
    return {"occurred_at": text, "clock": clock}


def open_flags(central: Central) -> list[tuple[str, UUID]]:
    rows = central.db.execute(
        "SELECT flag, target_id FROM review_items WHERE status = 'open' ORDER BY flag"
    )
    return [(str(flag), target) for flag, target in rows]


def test_a_kit_goes_out_and_comes_back_short(
    central: Central, sign_in: SignIn, dana: UUID, event: UUID, kit: UUID
) -> None:
    parts = '[{"name": "Pump", "quantity": 2}, {"name": "Cup", "quantity": 400, "consumable": true, "metric": "samples"}]'  # noqa: E501
    central.db.execute("UPDATE kit_templates SET components = %s", [parts])
    need = a_need(central.db, event, kit)
    phone = sign_in(dana)

    out = phone.envelope("kit.check_out", need, {"kit_instance_id": str(kit), "entry": "scan"})
    back = phone.envelope("kit.return", need, {"counts": {"Pump": 1, "Cup": 150}})
    verdicts = phone.perform(out, back)

    assert [v["status"] for v in verdicts] == ["applied", "applied"]
    assert central.status_of("activity_kits", need) == "returned"
    assert central.status_of("kit_instances", kit) == "available"
    assert central.value("SELECT actual_metrics FROM activities") == {"samples": 250}
    said = central.value("SELECT description FROM event_issues WHERE activity_kit_id = %s", need)
    assert said == "LCB-SAMP-0001 came back without 1 × Pump."
    acts = central.db.execute("SELECT act FROM custody_entries ORDER BY occurred_at").fetchall()
    assert acts == [("check_out",), ("return",)]
    trail = "SELECT kind FROM audit_entries WHERE record_id = %s ORDER BY occurred_at"
    assert central.db.execute(trail, [need]).fetchall() == [("kit.check_out",), ("kit.return",)]


@pytest.mark.parametrize("dana_is_heard_first", [True, False])
def test_c2_a_double_check_out_is_disputed_and_settled_by_the_next_scan(
    central: Central, sign_in: SignIn, dana: UUID, luis: UUID, kit: UUID, dana_is_heard_first: bool
) -> None:
    hers = a_need(central.db, central.an_event(dana), kit)
    his = a_need(central.db, central.an_event(luis, in_h=6), kit)
    dana_phone, luis_phone = sign_in(dana), sign_in(luis)
    now = dt.datetime.now(dt.UTC) - HOUR
    taken = {"kit_instance_id": str(kit)}
    of_dana = [
        dana_phone.envelope("kit.check_out", hers, taken, **at(now)),
        dana_phone.envelope("kit.return", hers, {}, **at(now + HOUR / 2)),
    ]
    of_luis = [luis_phone.envelope("kit.check_out", his, taken, **at(now + HOUR / 4))]

    pushes = [(dana_phone, of_dana), (luis_phone, of_luis)]
    for phone, operations in pushes if dana_is_heard_first else reversed(pushes):
        assert {v["status"] for v in phone.perform(*operations)} == {"applied"}

    assert central.value("SELECT disputed FROM kit_instances") is True
    assert central.value("SELECT holder_id FROM kit_instances") == luis
    assert "custody_disputed" in dict(open_flags(central))
    assert central.value("SELECT count(*) FROM custody_entries") == 3

    scan = luis_phone.envelope("kit.return", his, {"entry": "scan"})
    assert luis_phone.perform(scan)[0]["status"] == "applied"
    assert central.value("SELECT disputed FROM kit_instances") is False
    assert "custody_disputed" not in dict(open_flags(central))


def test_c14_a_kit_is_reserved_once_however_close_two_managers_come(
    central: Central, sign_in: SignIn, dana: UUID, luis: UUID, kit: UUID
) -> None:
    managers = [(sign_in(person), person) for person in (dana, luis)]
    needs = [a_need(central.db, central.an_event(person, in_h=24)) for _, person in managers]
    operations = [
        phone.envelope("kit.assign", need, {"kit_instance_id": str(kit)})
        for (phone, _), need in zip(managers, needs, strict=True)
    ]

    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(
            lambda pair: pair[0][0].perform(pair[1])[0],
            zip(managers, operations, strict=True),
        )
        verdicts = list(answers)

    assert sorted(v["status"] for v in verdicts) == ["applied", "refused"]
    assert {v["code"] for v in verdicts} == {None, "kit_not_available"}


def test_the_database_itself_refuses_a_second_reservation_in_words(
    central: Central, sign_in: SignIn, dana: UUID, kit: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = a_need(central.db, central.an_event(dana, in_h=24))
    second = a_need(central.db, central.an_event(dana, in_h=25))
    phone = sign_in(dana)
    monkeypatch.setattr("field_app.domain.reservations._overlaps", lambda *_: False)

    verdicts = [
        phone.perform(phone.envelope("kit.assign", need, {"kit_instance_id": str(kit)}))[0]
        for need in (first, second)
    ]

    assert [v["code"] for v in verdicts] == [None, "kit_not_available"]


def test_custody_is_seen_where_the_kit_is_needed_and_nowhere_else(
    central: Central, sign_in: SignIn, dana: UUID, luis: UUID, ana: UUID, event: UUID, kit: UUID
) -> None:
    need = a_need(central.db, event, kit)
    central.a_shift(event, ana, "accepted")
    central.an_event(luis)
    manager, agent, other = sign_in(dana), sign_in(ana), sign_in(luis)
    manager.perform(manager.envelope("kit.check_out", need, {"kit_instance_id": str(kit)}))

    seen = []
    for phone in (manager, agent, other):
        phone.sync_all()
        seen.append(len(phone.rows("custody_entries")))

    assert seen == [1, 1, 0]


def test_what_only_the_server_does_is_refused_to_everybody_else(
    central: Central, sign_in: SignIn, dana: UUID, ana: UUID, event: UUID
) -> None:
    shift = central.a_shift(event, ana, "checked_in")
    phone = sign_in(dana)

    verdicts = phone.perform(
        phone.envelope("assignment.close", shift), phone.envelope("event.advance", event)
    )

    assert [v["code"] for v in verdicts] == ["not_allowed", "not_allowed"]
