"""The rows that recorded requests speak of: for each kind an event of its own, with fixed ids."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid5

from field_app.domain.issues import photo_id
from tests.server.booking_system import insert
from tests.support.central import UNDER_WAY, Central

SPACE = UUID("6f1d0c1e-0000-4000-8000-000000000001")
STARTS_AT = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
PHOTO = "b" * 64
PEOPLE = {"dana": "field_manager", "ana": "brand_agent", "ben": "brand_agent"}


def id_of(*name: str) -> UUID:
    return uuid5(SPACE, ":".join(name))


def people(central: Central) -> None:
    for name, role in PEOPLE.items():
        central.a_person(name.title(), role, id=id_of(name))


def an_event(central: Central, kind: str, given: dict[str, Any]) -> None:
    """One row of every kind that operations are about. `given`: what is not UNDER_WAY."""
    status = UNDER_WAY | given
    ids = {table: id_of(kind, table) for table in (*UNDER_WAY, "bookings", "kit_instances")}
    template = insert(central.db, "kit_templates", name="Sampling kit")
    kit_status = {"checked_out": "checked_out", "assigned": "reserved"}
    has_kit, is_out = status["activity_kits"] != "needed", status["activity_kits"] == "checked_out"
    is_in = status["staff_assignments"] == "checked_in"
    event = {"event_instance_id": ids["event_instances"]}
    rows: dict[str, dict[str, Any]] = {
        "bookings": {"title": kind, "organization_id": central.brand, "status": "approved"},
        "event_instances": {
            "booking_id": ids["bookings"],
            "date": STARTS_AT.date(),
            "start_time": "09:00",
            "end_time": "13:00",
            "starts_at": STARTS_AT,
            "ends_at": STARTS_AT + dt.timedelta(hours=4),
            "field_manager_id": id_of("dana"),
        },
        "activities": event | {"type": "sampling", "title": "Pour samples"},
        "kit_instances": {
            "template_id": template,
            "serial_number": f"KIT-{kind.upper()}",
            "status": kit_status.get(status["activity_kits"], "available"),
        },
        "staff_assignments": event
        | {"user_id": id_of("ana"), "role": "agent"}
        | {"check_in_time": STARTS_AT if is_in else None},
        "activity_kits": {
            "activity_id": ids["activities"],
            "kit_template_id": template,
            "kit_instance_id": ids["kit_instances"] if has_kit else None,
            "holder_id": id_of("ana") if is_out else None,
        },
        "event_issues": event
        | {"reported_by": id_of("ana"), "issue_type": "venue"}
        | {"description": "The power is out.", "severity": "low"},
        "issue_photos": event
        | {"id": photo_id(ids["event_issues"], PHOTO), "issue_id": ids["event_issues"]}
        | {"sha256": PHOTO, "bytes": 7, "position": 0},
        "review_items": event
        | {"target_table": "activity_kits", "target_id": ids["activity_kits"]}
        | {"flag": "custody_disputed"},
    }
    for table, row in rows.items():
        extra = {"status": status[table]} if table in status else {}
        insert(central.db, table, **{"id": ids.get(table)} | row | extra)
