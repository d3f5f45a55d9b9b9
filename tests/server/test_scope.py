"""Who may see what: every role, every table, and what never leaves the server."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from tests.server.booking_system import an_activity, insert
from tests.server.conftest import SignIn
from tests.support.central import Central
from tests.support.wire_client import WireClient


@dataclass
class Scene:
    """Two events of two managers, with everything that can hang on an event."""

    central: Central
    people: dict[str, UUID]
    events: dict[str, UUID]
    hung: dict[str, dict[str, UUID]]
    """By event and table, the row that hangs on it."""


HUNG = (
    "locations",
    "bookings",
    "kit_templates",
    "kit_instances",
    "activities",
    "event_team_members",
    "staff_assignments",
    "activity_kits",
    "event_issues",
    "event_state_transitions",
    "review_items",
)
FOR_MANAGERS = {"event_state_transitions", "review_items"}


def hang_everything(central: Central, event: UUID, person: UUID, lead: UUID) -> dict[str, UUID]:
    db = central.db
    of_event = {"event_instance_id": event}
    activity = an_activity(db, event)
    template = insert(db, "kit_templates", name="Sampling kit")
    kit = insert(db, "kit_instances", template_id=template, serial_number=f"K-{event}")
    shift = central.a_shift(event, person, "accepted", activity_id=activity)
    issue = {"issue_type": "venue", "description": "No power.", "severity": "low"}
    states = {"from_state": "none", "to_state": "scheduled"}
    flag = {"target_table": "staff_assignments", "target_id": shift, "flag": "no_location"}
    plan = "SELECT {} FROM event_instances WHERE id = %s"
    return {
        "locations": central.value(plan.format("location_id"), event),
        "bookings": central.value(plan.format("booking_id"), event),
        "kit_templates": template,
        "kit_instances": kit,
        "activities": activity,
        "event_team_members": insert(
            db, "event_team_members", user_id=lead, role="lead_agent", **of_event
        ),
        "staff_assignments": shift,
        "activity_kits": insert(db, "activity_kits", activity_id=activity, kit_instance_id=kit),
        "event_issues": insert(db, "event_issues", reported_by=lead, **of_event, **issue),
        "event_state_transitions": insert(db, "event_state_transitions", **of_event, **states),
        "review_items": insert(db, "review_items", **of_event, **flag),
    }


@pytest.fixture
def scene(central: Central) -> Scene:
    names = {"Dana": "field_manager", "Luis": "field_manager", "Priya": "internal_admin"}
    people = {name: central.a_person(name, role) for name, role in names.items()}
    people |= {name: central.a_person(name) for name in ("Ana", "Ben", "Lea", "Idle")}
    stranger = insert(central.db, "organizations", name="Other agency", tier="client")
    people["Rival"] = central.a_person("Rival", "internal_admin", organization_id=stranger)
    brand = {"organization_id": central.brand}
    people["Owner"] = central.a_person("Owner", "internal_admin", **brand)
    events = {"hers": central.an_event(people["Dana"]), "his": central.an_event(people["Luis"])}
    hung = {
        "hers": hang_everything(central, events["hers"], people["Ana"], people["Lea"]),
        "his": hang_everything(central, events["his"], people["Ben"], people["Lea"]),
    }
    return Scene(central, people, events, hung)


def held(device: WireClient, table: str) -> set[UUID]:
    return {UUID(row["id"]) for row in device.rows(table)}


def hung_rows(device: WireClient) -> dict[str, set[UUID]]:
    return {table: held(device, table) for table in HUNG}


def mirror_of(scene: Scene, sign_in: SignIn, name: str) -> WireClient:
    device = sign_in(scene.people[name])
    device.sync_all()
    return device


def test_an_agent_sees_the_event_of_her_shift_but_not_what_is_for_managers(
    scene: Scene, sign_in: SignIn
) -> None:
    device = mirror_of(scene, sign_in, "Ana")

    hers = {table: {row} for table, row in scene.hung["hers"].items()}
    assert hung_rows(device) == hers | {table: set() for table in FOR_MANAGERS}
    assert held(device, "event_instances") == {scene.events["hers"]}


def test_a_manager_sees_everything_of_the_events_they_run_and_nothing_of_others(
    scene: Scene, sign_in: SignIn
) -> None:
    device = mirror_of(scene, sign_in, "Dana")

    assert hung_rows(device) == {table: {row} for table, row in scene.hung["hers"].items()}
    assert held(device, "event_instances") == {scene.events["hers"]}


@pytest.mark.parametrize("name", ["Priya", "Owner"])
def test_an_admin_of_the_agency_or_of_the_booking_organization_sees_all_events(
    scene: Scene, sign_in: SignIn, name: str
) -> None:
    device = mirror_of(scene, sign_in, name)

    both = scene.hung["hers"], scene.hung["his"]
    assert hung_rows(device) == {table: {event[table] for event in both} for table in HUNG}


def test_an_admin_of_another_organization_sees_no_event(scene: Scene, sign_in: SignIn) -> None:
    device = mirror_of(scene, sign_in, "Rival")

    seen = {table for table, rows in device.mirror.items() if rows}
    assert seen == {"organizations", "users"}
    assert held(device, "users") == {scene.people["Rival"]}


def test_a_manager_on_the_team_runs_the_event(scene: Scene, sign_in: SignIn) -> None:
    insert(
        scene.central.db,
        "event_team_members",
        event_instance_id=scene.events["his"],
        user_id=scene.people["Dana"],
        role="field_manager",
    )

    device = mirror_of(scene, sign_in, "Dana")

    assert held(device, "event_instances") == set(scene.events.values())
    assert scene.hung["his"]["staff_assignments"] in held(device, "staff_assignments")


def test_an_agent_sees_nobody_elses_shift_at_the_same_event(scene: Scene, sign_in: SignIn) -> None:
    other = scene.central.a_shift(scene.events["hers"], scene.people["Ben"])

    device = mirror_of(scene, sign_in, "Ana")

    assert other not in held(device, "staff_assignments")


def test_an_agent_sees_herself_the_team_and_the_manager_and_nobody_else(
    scene: Scene, sign_in: SignIn
) -> None:
    device = mirror_of(scene, sign_in, "Ana")

    assert held(device, "users") == {scene.people[name] for name in ("Ana", "Lea", "Dana")}


def test_a_manager_sees_whom_they_could_offer_a_shift(scene: Scene, sign_in: SignIn) -> None:
    gone = scene.central.a_person("Gone", status="inactive")

    device = mirror_of(scene, sign_in, "Dana")

    assert scene.people["Idle"] in held(device, "users")
    assert not {gone, scene.people["Rival"], scene.people["Owner"]} & held(device, "users")


def test_an_agent_gets_phone_numbers_of_managers_and_her_own_only(
    scene: Scene, sign_in: SignIn
) -> None:
    device = mirror_of(scene, sign_in, "Ana")

    phones = {row["name"]: row["phone"] for row in device.rows("users")}
    assert phones == {"Ana": "+1 Ana", "Dana": "+1 Dana", "Lea": None}


def test_a_manager_gets_everybodys_phone_number(scene: Scene, sign_in: SignIn) -> None:
    device = mirror_of(scene, sign_in, "Dana")

    assert all(row["phone"] for row in device.rows("users"))


COLUMNS: dict[str, set[str]] = {
    "users": {"id", "version", "name", "role", "organization_id", "phone", "status"},
    "organizations": {"id", "version", "name", "tier"},
    "bookings": {"id", "version", "title", "organization_id", "status"},
}


@pytest.mark.parametrize("name", ["Ana", "Dana", "Priya"])
def test_of_people_organizations_and_bookings_only_a_part_travels(
    scene: Scene, sign_in: SignIn, name: str
) -> None:
    device = sign_in(scene.people[name])

    answer = device.post()

    changes = answer.json()["changes"]
    seen = {table: {column for row in changes[table] for column in row} for table in COLUMNS}
    assert seen == COLUMNS
    assert "@agency.example" not in answer.text


WINDOWS = [("Ana", -14 * 24, 60 * 24), ("Dana", -30 * 24, 90 * 24)]


@pytest.mark.parametrize(("name", "from_h", "to_h"), WINDOWS)
def test_what_lies_outside_the_window_stays_on_the_server(
    scene: Scene, sign_in: SignIn, name: str, from_h: float, to_h: float
) -> None:
    def planned(in_h: float) -> UUID:
        event = scene.central.an_event(scene.people["Dana"], in_h=in_h)
        scene.central.a_shift(event, scene.people["Ana"])
        return event

    inside = {planned(from_h - 3), planned(to_h - 1)}
    outside = {planned(from_h - 5), planned(to_h + 1)}

    device = mirror_of(scene, sign_in, name)

    assert inside <= held(device, "event_instances")
    assert not outside & held(device, "event_instances")


@pytest.mark.parametrize("name", ["Ana", "Dana"])
def test_an_open_flag_keeps_an_old_shift_in_scope(scene: Scene, sign_in: SignIn, name: str) -> None:
    event = scene.central.an_event(scene.people["Dana"], in_h=-1000)
    shift = scene.central.a_shift(event, scene.people["Ana"], "checked_out")
    flag = {"target_table": "staff_assignments", "target_id": shift, "flag": "no_location"}
    item = insert(scene.central.db, "review_items", event_instance_id=event, **flag)
    device = mirror_of(scene, sign_in, name)
    while_open = held(device, "staff_assignments")

    scene.central.db.execute("UPDATE review_items SET status = 'decided' WHERE id = %s", [item])
    device.sync_all()

    assert shift in while_open
    assert shift not in held(device, "staff_assignments")


OPERATIONS: list[tuple[str, dict[str, Any]]] = [
    ("assignment.withdraw", {"reason": "x"}),
    ("assignment.accept", {}),
    ("assignment.reject", {"reason": "pay"}),
    ("assignment.cancel", {"reason": "x"}),
    ("assignment.check_in", {}),
    ("assignment.check_in", {"vouched": True}),
    ("assignment.check_out", {}),
    ("assignment.no_show", {}),
    ("assignment.correct_time", {"reason": "x", "check_in_time": "2026-11-20T08:00:00Z"}),
]


@pytest.mark.parametrize("name", ["Ben", "Luis", "Rival"])
def test_nobody_changes_a_shift_that_is_none_of_their_business(
    scene: Scene, sign_in: SignIn, name: str
) -> None:
    device, shift = sign_in(scene.people[name]), scene.hung["hers"]["staff_assignments"]
    before = scene.central.version_of("staff_assignments", shift)

    answers = [device.perform(device.envelope(k, shift, p))[0] for k, p in OPERATIONS]

    assert {verdict["status"] for verdict in answers} == {"refused"}
    assert {verdict["code"] for verdict in answers} == {"unknown_target"}
    assert {verdict["record_version"] for verdict in answers} == {None}
    assert scene.central.version_of("staff_assignments", shift) == before
