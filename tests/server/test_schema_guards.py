"""What the central database itself refuses, whoever writes."""

import datetime as dt
from enum import StrEnum

import psycopg
import pytest

from field_app.domain.activity import ActivityStatus
from field_app.domain.assignment import LIVE, AssignmentStatus
from field_app.domain.booking import BookingStatus
from field_app.domain.event import EventStatus
from field_app.domain.issue import IssueStatus, IssueType, Severity
from field_app.domain.kit import KitInstanceStatus, KitStatus
from field_app.domain.review import ReviewStatus
from tests.server.booking_system import (
    a_booking,
    a_full_booking,
    a_kit,
    a_user,
    an_activity,
    an_event,
    insert,
)
from tests.server.catalogue import allowed

STATES: dict[tuple[str, str], type[StrEnum]] = {
    ("bookings", "status"): BookingStatus,
    ("event_instances", "status"): EventStatus,
    ("activities", "status"): ActivityStatus,
    ("staff_assignments", "status"): AssignmentStatus,
    ("activity_kits", "status"): KitStatus,
    ("kit_instances", "status"): KitInstanceStatus,
    ("event_issues", "status"): IssueStatus,
    ("event_issues", "severity"): Severity,
    ("event_issues", "issue_type"): IssueType,
    ("review_items", "status"): ReviewStatus,
}


def test_a_state_is_one_that_the_domain_knows(db) -> None:
    known = {key: {str(member) for member in states} for key, states in STATES.items()}

    accepted = {(table, column): allowed(db, column)[table] for table, column in STATES}

    assert accepted == known


def test_a_banana_is_not_a_state_of_a_booking(db) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="bookings_status_known"):
        a_booking(db, status="banana")


def test_an_overflowing_number_of_hours_does_not_fit(db) -> None:
    a_full_booking(db)

    with pytest.raises(psycopg.errors.NumericValueOutOfRange):
        db.execute("UPDATE staff_assignments SET hours_worked = 1008")


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE activity_kits SET quantity = 0", "activity_kits_quantity_in_range"),
        ("UPDATE activity_kits SET kit_instance_id = NULL", "activity_kits_kit_in_range"),
        ("UPDATE activities SET duration = -1", "activities_duration_in_range"),
        ("UPDATE staff_assignments SET hours_worked = 'NaN'", "hours_worked_in_range"),
        ("UPDATE staff_assignments SET check_in_time = 'infinity'", "assignments_readable"),
        ("UPDATE event_instances SET date = '10000-01-01'", "event_instances_date_in_range"),
        ("INSERT INTO locations (name, latitude) VALUES ('X', 'NaN')", "latitude_in_range"),
        ("INSERT INTO locations (name, longitude) VALUES ('X', 181)", "longitude_in_range"),
        ("INSERT INTO locations (name, geofence_radius_m) VALUES ('X', 0)", "radius_m_in_range"),
    ],
)
def test_a_value_that_no_client_could_use_is_refused(db, statement: str, constraint: str) -> None:
    a_full_booking(db)

    with pytest.raises(psycopg.errors.CheckViolation, match=constraint):
        db.execute(statement)


# Kits


def reserve(db, event, kit, status: str = "assigned"):
    activity = an_activity(db, event)
    return insert(db, "activity_kits", activity_id=activity, kit_instance_id=kit, status=status)


def period(db, row) -> tuple[dt.datetime | None, dt.datetime | None]:
    query = "SELECT lower(reserved_during), upper(reserved_during) FROM activity_kits WHERE id = %s"
    return db.execute(query, [row]).fetchone()


def test_a_kit_is_not_reserved_twice_for_overlapping_events(db) -> None:
    kit = a_kit(db)
    reserve(db, an_event(db), kit)

    with pytest.raises(psycopg.errors.ExclusionViolation, match="activity_kits_reserved_once"):
        reserve(db, an_event(db, start_time="14:59", end_time="16:00"), kit)


def test_a_kit_is_reserved_for_one_event_after_the_other(db) -> None:
    kit = a_kit(db)
    reserve(db, an_event(db), kit)

    following = reserve(db, an_event(db, start_time="15:00", end_time="16:00"), kit)

    assert period(db, following)[0] == dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC)


