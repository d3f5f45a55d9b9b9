"""What `decide()` answers: records to write, nothing to do, or a reason why not."""

from collections.abc import Iterable
from dataclasses import dataclass

from field_app.domain.flags import Flag
from field_app.domain.records import Record
from field_app.domain.refusals import RefusalCode


@dataclass(frozen=True)
class Accepted:
    """The records as they are from now on, and what a manager should look at."""

    records: tuple[Record, ...]
    flags: tuple[Flag, ...] = ()

    @classmethod
    def of(cls, records: Iterable[Record], flags: Iterable[Flag] = ()) -> "Accepted":
        return cls(tuple(records), tuple(flags))


@dataclass(frozen=True)
class Noop:
    """Already so: a second phone, a double tap, an act the other side undid harmlessly."""


@dataclass(frozen=True)
class Refused:
    """Not possible. Flags tell a manager where the person may have been in the right."""

    code: RefusalCode
    flags: tuple[Flag, ...] = ()


Decision = Accepted | Noop | Refused
