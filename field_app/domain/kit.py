"""Kits: templates, the instances with serial numbers, and where each is needed."""

from enum import StrEnum
from typing import Annotated, ClassVar

from sqlalchemy import String
from sqlmodel import Field

from field_app.domain.records import Id, JsonList, MaybeId, MaybeInstant, Record


class KitStatus(StrEnum):
    NEEDED = "needed"
    ASSIGNED = "assigned"
    PREPARED = "prepared"
    CHECKED_OUT = "checked_out"
    RETURNED = "returned"
    ISSUE_REPORTED = "issue_reported"


class KitInstanceStatus(StrEnum):
    AVAILABLE = "available"
    RESERVED = "reserved"
    CHECKED_OUT = "checked_out"
    MAINTENANCE = "maintenance"
    MISSING = "missing"
    RETIRED = "retired"


class KitTemplate(Record):
    """What belongs in a kit: `components` is a list of {name, quantity, consumable}."""

    table: ClassVar[str] = "kit_templates"

    name: str
    description: str | None = None
    components: JsonList = None
    brand_id: MaybeId = None
    approval_status: str | None = None
    created_at: MaybeInstant = None
    updated_at: MaybeInstant = None


class KitInstance(Record):
    """One physical kit with its serial number. Its status follows from custody, never typed."""

    table: ClassVar[str] = "kit_instances"

    template_id: MaybeId = None
    serial_number: str
    status: Annotated[KitInstanceStatus, Field(sa_type=String)] = KitInstanceStatus.AVAILABLE
    last_checked: MaybeInstant = None
    created_at: MaybeInstant = None
    updated_at: MaybeInstant = None


class ActivityKit(Record):
    """An activity's need for a kit, and which instance answers it."""

    table: ClassVar[str] = "activity_kits"

    activity_id: Id
    event_instance_id: MaybeId = None
    kit_template_id: MaybeId = None
    kit_instance_id: MaybeId = None
    quantity: int = 1
    status: Annotated[KitStatus, Field(sa_type=String)] = KitStatus.NEEDED
    checked_out_by: MaybeId = None
    checked_out_at: MaybeInstant = None
    returned_by: MaybeId = None
    returned_at: MaybeInstant = None
    notes: str | None = None
    created_at: MaybeInstant = None
    updated_at: MaybeInstant = None
    deleted_at: MaybeInstant = None
