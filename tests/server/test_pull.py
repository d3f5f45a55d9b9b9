"""What comes down: the difference between what a device holds and what its person may see."""

import json
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from threading import Barrier
from typing import Any
from uuid import UUID

import psycopg
import pytest

from tests.server.booking_system import insert
from tests.server.conftest import SignIn
from tests.support.central import Central, wait_for_a_lock_or
from tests.support.wire_client import WireClient


def digest_of(mirror: dict[str, dict[str, dict[str, Any]]]) -> dict[str, Any]:
    """As docs/protocol.md describes it."""
    bits, rows = 0, 0
    for table, held in mirror.items():
        for row in held.values():
            name = f"{table}:{row['id']}:{row['version']}"
            bits ^= int.from_bytes(sha256(name.encode()).digest()[:8], "big")
            rows += 1
    return {"rows": rows, "hash": f"{bits:016x}"}


def ids(device: WireClient, table: str) -> set[str]:
    return {row["id"] for row in device.rows(table)}


@pytest.fixture
def shift(central: Central, event: UUID, ana: UUID) -> UUID:
    return central.a_shift(event, ana, "accepted")


def test_the_first_answer_is_everything_in_scope_and_full(
    sign_in: SignIn, event: UUID, ana: UUID, shift: UUID
) -> None:
    device = sign_in(ana)

    answer = device.sync()

    assert (answer["full"], answer["more"]) == (True, False)
    assert ids(device, "staff_assignments") == {str(shift)}
    assert ids(device, "event_instances") == {str(event)}
    assert len(device.rows("locations")) == len(device.rows("bookings")) == 1


def test_nothing_changed_means_the_same_cursor_and_nothing_else(
    central: Central, sign_in: SignIn, ana: UUID, shift: UUID
) -> None:
    device = sign_in(ana)
    first = device.sync()

    second = device.sync()

    assert second["cursor"] == first["cursor"]
    assert (second["changes"], second["removed"], second["full"]) == ({}, {}, False)
    assert second["digest"] == first["digest"]
    assert central.value("SELECT count(*) FROM client_views") == 1


def test_a_change_by_anybody_comes_down_as_one_row(
    central: Central, sign_in: SignIn, ana: UUID, shift: UUID
) -> None:
    device = sign_in(ana)
    device.sync()
    central.db.execute("UPDATE staff_assignments SET special_instructions = 'Side door'")

    answer = device.sync()

    assert not answer["full"]
    assert list(answer["changes"]) == ["staff_assignments"]
    (row,) = answer["changes"]["staff_assignments"]
    assert (row["id"], row["special_instructions"]) == (str(shift), "Side door")
    assert row["version"] == central.version_of("staff_assignments", shift)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM staff_assignments",
        "UPDATE staff_assignments SET deleted_at = now()",
        "UPDATE staff_assignments SET user_id = (SELECT id FROM users WHERE name = 'Dana')",
        "UPDATE event_instances SET deleted_at = now()",
        "UPDATE event_instances SET date = '2020-01-01'",
        "DELETE FROM bookings",
    ],
)
def test_what_leaves_the_scope_is_removed(
    central: Central, sign_in: SignIn, ana: UUID, shift: UUID, statement: str
) -> None:
    device = sign_in(ana)
    device.sync()
    central.db.execute(statement)

    answer = device.sync()

    assert answer["removed"]["staff_assignments"] == [str(shift)]
    assert answer["digest"] == digest_of(device.mirror)


def test_a_reassigned_shift_leaves_one_device_and_comes_to_the_other(
    central: Central, sign_in: SignIn, ana: UUID, shift: UUID
) -> None:
    ben = central.a_person("Ben")
    hers, his = sign_in(ana), sign_in(ben)
    hers.sync()
    his.sync()
    central.db.execute("UPDATE staff_assignments SET user_id = %s", [ben])

    hers.sync()
    his.sync()

    assert ids(hers, "staff_assignments") == set()
    assert ids(hers, "event_instances") == set()
    assert ids(his, "staff_assignments") == {str(shift)}
    assert len(his.rows("event_instances")) == 1


def test_an_answer_holds_the_effects_of_its_own_operations(
    central: Central, sign_in: SignIn, event: UUID, ana: UUID
) -> None:
    device, shift = sign_in(ana), central.a_shift(event, ana)
    device.sync()

    answer = device.sync(device.envelope("assignment.accept", shift))

    (row,) = answer["changes"]["staff_assignments"]
    assert row["status"] == "accepted"
    assert row["version"] == answer["verdicts"][0]["record_version"]


def test_a_lost_answer_is_given_again(
    central: Central, sign_in: SignIn, ana: UUID, shift: UUID
) -> None:
    device = sign_in(ana)
    device.sync()
    central.db.execute("UPDATE staff_assignments SET special_instructions = 'Side door'")

    lost = [device.post().json() for _ in range(3)]
    answer = device.sync()

    assert [each["changes"] for each in lost] == [answer["changes"]] * 3
    assert answer["changes"]["staff_assignments"][0]["special_instructions"] == "Side door"
    assert device.sync()["changes"] == {}


