"""Who has a kit: worked out from all custody entries, in whatever order they arrived.

Two people can each be sure, offline, that they handed the same kit out. Every entry is kept;
what follows from them depends on when each happened, never on which was heard of first.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from field_app.domain.kit import CustodyAct, CustodyEntry, Entry

SETTLING = {CustodyAct.SETTLE, CustodyAct.RETURN}


@dataclass
class Custody:
    """Who has a kit as far as can be known, and the entry that says so."""

    holder_id: UUID | None = None
    rests_on: CustodyEntry | None = None
    is_disputed: bool = False
    taken_over: dict[UUID, UUID] = field(default_factory=dict)
    """Whose kit somebody else checked out without a hand-over: the loser, and who took it."""
    inferred: set[UUID] = field(default_factory=set)
    """Check-outs that were taken for a hand-over, by entry id."""
    disputed_by: set[UUID] = field(default_factory=set)
    """Entries that contradict what was known, by entry id."""


def custody_of(entries: Iterable[CustodyEntry]) -> Custody:
    """Read a kit's entries in the order they happened."""
    custody = Custody()
    for entry in sorted(entries, key=order):
        if _contradicts(custody, entry):
            custody.is_disputed = True
            custody.disputed_by.add(entry.id)
        else:
            _follow(custody, entry)
    return custody


def order(entry: CustodyEntry) -> tuple[dt.datetime, int, UUID]:
    """The order in which things happen; of what is told as one moment, the taking comes first."""
    return entry.occurred_at, list(CustodyAct).index(entry.act), entry.id


def _contradicts(custody: Custody, entry: CustodyEntry) -> bool:
    """Whether an entry cannot be true together with what is known, and does not settle it."""
    if entry.act is CustodyAct.SETTLE:
        return False
    if entry.act is CustodyAct.CHECK_OUT:
        return _is_taken(custody, entry) and not _can_be_ordered(custody, entry)
    has_lost_it = entry.from_id is not None and entry.from_id in custody.taken_over
    return has_lost_it and entry.entry is not Entry.SCAN


def _is_taken(custody: Custody, entry: CustodyEntry) -> bool:
    return custody.holder_id is not None and custody.holder_id != entry.holder_id


def _can_be_ordered(custody: Custody, entry: CustodyEntry) -> bool:
    return entry.is_trusted and (custody.rests_on is None or custody.rests_on.is_trusted)


def _follow(custody: Custody, entry: CustodyEntry) -> None:
    if entry.act is CustodyAct.CHECK_OUT and _is_taken(custody, entry):
        assert custody.holder_id is not None
        assert entry.holder_id is not None
        custody.taken_over[custody.holder_id] = entry.holder_id
        custody.inferred.add(entry.id)
    elif entry.holder_id is not None:
        custody.taken_over.pop(entry.holder_id, None)
    if entry.act in SETTLING:
        custody.taken_over.clear()
    if entry.entry is Entry.SCAN or entry.act is CustodyAct.SETTLE:
        custody.is_disputed = False
    if not custody.is_disputed:
        custody.holder_id, custody.rests_on = entry.holder_id, entry
