"""The read-only sight of the records that a decision gets."""

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
