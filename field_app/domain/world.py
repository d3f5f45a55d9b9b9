"""The read-only sight of the records that a decision gets."""

from collections.abc import Iterable
from typing import Any, Protocol, TypeVar
from uuid import UUID

from field_app.domain.records import Record
from field_app.domain.refusals import Refusal, RefusalCode

R = TypeVar("R", bound=Record)


class World(Protocol):
    """The mirror on a device, the central database on the server, a dictionary in a test."""

    def find(self, kind: type[R], record_id: UUID) -> R | None:
        """The record, or None where this side does not hold it."""
        ...

    def where(self, kind: type[R], **equal: Any) -> list[R]:
        """All records whose columns equal the given values, by id."""
        ...


def require(world: World, kind: type[R], record_id: UUID | None) -> R:
    """The record; refuses with `unknown_target` where there is none."""
    record = None if record_id is None else world.find(kind, record_id)
    if record is None:
        raise Refusal(RefusalCode.UNKNOWN_TARGET)
    return record


class DictWorld:
    """A world made of the records it is given."""

    def __init__(self, *records: Record) -> None:
        self._records: dict[tuple[type[Record], UUID], Record] = {}
        self.put(records)

    def put(self, records: Iterable[Record]) -> None:
        for record in records:
            self._records[type(record), record.id] = record

    def find(self, kind: type[R], record_id: UUID) -> R | None:
        record = self._records.get((kind, record_id))
        return record if isinstance(record, kind) else None

    def where(self, kind: type[R], **equal: Any) -> list[R]:
        found = [r for r in self._records.values() if isinstance(r, kind)]
        matching = [r for r in found if all(getattr(r, k) == v for k, v in equal.items())]
        return sorted(matching, key=lambda record: record.id)
