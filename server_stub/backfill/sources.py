"""Where a booking system keeps what events need: the names of its own tables and columns.

Guessed by the names that are common, or said in a TOML file.
"""

import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Self
from zoneinfo import available_timezones

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from sqlalchemy import Connection, text

from field_app.domain.assignment import AssignmentStatus

NAME = r"^[A-Za-z_][A-Za-z0-9_]*$"
VENUE = "venue"

COLUMNS = text("""
    SELECT a.attname, format_type(a.atttypid, NULL) AS kind FROM pg_attribute a
    WHERE a.attrelid = to_regclass(:table) AND a.attnum > 0 AND NOT a.attisdropped
""")
COMMON = {
    "starts_on": "start_date event_date booking_date first_date date starts_at start_at",
    "event_start_time": "start_time starts_at start_at start",
    "event_end_time": "end_time ends_at end_at end",
    "field_manager_id": "manager_id",
    "location_id": "venue_id",
    "booking_id": "",
    "day": "date activity_date scheduled_date scheduled_on scheduled_for scheduled_at starts_at",
    "user_id": "staff_id agent_id employee_id",
    "activity_id": "",
    "role": "position",
    "status": "state",
    "check_in": "check_in_time checked_in_at check_in_at clock_in clock_in_at",
    "check_out": "check_out_time checked_out_at check_out_at clock_out clock_out_at",
    "hours": "hours_worked",
}
"""What a column may be called beside its own name here, the likeliest first."""
OLD_TABLES = (
    "activity_assignments activity_staff assignments booking_assignments booking_staff shifts"
    " legacy_assignments legacy_staff_assignments"
)


class BadSources(Exception):
    """The sources do not fit this database; the message is a sentence."""


class Part(BaseModel):
    """Columns by what they hold.

    `zone` is what times without one were written down in, or `venue`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    zone: str = "UTC"

    @field_validator("zone")
    @classmethod
    def _is_known(cls, zone: str) -> str:
        if zone != VENUE and zone not in available_timezones():
            raise ValueError(f"{zone!r} is no time zone; one is America/New_York, or say {VENUE!r}")
        return zone

    def columns(self) -> dict[str, str]:
        named = self.model_dump(exclude={"zone", "table", "statuses"}, exclude_none=True)
        return {name: str(column) for name, column in named.items()}


Column = Field(default=None, pattern=NAME)


class Bookings(Part):
    """Columns of `bookings` to take the plan from where ours are empty."""

    starts_on: str | None = Column
    event_start_time: str | None = Column
    event_end_time: str | None = Column
    location_id: str | None = Column
    field_manager_id: str | None = Column


class Activities(Part):
    """Columns of `activities`."""

    booking_id: str | None = Column
    day: str | None = Column
    location_id: str | None = Column


class Assignments(Part):
    """A table of who worked where: at an activity, or for a booking on a day.

    `statuses` are its words in ours.
    """

    table: str = Field(pattern=NAME)
    user_id: str = Field(pattern=NAME)
    activity_id: str | None = Column
    booking_id: str | None = Column
    day: str | None = Column
    role: str | None = Column
    status: str | None = Column
    check_in: str | None = Column
    check_out: str | None = Column
    hours: str | None = Column
    statuses: dict[str, AssignmentStatus] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if self.activity_id is None and self.booking_id is None:
            raise ValueError("say its activity_id, or its booking_id and day")
        return self

    def status_of(self, word: str | None) -> AssignmentStatus | None:
        """None where nobody said what this word means."""
        if word is None:
            return AssignmentStatus.ACCEPTED
        known = {status.value: status for status in AssignmentStatus}
        return self.statuses.get(word) or known.get(word.strip().lower().replace(" ", "_"))


class Sources(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    bookings: Bookings = Bookings()
    activities: Activities = Activities()
    assignments: Assignments | None = None

    def as_toml(self) -> str:
        """To be put right and read again."""
        lines: list[str] = []
        for part, values in self.model_dump(mode="json", exclude_none=True).items():
            lines += ["", f"[{part}]"]
            lines += [f'{key} = "{value}"' for key, value in values.items() if key != "statuses"]
            if statuses := values.get("statuses"):
                lines += ["", f"[{part}.statuses]"]
                lines += [f'"{word}" = "{status}"' for word, status in statuses.items()]
        return "\n".join(lines[1:])


def read(file: Path) -> Sources:
    """The sources of a TOML file. Raises BadSources."""
    try:
        return Sources.model_validate(tomllib.loads(file.read_text("utf-8")))
    except OSError as error:
        raise BadSources(f"{file} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSources(f"{file.name} is not TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadSources(f"{file.name}, {where}: {first['msg']}.") from error


def guess(connection: Connection) -> Sources:
    """What columns are called here, by the names that are common. Finds no words of statuses."""
    bookings, activities = columns_of(connection, "bookings"), columns_of(connection, "activities")
    return Sources(
        bookings=Bookings.model_validate(
            _found(Bookings, bookings.keys() - Bookings.model_fields.keys())
        ),
        activities=Activities.model_validate(_found(Activities, activities)),
        assignments=_old_table(connection),
    )


def ensure_there(connection: Connection, sources: Sources) -> None:
    """Raises BadSources for a table or column that this database does not have."""
    parts: list[tuple[str, Part]] = [
        ("bookings", sources.bookings),
        ("activities", sources.activities),
    ]
    if sources.assignments is not None:
        parts.append((sources.assignments.table, sources.assignments))
    for table, part in parts:
        held = columns_of(connection, table)
        if not held:
            raise BadSources(f"There is no table {table}.")
        for name, column in part.columns().items():
            if column not in held:
                raise BadSources(f"There is no column {column} in {table}.")
            if name.endswith("_id") and held[column] != "uuid":
                raise BadSources(f"{table}.{column} is {held[column]}; only uuid leads to a row.")


def columns_of(connection: Connection, table: str) -> dict[str, str]:
    """Types by column; empty where there is no such table."""
    return {row.attname: row.kind for row in connection.execute(COLUMNS, {"table": table})}


def _found(part: type[Part], held: Collection[str]) -> dict[str, str]:
    found = {}
    for name in part.model_fields.keys() & COMMON.keys():
        candidates = [name, *COMMON[name].split()]
        column = next((each for each in candidates if each in held), None)
        if column is not None:
            found[name] = column
    return found


def _old_table(connection: Connection) -> Assignments | None:
    for table in OLD_TABLES.split():
        found = _found(Assignments, columns_of(connection, table))
        if "user_id" in found and ("activity_id" in found or "booking_id" in found):
            return Assignments.model_validate(found | {"table": table})
    return None
