"""Who had which kit of the demo when, and what follows from it for each kit."""

import datetime as dt
from collections.abc import Iterator

from field_app.domain.assignment import StaffAssignment
from field_app.domain.custody import custody_of
from field_app.domain.kit import (
    ActivityKit,
    CustodyAct,
    CustodyEntry,
    Entry,
    KitInstance,
    KitInstanceStatus,
    KitStatus,
)
from field_app.domain.person import Presence
from server_stub.demo.people import SOFIA, demo_id, person_id
from server_stub.demo.stories import Book

SILENT_FOR = dt.timedelta(hours=3)
RESERVING = {KitStatus.ASSIGNED, KitStatus.PREPARED}


def follow_custody(book: Book) -> None:
    """Add the entries behind every need, and set each kit's status and holder by them."""
    needs = [record for record in book.values() if isinstance(record, ActivityKit)]
    for need in needs:
        for entry in _entries(need):
            book.setdefault(entry.id, entry)
    for kit in [record for record in book.values() if isinstance(record, KitInstance)]:
        entries = [
            record
            for record in book.values()
            if isinstance(record, CustodyEntry) and record.kit_instance_id == kit.id
        ]
        custody = custody_of(entries)
        status = kit.status
        if any(n.kit_instance_id == kit.id and n.status in RESERVING for n in needs):
            status = KitInstanceStatus.RESERVED
        if custody.holder_id is not None:
            status = KitInstanceStatus.CHECKED_OUT
        checked_at = max((entry.occurred_at for entry in entries), default=None)
        book[kit.id] = kit.revise(
            status=status,
            holder_id=custody.holder_id,
            disputed=custody.is_disputed,
            last_checked=checked_at,
        )


def presences(book: Book, now: dt.datetime) -> Iterator[Presence]:
    """Everybody on a roster was heard of lately, but for one phone that is silent."""
    for user_id in {r.user_id for r in book.values() if isinstance(r, StaffAssignment)}:
        is_silent = user_id == person_id(SOFIA)
        heard_at = now - (SILENT_FOR if is_silent else dt.timedelta(minutes=4))
        yield Presence(id=user_id, last_heard_at=heard_at)


def _entries(need: ActivityKit) -> Iterator[CustodyEntry]:
    if need.kit_instance_id is None or need.checked_out_at is None:
        return
    out = CustodyEntry(
        id=demo_id("custody", need.id, "out"),
        kit_instance_id=need.kit_instance_id,
        activity_kit_id=need.id,
        event_instance_id=need.event_instance_id,
        act=CustodyAct.CHECK_OUT,
        holder_id=need.checked_out_by,
        recorded_by=need.checked_out_by,
        entry=Entry.SCAN,
        occurred_at=need.checked_out_at,
        counts=need.counts_out,
        created_at=need.checked_out_at,
    )
    yield out
    if need.returned_at is not None:
        back = {"act": CustodyAct.RETURN, "from_id": need.checked_out_by, "holder_id": None}
        yield out.revise(
            **back,
            id=demo_id("custody", need.id, "back"),
            recorded_by=need.returned_by,
            occurred_at=need.returned_at,
            counts=need.counts_back,
            condition=need.condition,
            notes=need.notes,
            created_at=need.returned_at,
        )
