"""Hours as rows: what was planned, what a phone said, what counts; and as a file."""

import datetime as dt
import io
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from field_app.domain import spreadsheet
from field_app.store.queries import Shift

COLUMNS = (
    "name",
    "role",
    "event",
    "date",
    "status",
    "checked_in",
    "checked_out",
    "hours",
    "phone_said_in",
    "phone_said_out",
    "corrected",
    "provisional",
)


@dataclass(frozen=True)
class Worked:
    """One shift's times. The raw ones are what the phone said, corrected by its clock's offset."""

    shift: Shift

    @property
    def raw_start(self) -> dt.datetime | None:
        return _raw(self.shift.assignment.location_at_check_in)

    @property
    def raw_end(self) -> dt.datetime | None:
        return _raw(self.shift.assignment.location_at_check_out)

    @property
    def is_corrected(self) -> bool:
        return self.shift.assignment.times_corrected_at is not None

    @property
    def is_provisional(self) -> bool:
        """Closed by the server, because nobody checked out."""
        return "provisional" in (self.shift.assignment.location_at_check_out or {})


def total(shifts: Iterable[Shift]) -> Decimal:
    return sum((s.assignment.hours_worked or Decimal(0) for s in shifts), Decimal(0))


def to_csv(shifts: Iterable[Shift], zone_of: Any) -> bytes:
    """A UTF-8 file with a byte order mark, for spreadsheets; times by the venue's clock."""
    text = io.StringIO()
    rows = (_cells(shift, zone_of(shift.place)) for shift in shifts)
    spreadsheet.write(text, COLUMNS, rows)
    return text.getvalue().encode()


def _cells(shift: Shift, zone: dt.tzinfo) -> list[object]:
    a, worked = shift.assignment, Worked(shift)

    def at(moment: dt.datetime | None) -> str:
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else ""

    return [
        shift.person.name if shift.person else "",
        a.role,
        shift.title,
        shift.event.date.isoformat(),
        a.status.value,
        at(a.check_in_time),
        at(a.check_out_time),
        None if a.hours_worked is None else round(a.hours_worked, 2),
        at(worked.raw_start),
        at(worked.raw_end),
        "yes" if worked.is_corrected else "",
        "yes" if worked.is_provisional else "",
    ]


def _raw(document: dict[str, Any] | None) -> dt.datetime | None:
    clock = (document or {}).get("clock")
    if not isinstance(clock, dict) or not isinstance(clock.get("device_at"), str):
        return None
    offset = clock.get("offset_ms")
    moment = dt.datetime.fromisoformat(clock["device_at"])
    return moment + dt.timedelta(milliseconds=offset if isinstance(offset, int) else 0)
