"""Kits: templates, the instances with serial numbers, and where each is needed."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict
from sqlalchemy import String
from sqlmodel import Field

from field_app.domain.records import Id, Instant, Json, JsonList, MaybeId, MaybeInstant, Record


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


class Condition(StrEnum):
    GOOD = "good"
    WORN = "worn"
    DAMAGED = "damaged"


class Entry(StrEnum):
    """How a serial number came into the phone. A scan cannot be mistyped, so it weighs more."""

    SCAN = "scan"
    TYPED = "typed"


class CustodyAct(StrEnum):
    CHECK_OUT = "check_out"
    HAND_OVER = "hand_over"
    RETURN = "return"
    SETTLE = "settle"


class Component(BaseModel):
    """One thing that belongs in a kit, and how often. `metric`: what its use counts towards."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    quantity: int = 1
    consumable: bool = False
    metric: str | None = None


class KitTemplate(Record):
    """What belongs in a kit: `components` is a list of {name, quantity, consumable, metric?}."""

    table: ClassVar[str] = "kit_templates"

    name: str
    description: str | None = None
    components: JsonList = None
    brand_id: MaybeId = None
    approval_status: str | None = None
    created_at: MaybeInstant = None
    updated_at: MaybeInstant = None

    @property
    def parts(self) -> list[Component]:
        """The components that can be read; the booking system writes this column too."""
        listed = [each for each in self.components or [] if isinstance(each, dict)]
        return [Component.model_validate(each) for each in listed if _is_component(each)]


class KitInstance(Record):
    """One physical kit with its serial number.

    `status`, `holder_id` and `disputed` follow from its custody entries, they are never typed.
    """

    table: ClassVar[str] = "kit_instances"

    template_id: MaybeId = None
    serial_number: str
    status: Annotated[KitInstanceStatus, Field(sa_type=String)] = KitInstanceStatus.AVAILABLE
    holder_id: MaybeId = None
    disputed: bool = False
    last_checked: MaybeInstant = None
    created_at: MaybeInstant = None
    updated_at: MaybeInstant = None


class ActivityKit(Record):
    """An activity's need for a kit, and which instance answers it.

    `checked_out_by` is who took it out first, `holder_id` who has it now. `counts_out` and
    `counts_back` are numbers by component name.
    """

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
    holder_id: MaybeId = None
    counts_out: Json = None
    counts_back: Json = None
    condition: str | None = None
    notes: str | None = None
    created_at: MaybeInstant = None
    updated_at: MaybeInstant = None
    deleted_at: MaybeInstant = None


class CustodyEntry(Record):
    """One fact about who has a kit; never changed, never removed.

    `holder_id` has it from then on, nobody after a return; `from_id` had it before as far as
    that person knew. `occurred_at` is when it happened, by a clock that `is_trusted` or not.
    """

    table: ClassVar[str] = "custody_entries"

    kit_instance_id: Id
    activity_kit_id: MaybeId = None
    event_instance_id: MaybeId = None
    act: Annotated[CustodyAct, Field(sa_type=String)]
    from_id: MaybeId = None
    holder_id: MaybeId = None
    recorded_by: MaybeId = None
    entry: Annotated[Entry, Field(sa_type=String)] = Entry.TYPED
    occurred_at: Instant
    is_trusted: bool = True
    inferred: bool = False
    counts: Json = None
    condition: str | None = None
    notes: str | None = None
    created_at: MaybeInstant = None
    updated_at: MaybeInstant = None


def _is_component(each: dict[str, object]) -> bool:
    quantity = each.get("quantity", 1)
    return isinstance(each.get("name"), str) and isinstance(quantity, int) and quantity >= 0