def test_a_late_copy_of_an_old_request_takes_nothing_away(
    central: Central, sign_in: SignIn, ana: UUID, shift: UUID
) -> None:
    device = sign_in(ana)
    old_cursor = device.sync()["cursor"]
    central.db.execute("UPDATE staff_assignments SET special_instructions = 'Side door'")
    device.sync()

    device.post(cursor=old_cursor)
    answer = device.sync()

    assert (answer["full"], answer["changes"]) == (False, {})


def test_old_views_are_forgotten(central: Central, sign_in: SignIn, ana: UUID, shift: UUID) -> None:
    device = sign_in(ana)

    for number in range(6):
        central.db.execute("UPDATE staff_assignments SET special_instructions = %s", [number])
        device.sync()

    assert central.value("SELECT count(*) FROM client_views") <= 3


@pytest.mark.parametrize(
    "cursor", ["", "nonsense", "a\x00b", "00000000-0000-0000-0000-000000000000"]
)
def test_an_unknown_cursor_is_answered_with_everything(
    sign_in: SignIn, ana: UUID, shift: UUID, cursor: str
) -> None:
    device = sign_in(ana)
    device.sync()

    answer = device.sync(cursor=cursor)

    assert answer["full"]
    assert answer["digest"] == digest_of(device.mirror)


def test_the_cursor_of_another_device_is_answered_with_everything(
    sign_in: SignIn, ana: UUID, shift: UUID
) -> None:
    first, second = sign_in(ana), sign_in(ana)
    cursor = first.sync()["cursor"]

    answer = second.sync(cursor=cursor)

    assert answer["full"]


def test_a_new_role_is_answered_with_everything(
    central: Central, sign_in: SignIn, ana: UUID, shift: UUID
) -> None:
    device = sign_in(ana)
    device.sync()
    central.db.execute("UPDATE users SET role = 'field_manager' WHERE id = %s", [ana])

    answer = device.sync()

    assert answer["full"]


def test_the_digest_is_that_of_the_mirror_after_every_answer(
    central: Central, sign_in: SignIn, event: UUID, dana: UUID, ana: UUID, shift: UUID
) -> None:
    device = sign_in(dana)
    answers = [device.sync()]
    central.a_shift(event, central.a_person("Ben"))
    answers.append(device.sync())
    central.db.execute("DELETE FROM staff_assignments WHERE id = %s", [shift])
    answers.append(device.sync())

    assert answers[0]["digest"]["rows"] > 0
    assert len({answer["digest"]["hash"] for answer in answers}) == 3
    assert answers[-1]["digest"] == digest_of(device.mirror)


@pytest.fixture
def crowd(central: Central, event: UUID) -> list[UUID]:
    """250 cancelled shifts of one person, too many for two pages of 100."""
    person = central.a_person("Crowd")
    return [central.a_shift(event, person, "cancelled") for _ in range(250)]


def test_a_long_answer_comes_in_pages_and_ends_with_a_digest(
    sign_in: SignIn, dana: UUID, crowd: list[UUID]
) -> None:
    device = sign_in(dana)

    answers = device.sync_all(page_rows=100)

    assert [answer["full"] for answer in answers] == [True] + [False] * (len(answers) - 1)
    assert [answer["more"] for answer in answers] == [True] * (len(answers) - 1) + [False]
    assert [answer["digest"] is None for answer in answers] == [a["more"] for a in answers]
    sizes = [sum(map(len, answer["changes"].values())) for answer in answers]
    assert max(sizes) <= 100
    assert answers[-1]["digest"] == digest_of(device.mirror)
    assert {str(one) for one in crowd} <= ids(device, "staff_assignments")


def test_an_interrupted_snapshot_goes_on_at_its_cursor(
    sign_in: SignIn, dana: UUID, crowd: list[UUID]
) -> None:
    device = sign_in(dana)
    device.sync(page_rows=100)

    lost = device.post(page_rows=100).json()
    second = device.sync(page_rows=100)
    rest = device.sync_all(page_rows=100)

    assert second["changes"] == lost["changes"]
    assert not second["full"]
    assert rest[-1]["digest"] == digest_of(device.mirror)


def test_what_changes_between_two_pages_is_right_in_the_end(
    central: Central, sign_in: SignIn, dana: UUID, crowd: list[UUID]
) -> None:
    device = sign_in(dana)
    device.sync(page_rows=100)
    central.db.execute("DELETE FROM staff_assignments WHERE id = ANY(%s)", [crowd[::2]])
    central.db.execute("UPDATE staff_assignments SET special_instructions = 'Side door'")

    answers = device.sync_all(page_rows=100)

    assert answers[-1]["digest"] == digest_of(device.mirror)
    assert ids(device, "staff_assignments") == {str(one) for one in crowd[1::2]}
    told = {row["special_instructions"] for row in device.rows("staff_assignments")}
    assert told == {"Side door"}


