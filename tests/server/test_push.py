"""Operations on their way in: kept, decided once, answered the same for ever."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.server.booking_system import an_activity
from tests.server.conftest import SignIn
from tests.support.central import PASSWORD, Central, wait_for_a_lock_or
from tests.support.wire_client import WireClient, wire_instant

HERE = {
    "latitude": 40.7425,
    "longitude": -74.0061,
    "accuracy_m": 12,
    "captured_at": "2026-11-23T10:00:00Z",
}


def a_poison(db: psycopg.Connection, table: str, condition: str) -> None:
    """A rule in the database that our code does not know, as another program may add one."""
    db.execute(f"ALTER TABLE {table} ADD CONSTRAINT poison CHECK ({condition}) NOT VALID")


def trail_of(db: psycopg.Connection, record_id: UUID) -> list[tuple[Any, ...]]:
    query = """SELECT kind, from_state, to_state FROM audit_entries WHERE record_id = %s
        ORDER BY created_at, kind"""
    return db.execute(query, [record_id]).fetchall()


def test_a_shift_is_worked_from_offer_to_check_out(
    central: Central, sign_in: SignIn, event: UUID, dana: UUID, ana: UUID
) -> None:
    manager, agent, shift = sign_in(dana), sign_in(ana), uuid4()
    offer = {"event_instance_id": str(event), "user_id": str(ana), "role": "agent"}

    verdicts = manager.perform(manager.envelope("assignment.offer", shift, offer))
    verdicts += agent.perform(
        agent.envelope("assignment.accept", shift),
        agent.envelope("assignment.check_in", shift, {"location": HERE}),
        agent.envelope("assignment.check_out", shift, {"location": HERE}),
    )

    assert [v["status"] for v in verdicts] == ["applied"] * 4
    assert central.status_of("staff_assignments", shift) == "checked_out"
    assert central.status_of("event_instances", event) == "in_progress"
    assert verdicts[-1]["record_version"] == central.version_of("staff_assignments", shift)
    assert trail_of(central.db, shift) == [
        ("assignment.offer", None, "offered"),
        ("assignment.accept", "offered", "accepted"),
        ("assignment.check_in", "accepted", "checked_in"),
        ("assignment.check_out", "checked_in", "checked_out"),
    ]
    moves = "SELECT from_state, to_state, changed_by_id FROM event_state_transitions"
    assert central.db.execute(f"{moves} ORDER BY version").fetchall() == [
        ("scheduled", "preparation", ana),
        ("preparation", "in_progress", ana),
    ]


@pytest.mark.parametrize("kind", ["assignment.withdraw", "assignment.cancel", "assignment.reject"])
def test_a_shift_can_end_before_it_begins(
    central: Central, sign_in: SignIn, event: UUID, dana: UUID, ana: UUID, kind: str
) -> None:
    shift = central.a_shift(event, ana)
    device = sign_in(ana if kind.endswith("reject") else dana)

    (verdict,) = device.perform(device.envelope(kind, shift, {"reason": "other"}))

    assert verdict["status"] == "applied"
    assert central.status_of("staff_assignments", shift) in {"cancelled", "rejected"}


def test_a_manager_marks_a_no_show_and_corrects_it(
    central: Central, sign_in: SignIn, event: UUID, dana: UUID, ana: UUID
) -> None:
    shift, manager = central.a_shift(event, ana, "accepted"), sign_in(dana)
    times = {"check_in_time": "2026-11-20T08:00:00Z", "check_out_time": "2026-11-20T12:20:00Z"}

    verdicts = manager.perform(
        manager.envelope("assignment.no_show", shift),
        manager.envelope("assignment.correct_time", shift, {**times, "reason": "was there"}),
    )

    assert [v["status"] for v in verdicts] == ["applied", "applied"]
    hours = central.value("SELECT hours_worked FROM staff_assignments WHERE id = %s", shift)
    assert float(hours) == 4.33


def test_the_same_operation_gets_the_same_answer_ten_times_over(
    central: Central, sign_in: SignIn, event: UUID, ana: UUID
) -> None:
    device, shift = sign_in(ana), central.a_shift(event, ana, "accepted")
    sent = [
        device.envelope("assignment.check_in", shift, {"location": HERE}),
        device.envelope("assignment.reject", shift, {"reason": "other"}),
        device.envelope("assignment.dance", shift),
    ]

    answers = [device.perform(*sent) for _ in range(10)]

    assert [v["status"] for v in answers[0]] == ["applied", "refused", "refused"]
    assert answers == [answers[0]] * 10
    assert central.value("SELECT count(*) FROM audit_entries WHERE record_id = %s", shift) == 1


def test_an_operation_sent_twice_in_one_request_is_decided_once(
    central: Central, sign_in: SignIn, event: UUID, ana: UUID
) -> None:
    device, shift = sign_in(ana), central.a_shift(event, ana)
    accept = device.envelope("assignment.accept", shift)

    first, second = device.perform(accept, accept)

    assert (first["status"], second) == ("applied", first)


def test_two_copies_of_a_request_at_once_have_one_effect_and_one_answer(
    central: Central, sign_in: SignIn, event: UUID, ana: UUID
) -> None:
    device, shift = sign_in(ana), central.a_shift(event, ana)
    sent = [
        device.envelope("assignment.accept", shift),
        device.envelope("assignment.check_in", shift, {"location": HERE}),
    ]
    together = Barrier(4)

    def send(_: int) -> Any:
        together.wait()
        return device.post(*sent)

    with ThreadPoolExecutor(4) as threads:
        responses = list(threads.map(send, range(4)))

    assert [r.status_code for r in responses] == [200] * 4
    verdicts = [r.json()["verdicts"] for r in responses]
    assert verdicts == [verdicts[0]] * 4
    assert [v["status"] for v in verdicts[0]] == ["applied", "applied"]
    assert len(trail_of(central.db, shift)) == 2


def test_many_devices_at_one_event_lose_nothing(
    central: Central, sign_in: SignIn, event: UUID
) -> None:
    people = [central.a_person(f"Agent{number}") for number in range(8)]
    shifts = [central.a_shift(event, person) for person in people]
    devices = [sign_in(person) for person in people]
    together = Barrier(len(devices))

    def work(device: WireClient, shift: UUID) -> list[str]:
        sent = [
            device.envelope("assignment.accept", shift),
            device.envelope("assignment.check_in", shift, {"location": HERE}),
        ]
        together.wait()
        return [verdict["status"] for verdict in device.perform(*sent)]

    with ThreadPoolExecutor(len(devices)) as threads:
        answers = list(threads.map(work, devices, shifts))

    assert answers == [["applied", "applied"]] * len(devices)
    moves = central.value("SELECT count(*) FROM event_state_transitions")
    assert (central.status_of("event_instances", event), moves) == ("in_progress", 2)


def test_another_operation_under_a_known_id_is_refused_and_both_are_kept(
    central: Central, sign_in: SignIn, event: UUID, ana: UUID
) -> None:
    device, shift = sign_in(ana), central.a_shift(event, ana)
    accept = device.envelope("assignment.accept", shift)
    other = device.envelope("assignment.reject", shift, {"reason": "pay"}) | {"id": accept["id"]}
    first = device.perform(accept)

    refusals = [device.perform(other) for _ in range(3)]

    assert refusals[0][0]["code"] == "operation_id_reused"
    assert refusals == [refusals[0]] * 3
    assert device.perform(accept) == first
    kept = central.db.execute("SELECT envelope->>'kind' FROM sync_operation_conflicts").fetchall()
    assert kept == [("assignment.reject",)]


def test_an_operation_id_of_somebody_else_is_refused(
    central: Central, sign_in: SignIn, event: UUID, ana: UUID
) -> None:
    device, shift = sign_in(ana), central.a_shift(event, ana)
    stranger = sign_in(central.a_person("Ben"))
    accept = device.envelope("assignment.accept", shift)
    device.perform(accept)

    (verdict,) = stranger.perform(accept)

    assert verdict["code"] == "operation_id_reused"


def test_what_cannot_be_read_is_refused_alone_and_kept(
    central: Central, sign_in: SignIn, event: UUID, ana: UUID
) -> None:
    device, shift = sign_in(ana), central.a_shift(event, ana)
    check_in = device.envelope("assignment.check_in", uuid4())
    broken = [
        check_in | {"id": str(uuid4()), "occurred_at": "2026-11-23T10:00:00"},
        check_in | {"id": str(uuid4()), "payload": {"location": HERE | {"latitude": 91}}},
        check_in | {"id": str(uuid4()), "payload": {"reason": "a\x00b"}},
        check_in | {"id": str(uuid4()), "payload": {"reason": "\ud800"}},
        check_in | {"id": str(uuid4()), "kind": "a\x00b"},
        check_in | {"id": str(uuid4()), "seq": 2**63},
        check_in | {"id": str(uuid4()), "actor_id": str(uuid4())},
        check_in | {"id": str(uuid4()), "payload": {"location": HERE | {"latitude": 10**400}}},
    ]

    verdicts = device.perform(*broken, device.envelope("assignment.accept", shift))

    assert [v["code"] for v in verdicts] == ["malformed"] * len(broken) + [None]
    assert "occurred_at" in verdicts[0]["message"]
    assert "latitude" in verdicts[1]["message"]
    assert central.value("SELECT count(*) FROM sync_operations") == len(broken) + 1


def test_an_operation_without_a_readable_id_gets_one_from_its_content(
    central: Central, sign_in: SignIn, event: UUID, ana: UUID
) -> None:
    device, shift = sign_in(ana), central.a_shift(event, ana)
    junk: list[Any] = ["junk", None, {"id": 7}]

    first = device.perform(*junk, device.envelope("assignment.accept", shift))
    again = device.perform(*junk)

    assert [v["code"] for v in first] == ["malformed"] * 3 + [None]
    assert again == first[:3]


def test_an_unknown_kind_or_version_is_refused_alone(
    central: Central, sign_in: SignIn, event: UUID, ana: UUID
) -> None:
    device, shift = sign_in(ana), central.a_shift(event, ana)

    verdicts = device.perform(
        device.envelope("kit.juggle", uuid4()),
        device.envelope("assignment.accept", shift, kind_version=2),
        device.envelope("assignment.accept", shift),
    )

    assert [v["code"] for v in verdicts] == ["unknown_kind", "unknown_kind", None]


def test_a_claim_that_builds_on_a_refused_one_is_refused_but_a_fact_is_kept(
    central: Central, sign_in: SignIn, event: UUID, ana: UUID
) -> None:
    shift, device = central.a_shift(event, ana, "cancelled"), sign_in(ana)

    accept, cancel, check_in = device.perform(
        device.envelope("assignment.accept", shift),
        device.envelope("assignment.cancel", shift, {"reason": "ill"}),
        device.envelope("assignment.check_in", shift, {"location": HERE}),
    )

    assert accept["code"] == "offer_withdrawn"
    assert cancel["code"] == "depends_on_refused"
    assert check_in["status"] == "applied"
    assert "worked_while_cancelled" in check_in["flags"]


def test_a_claim_made_after_reading_the_refusal_is_judged_by_itself(
    central: Central, sign_in: SignIn, event: UUID, ana: UUID
) -> None:
    shift, device = central.a_shift(event, ana, "assigned"), sign_in(ana)
    refused = device.perform(device.envelope("assignment.accept", shift))

    applied = device.perform(device.envelope("assignment.cancel", shift, {"reason": "ill"}))

    assert [refused[0]["code"], applied[0]["status"]] == ["wrong_state", "applied"]


@pytest.mark.parametrize("is_shared", [True, False])
def test_a_refusal_binds_nobody_elses_claim_even_on_the_same_phone(
    central: Central, sign_in: SignIn, event: UUID, dana: UUID, ana: UUID, is_shared: bool
) -> None:
    shift, agent = central.a_shift(event, ana, "assigned"), sign_in(ana)
    manager = agent if is_shared else sign_in(dana)
    accept = agent.envelope("assignment.accept", shift)
    cancel = manager.envelope("assignment.cancel", shift, {"reason": "x"}, seq=2)
    agent.perform(accept)
    if is_shared:
        manager.token = manager.sign_in(central.emails[dana], PASSWORD).json()["token"]

    (verdict,) = manager.perform(cancel)

    assert verdict["status"] == "applied"


def test_every_punch_can_be_read_from_the_trail_alone(
    central: Central, sign_in: SignIn, event: UUID, ana: UUID
) -> None:
    shift, first, second = central.a_shift(event, ana, "accepted"), sign_in(ana), sign_in(ana)
    early = first.envelope("assignment.check_in", shift, {"location": HERE})
    late = second.envelope("assignment.check_in", shift, {"fallback": "photo"})

    statuses = [first.perform(early)[0]["status"], second.perform(late)[0]["status"]]

    assert statuses == ["applied", "noop"]
    rows = central.db.execute(
        "SELECT device_id, occurred_at, details FROM audit_entries WHERE record_id = %s "
        "ORDER BY created_at",
        [shift],
    ).fetchall()
    assert [str(row[0]) for row in rows] == [first.device_id, second.device_id]
    assert [wire_instant(row[1]) for row in rows] == [early["occurred_at"], late["occurred_at"]]
    assert rows[0][2]["location"]["accuracy_m"] == 12
    assert rows[1][2]["fallback"] == "photo"
    assert rows[1][2]["clock"]["grade"] == "high"


def test_a_flag_becomes_a_review_item_that_the_manager_receives(
    central: Central, sign_in: SignIn, event: UUID, dana: UUID, ana: UUID
) -> None:
    shift, agent, manager = central.a_shift(event, ana, "accepted"), sign_in(ana), sign_in(dana)
    far = HERE | {"latitude": 41.0}

    (verdict,) = agent.perform(agent.envelope("assignment.check_in", shift, {"location": far}))
    manager.sync_all()
    agent.sync_all()

    assert verdict["flags"] == ["outside_fence"]
    (item,) = manager.rows("review_items")
    assert (item["flag"], item["target_id"], item["status"]) == (
        "outside_fence",
        str(shift),
        "open",
    )
    assert item["evidence"]["verdict"] == "outside"
    assert agent.rows("review_items") == []


def test_a_double_booking_that_only_the_database_sees_is_refused_not_a_fault(
    central: Central, sign_in: SignIn, event: UUID, dana: UUID, ana: UUID
) -> None:
    rejected, _ = central.a_shift(event, ana, "rejected"), central.a_shift(event, ana, "offered")
    manager = sign_in(dana)
    offer = {"event_instance_id": str(event), "user_id": str(ana), "role": "agent"}

    (verdict,) = manager.perform(manager.envelope("assignment.offer", rejected, offer))

    assert (verdict["status"], verdict["code"]) == ("refused", "already_booked")


def test_a_poisoned_operation_is_parked_at_the_third_time_and_delays_no_other_lane(
    central: Central, sign_in: SignIn, event: UUID, ana: UUID
) -> None:
    device, poisoned = sign_in(ana), central.a_shift(event, ana)
    healthy = central.a_shift(central.an_event(in_h=24), ana)
    a_poison(central.db, "staff_assignments", f"id <> '{poisoned}' OR status = 'offered'")
    sent = [
        device.envelope("assignment.accept", poisoned),
        device.envelope("assignment.check_in", poisoned),
        device.envelope("assignment.accept", healthy),
    ]

    first, second, third = (device.perform(*sent) for _ in range(3))

    assert [v["operation_id"] for v in first] == [sent[2]["id"]]
    assert first[0]["status"] == "applied"
    assert second == first
    assert [v["status"] for v in third] == ["parked", "applied", "applied"]
    assert third[0]["code"] is None
    assert [device.perform(*sent) for _ in range(3)] == [third] * 3


def test_a_fault_takes_back_everything_its_operation_wrote(
    central: Central, sign_in: SignIn, event: UUID, ana: UUID
) -> None:
    activity = an_activity(central.db, event)
    poisoned, healthy = (
        central.a_shift(event, ana, activity_id=activity),
        central.a_shift(event, ana),
    )
    device = sign_in(ana)
    a_poison(central.db, "activities", "status <> 'assigned'")

    (verdict,) = device.perform(
        device.envelope("assignment.accept", poisoned),
        device.envelope("assignment.accept", healthy),
    )

    assert verdict["status"] == "applied"
    assert central.status_of("staff_assignments", poisoned) == "offered"
    assert central.status_of("event_instances", event) == "preparation"
    assert len(trail_of(central.db, event)) == 1


def test_a_parked_operation_is_applied_when_the_fault_is_gone(
    central: Central, sign_in: SignIn, event: UUID, ana: UUID
) -> None:
    device, shift = sign_in(ana), central.a_shift(event, ana)
    a_poison(central.db, "staff_assignments", "status <> 'accepted'")
    accept = device.envelope("assignment.accept", shift)
    answers = [device.perform(accept) for _ in range(3)]
    central.db.execute("ALTER TABLE staff_assignments DROP CONSTRAINT poison")

    healed = [device.perform(accept) for _ in range(2)]

    assert answers[2][0]["status"] == "parked"
    assert healed[0][0]["status"] == "applied"
    assert healed[1] == healed[0]
    assert central.status_of("staff_assignments", shift) == "accepted"


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE staff_assignments SET status = 'cancelled'", "offer_withdrawn"),
        ("UPDATE event_instances SET status = 'cancelled'", "event_cancelled"),
    ],
)
def test_an_operation_waits_for_a_writer_and_is_judged_by_what_that_one_wrote(
    central: Central,
    sign_in: SignIn,
    dana: UUID,
    ana: UUID,
    database_url: str,
    statement: str,
    code: str,
) -> None:
    event = central.an_event(dana, status="preparation")
    device, shift = sign_in(ana), central.a_shift(event, ana)
    accept = device.envelope("assignment.accept", shift)

    with psycopg.connect(database_url) as other, ThreadPoolExecutor(1) as threads:
        other.execute(statement)
        answer = threads.submit(device.perform, accept)
        wait_for_a_lock_or(answer.done, central.db)
        other.commit()
        (verdict,) = answer.result()

    assert verdict["code"] == code


@pytest.mark.parametrize(("collisions", "in_first_answer"), [(2, 1), (3, 0)])
def test_a_collision_is_tried_three_times_and_then_left_undecided(
    central: Central,
    sign_in: SignIn,
    event: UUID,
    ana: UUID,
    collisions: int,
    in_first_answer: int,
) -> None:
    device, shift = sign_in(ana), central.a_shift(event, ana)
    accept = device.envelope("assignment.accept", shift)
    collide_on_update(central.db, collisions)

    first, second = device.perform(accept), device.perform(accept)

    assert len(first) == in_first_answer
    assert second[0]["status"] == "applied"
    assert len(trail_of(central.db, shift)) == 1


def collide_on_update(db: psycopg.Connection, times: int) -> None:
    """Let the next updates of shifts fail the way a serialization failure does."""
    db.execute(f"""
        CREATE SEQUENCE collisions;
        CREATE FUNCTION collide() RETURNS TRIGGER LANGUAGE plpgsql AS $$
        BEGIN
            IF nextval('collisions') <= {times} THEN
                RAISE EXCEPTION 'collision' USING ERRCODE = '40001';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER collide BEFORE UPDATE ON staff_assignments
            FOR EACH ROW EXECUTE FUNCTION collide();
    """)