def test_two_people_who_took_the_same_kit_offline_are_both_kept(db) -> None:
    kit = a_kit(db)
    reserve(db, an_event(db), kit, status="checked_out")

    reserve(db, an_event(db), kit, status="checked_out")

    assert db.execute("SELECT count(*) FROM activity_kits").fetchone() == (2,)


def test_a_cancelled_event_gives_its_kit_free(db) -> None:
    kit, off = a_kit(db), an_event(db)
    reserve(db, off, kit)

    db.execute("UPDATE event_instances SET status = 'cancelled' WHERE id = %s", [off])

    reserve(db, an_event(db), kit)


def test_moving_an_event_onto_another_reservation_succeeds_and_drops_the_period(db) -> None:
    kit, first = a_kit(db), an_event(db)
    later = an_event(db, start_time="18:00", end_time="20:00")
    reserve(db, first, kit)
    moved = reserve(db, later, kit)

    db.execute("UPDATE event_instances SET start_time = '12:00' WHERE id = %s", [later])

    assert period(db, moved) == (None, None)


def test_an_instance_of_another_template_does_not_answer_a_need(db) -> None:
    need = an_activity(db, an_event(db))
    other = insert(db, "kit_templates", name="Footwear demo kit")

    with pytest.raises(psycopg.errors.ForeignKeyViolation, match="activity_kits_same_template"):
        insert(
            db,
            "activity_kits",
            activity_id=need,
            kit_template_id=other,
            kit_instance_id=a_kit(db),
        )


def test_a_kit_learns_its_event_from_its_activity(db) -> None:
    first, second, kit = an_event(db), an_event(db), a_kit(db)
    row = reserve(db, first, kit)

    db.execute("UPDATE activities SET event_instance_id = %s", [second])

    query = "SELECT event_instance_id FROM activity_kits WHERE id = %s"
    assert db.execute(query, [row]).fetchone() == (second,)


def test_a_kit_learns_its_event_when_its_activity_is_linked_later(db) -> None:
    activity, event = an_activity(db, None), an_event(db)
    insert(db, "activity_kits", activity_id=activity, kit_instance_id=a_kit(db), status="assigned")

    db.execute("UPDATE activities SET event_instance_id = %s", [event])

    query = "SELECT event_instance_id, isempty(reserved_during) FROM activity_kits"
    assert db.execute(query).fetchone() == (event, False)


# Assignments


def assign(db, event, user, **values):
    return insert(
        db,
        "staff_assignments",
        event_instance_id=event,
        user_id=user,
        **{"role": "agent"} | values,
    )


@pytest.mark.parametrize("status", sorted(LIVE))
def test_a_person_does_not_hold_the_same_shift_twice(db, status: str) -> None:
    event, user = an_event(db), a_user(db)
    assign(db, event, user)

    with pytest.raises(psycopg.errors.UniqueViolation, match="staff_assignments_one_live"):
        assign(db, event, user, status=status)


@pytest.mark.parametrize("status", sorted(set(AssignmentStatus) - LIVE))
def test_a_person_may_be_offered_again_what_is_over(db, status: str) -> None:
    event, user = an_event(db), a_user(db)
    assign(db, event, user, status=status)

    assign(db, event, user, status="offered")

    assert db.execute("SELECT count(*) FROM staff_assignments").fetchone() == (2,)


def test_a_shift_does_not_point_at_another_events_activity(db) -> None:
    elsewhere = an_activity(db, an_event(db))

    with pytest.raises(psycopg.errors.ForeignKeyViolation, match="staff_assignments_same_event"):
        assign(db, an_event(db), a_user(db), activity_id=elsewhere)


# The audit


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entries SET kind = 'x'", "DELETE FROM audit_entries"]
)
def test_the_audit_is_never_rewritten(db, statement: str) -> None:
    event = an_event(db)
    insert(db, "audit_entries", table_name="event_instances", record_id=event, kind="event.cancel")

    with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
        db.execute(statement)
