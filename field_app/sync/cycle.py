"""One cycle: send what is pending, take in what changed, until both sides are level.

Two functions on the store with the network between them, so no transaction is ever open
across the network, and a lost answer costs nothing: the next cycle prepares the same again.
"""

import asyncio
import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from field_app.domain.wire import (
    MOST_OPERATIONS,
    PROTOCOL,
    Digest,
    Health,
    Person,
    Sent,
    SyncRequest,
    SyncResponse,
)
from field_app.store import mirror, offsets, outbox, photo_queue, settings
from field_app.store.engine import Store
from field_app.store.offsets import Ticks
from field_app.store.settings import Setting
from field_app.sync.client import SyncClient
from field_app.sync.errors import TooLarge

RESTORE_WINDOW = dt.timedelta(days=30)


@dataclass(frozen=True)
class Signed:
    """Who syncs, on which device."""

    person: Person
    device_id: UUID
    token: str


@dataclass(frozen=True)
class Prepared:
    """A request, and what has to be remembered until its answer is here."""

    request: SyncRequest
    ticks: Ticks


async def run_cycle(
    store: Store, client: SyncClient, signed: Signed, ticks: Callable[[], Ticks], app_version: str
) -> None:
    """Sync until nothing is left to send and nothing more to fetch. Raises `SyncError`."""
    most, is_paging = MOST_OPERATIONS, False
    while True:
        limit = 0 if is_paging else most
        prepared = await asyncio.to_thread(prepare, store, signed, ticks(), app_version, limit)
        try:
            answer = await client.sync(signed.token, prepared.request)
        except TooLarge:
            if most == 1:
                raise
            most //= 2
            continue
        await asyncio.to_thread(apply, store, signed, prepared, answer, ticks())
        is_paging = answer.more
        if not is_paging and not (answer.verdicts and _is_waiting(store, signed, ticks())):
            return


def prepare(
    store: Store, signed: Signed, ticks: Ticks, app_version: str, most_operations: int
) -> Prepared:
    """The next request: pending operations in their order, and the cursor."""

    def build(session: Session) -> Prepared:
        author = signed.person.id
        batch = []
        if most_operations:
            batch = outbox.next_batch(session, author, ticks.device_at, most_operations)
        request = SyncRequest(
            protocol=PROTOCOL,
            app_version=app_version,
            cursor=settings.get(session, Setting.CURSOR),
            sent=Sent(**ticks.model_dump()),
            health=_health(session, author, ticks.device_at),
            operations=[json.loads(row.envelope) for row in batch],
        )
        return Prepared(request, ticks)

    prepared = store.read(build)
    if ids := [UUID(operation["id"]) for operation in prepared.request.operations]:
        store.write_quietly(lambda session: outbox.mark_sent(session, ids, ticks.device_at))
    return prepared


def apply(
    store: Store, signed: Signed, prepared: Prepared, answer: SyncResponse, ticks: Ticks
) -> None:
    """Take an answer in, in ONE transaction: verdicts, rewind, rows, replay, cursor last."""

    def take_in(session: Session) -> None:
        offsets.save(session, offsets.measure(prepared.ticks, ticks, answer.server_time))
        if settings.get(session, Setting.CURSOR) != prepared.request.cursor and not answer.full:
            return  # the answer to a question we no longer ask
        _notice_restore(session, answer, ticks.device_at)
        if not is_idle:
            mirror.rewind(session)
            outbox.settle(session, answer.verdicts, ticks.device_at)
            _take_rows(session, answer)
        cursor = None if _is_lost(session, answer.digest) else answer.cursor
        if not is_idle:
            outbox.replay(session, signed.person.actor, signed.device_id)
            outbox.drop_settled(session, ticks.device_at)
        settings.put(session, Setting.CURSOR, cursor)
        if not answer.more:
            settings.put(session, Setting.LAST_SYNCED_AT, ticks.device_at.isoformat())

    is_idle = not (answer.verdicts or answer.full or answer.changes or answer.removed)
    is_idle = is_idle and not store.get_setting(Setting.SNAPSHOT)
    store.write_quietly(take_in) if is_idle else store.write(take_in)


def _take_rows(session: Session, answer: SyncResponse) -> None:
    """The rows of an answer, on a rewound mirror."""
    generation = settings.get_int(session, Setting.GENERATION)
    if answer.full:
        generation += 1
        settings.put(session, Setting.GENERATION, generation)
        settings.put(session, Setting.SNAPSHOT, "running")
    mirror.apply_rows(session, answer.changes, generation)
    mirror.remove_rows(session, answer.removed)
    if not answer.more and settings.get(session, Setting.SNAPSHOT):
        mirror.sweep(session, generation)
        settings.put(session, Setting.SNAPSHOT, None)
    mirror.forget_gone(session)


def _is_lost(session: Session, expected: Digest | None) -> bool:
    """Whether the mirror has differed from the server's account twice running.

    Asking for everything again heals it and counts a repair: a repair is always a bug.
    """
    if expected is None or mirror.digest(session) == expected:
        settings.put(session, Setting.DIGEST_MISSES, None)
        return False
    misses = settings.get_int(session, Setting.DIGEST_MISSES) + 1
    settings.put(session, Setting.DIGEST_MISSES, misses % 2)
    if misses < 2:
        return False
    settings.put(session, Setting.REPAIRS, settings.get_int(session, Setting.REPAIRS) + 1)
    return True


def _notice_restore(session: Session, answer: SyncResponse, now: dt.datetime) -> None:
    """A new epoch means the server came back from a backup and may have lost our operations."""
    known = settings.get(session, Setting.EPOCH)
    if known not in (None, answer.epoch):
        outbox.send_again(session, since=now - RESTORE_WINDOW)
    settings.put(session, Setting.EPOCH, answer.epoch)


def _health(session: Session, author_id: UUID, now: dt.datetime) -> Health:
    waiting = outbox.undecided(session, author_id)
    oldest = int((now - waiting[0].occurred_at).total_seconds()) if waiting else None
    return Health(
        pending=len(waiting),
        oldest_pending_s=oldest,
        photos_pending=photo_queue.count_unsent(session, author_id),
        repairs=settings.get_int(session, Setting.REPAIRS),
    )


def _is_waiting(store: Store, signed: Signed, ticks: Ticks) -> bool:
    """Whether anything is left to send."""
    now = ticks.device_at
    return bool(store.read(lambda session: outbox.next_batch(session, signed.person.id, now, 1)))