def test_a_row_never_goes_back_to_an_older_version(
    central: Central, sign_in: SignIn, dana: UUID, crowd: list[UUID]
) -> None:
    device, seen = sign_in(dana), dict[str, int]()

    more = True
    while more:
        central.db.execute("UPDATE staff_assignments SET feedback = 'x' WHERE random() < 0.01")
        answer = device.sync(page_rows=100)
        for row in answer["changes"].get("staff_assignments", []):
            assert row["version"] >= seen.get(row["id"], 0)
            seen[row["id"]] = row["version"]
        more = answer["more"]

    assert len(seen) == len(crowd)


def test_todays_work_is_on_the_first_page(
    central: Central, sign_in: SignIn, dana: UUID, crowd: list[UUID], event: UUID
) -> None:
    central.db.execute(
        "UPDATE event_instances SET starts_at = now() + interval '20 days', "
        "ends_at = now() + interval '21 days' WHERE id = %s",
        [event],
    )
    today = central.an_event(dana)
    shift = central.a_shift(today, central.a_person("Ana"))
    device = sign_in(dana)

    device.sync(page_rows=100)

    assert str(today) in ids(device, "event_instances")
    assert str(shift) in ids(device, "staff_assignments")


def test_two_requests_of_one_device_at_once_are_both_answered(
    central: Central, sign_in: SignIn, ana: UUID, shift: UUID
) -> None:
    device = sign_in(ana)
    for place in ("Front door", "Back door", "Side door"):
        device.sync()
        central.db.execute("UPDATE staff_assignments SET special_instructions = %s", [place])
    together = Barrier(6)

    def ask(_: int) -> Any:
        together.wait()
        return device.post()

    with ThreadPoolExecutor(6) as threads:
        responses = list(threads.map(ask, range(6)))

    assert [r.status_code for r in responses] == [200] * 6
    assert all("staff_assignments" in r.json()["changes"] for r in responses)


def test_many_first_requests_of_one_device_at_once_are_all_answered(
    sign_in: SignIn, ana: UUID, shift: UUID
) -> None:
    device = sign_in(ana)
    together = Barrier(12)

    def ask(_: int) -> Any:
        together.wait()
        return device.post(cursor=None)

    with ThreadPoolExecutor(12) as threads:
        responses = [each for _ in range(4) for each in threads.map(ask, range(12))]
    device.take_in(responses[-1].json())

    assert [r.status_code for r in responses] == [200] * 48
    assert device.sync()["digest"] == digest_of(device.mirror)


def test_a_page_whose_view_was_taken_away_meanwhile_begins_anew(
    central: Central, sign_in: SignIn, dana: UUID, crowd: list[UUID], database_url: str
) -> None:
    device = sign_in(dana)
    device.sync(page_rows=100)

    with psycopg.connect(database_url) as other, ThreadPoolExecutor(1) as threads:
        other.execute("DELETE FROM client_views")
        answer = threads.submit(device.sync, page_rows=100)
        wait_for_a_lock_or(answer.done, central.db)
        other.commit()

    assert answer.result()["full"]
    assert device.sync_all(page_rows=100)[-1]["digest"] == digest_of(device.mirror)


def test_rows_are_written_the_way_the_wire_says(
    central: Central, sign_in: SignIn, event: UUID, ana: UUID, dana: UUID
) -> None:
    overnight = "date = current_date, start_time = '22:00', end_time = '02:30'"
    central.db.execute(f"UPDATE event_instances SET {overnight} WHERE id = %s", [event])
    worked = {"hours_worked": "4.50", "check_in_time": "2026-03-08T22:01:02.345"}
    place = json.dumps({"verdict": "inside", "distance_m": 3.5})
    shift = central.a_shift(event, ana, "checked_out", location_at_check_in=place, **worked)
    insert(
        central.db,
        "event_state_transitions",
        event_instance_id=event,
        from_state="scheduled",
        to_state="preparation",
        metadata='{"by": "hand"}',
    )
    device = sign_in(dana)
    device.sync()

    assignment = device.mirror["staff_assignments"][str(shift)]
    planned = device.mirror["event_instances"][str(event)]
    (transition,) = device.rows("event_state_transitions")

    assert assignment["hours_worked"] == 4.5
    assert assignment["check_in_time"] == "2026-03-08T22:01:02.345Z"
    assert assignment["location_at_check_in"] == {"verdict": "inside", "distance_m": 3.5}
    assert assignment["check_out_time"] is None
    assert planned["date"] == str(central.value("SELECT date FROM event_instances"))
    assert (planned["start_time"], planned["end_time"]) == ("22:00:00", "02:30:00")
    assert planned["starts_at"] == planned["date"] + "T22:00:00.000Z"
    assert transition["metadata"] == {"by": "hand"}


def test_a_new_epoch_is_told(central: Central, sign_in: SignIn, ana: UUID) -> None:
    device = sign_in(ana)
    before = device.sync()["epoch"]
    central.db.execute("UPDATE server_meta SET value = gen_random_uuid()::text WHERE key = 'epoch'")

    after = device.sync()["epoch"]

    assert before != after
