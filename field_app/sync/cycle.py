"""One cycle: send what is pending, take in what changed, until both sides are level.

Functions on the store with the network between them, so no transaction is ever open
across the network, and a lost answer costs nothing: the next cycle prepares the same again.
"""

import asyncio
import datetime as dt
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol
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
from field_app.sync.errors import TooLarge

PAGE_ROWS = 5000
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
    has_more: bool = False
    """Whether operations wait that did not fit this request."""


class Asks(Protocol):
    """The way to the server. Raises `SyncError`."""

    async def sync(self, token: str, request: SyncRequest) -> SyncResponse: ...


@dataclass(frozen=True)
class Cycle:
    """What a cycle needs. `in_thread` keeps work with the store off the event loop."""

    store: Store
    client: Asks
    signed: Signed
    ticks: Callable[[], Ticks]
    app_version: str
    most_operations: int = MOST_OPERATIONS
    page_rows: int = PAGE_ROWS
    in_thread: Callable[..., Awaitable[Any]] = asyncio.to_thread

    async def run(self) -> None:
        """Sync until nothing is left to send and nothing more to fetch. Raises `SyncError`."""
        most = self.most_operations
        while True:
            prepared = await self.in_thread(
                prepare,
                self.store,
                self.signed,
                self.ticks(),
                self.app_version,
                most,
                self.page_rows,
            )
            try:
                answer = await self.client.sync(self.signed.token, prepared.request)
            except TooLarge:
                if most == 1:
                    raise
                most //= 2
                continue
            has_moved = _has_moved(prepared, answer)
            if has_moved and prepared.has_more and not (answer.full or answer.more):
                await self.in_thread(settle, self.store, answer, self.ticks())
                continue
            await self._take_in(prepared, answer)
            if not (has_moved and _is_waiting(self.store, self.signed, self.ticks())):
                return

    async def _take_in(self, prepared: Prepared, answer: SyncResponse) -> None:
        """An answer and the pages after it: each is on its way while the last one is written."""
        while answer.more:
            following = _page_after(prepared, answer, self.ticks())
            request = self.client.sync(self.signed.token, following.request)
            coming = asyncio.create_task(request)
            try:
                await self._apply(prepared, answer)
                prepared, answer = following, await coming
            finally:
                coming.cancel()
        await self._apply(prepared, answer)

    async def _apply(self, prepared: Prepared, answer: SyncResponse) -> None:
        await self.in_thread(apply, self.store, self.signed, prepared, answer, self.ticks())


def prepare(
    store: Store,
    signed: Signed,
    ticks: Ticks,
    app_version: str,
    most_operations: int,
    page_rows: int = PAGE_ROWS,
) -> Prepared:
    """The next request: pending operations in their order, and the cursor."""

    def build(session: Session) -> Prepared:
        author = signed.person.id
        batch = outbox.next_batch(session, author, ticks.device_at, most_operations)
        pending, oldest = outbox.backlog(session, author)
        request = SyncRequest(
            protocol=PROTOCOL,
            app_version=app_version,
            cursor=settings.get(session, Setting.CURSOR),
            page_rows=page_rows,
            sent=Sent(**ticks.model_dump()),
            health=Health(
                pending=pending,
                oldest_pending_s=_seconds(ticks.device_at - oldest) if oldest else None,
                photos_pending=photo_queue.count_unsent(session, author),
                repairs=settings.get_int(session, Setting.REPAIRS),
            ),
            operations=[json.loads(row.envelope) for row in batch],
        )
        return Prepared(request, ticks, has_more=pending > len(batch))

    prepared = store.read(build)
    if ids := [UUID(operation["id"]) for operation in prepared.request.operations]:
        store.write_quietly(lambda session: outbox.mark_sent(session, ids, ticks.device_at))
    return prepared


def settle(store: Store, answer: SyncResponse, ticks: Ticks) -> None:
    """Keep an answer's verdicts while more is to be sent; its rows come with the last answer.

    Each batch would otherwise have to do all that still waits again, for nobody to see.
    """

    def keep(session: Session) -> None:
        outbox.settle(session, answer.verdicts, ticks.device_at)
        settings.put(session, Setting.REBASE_DUE, 1)

    store.write(keep)


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
            settings.put(session, Setting.REBASE_DUE, None)
        settings.put(session, Setting.CURSOR, cursor)
        if not answer.more:
            settings.put(session, Setting.LAST_SYNCED_AT, ticks.device_at.isoformat())

    is_idle = not (answer.verdicts or answer.full or answer.changes or answer.removed)
    is_idle = is_idle and not store.read(_is_unfinished)
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
    if not answer.more:  # it looks at every row, so once after the last page
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
        photo_queue.send_again(session)
    settings.put(session, Setting.EPOCH, answer.epoch)


def _seconds(waited: dt.timedelta) -> int:
    return int(waited.total_seconds())


def _page_after(prepared: Prepared, answer: SyncResponse, ticks: Ticks) -> Prepared:
    """The same question at the next cursor, with nothing to decide."""
    sent = Sent(**ticks.model_dump())
    changes = {"cursor": answer.cursor, "sent": sent, "operations": []}
    return Prepared(prepared.request.model_copy(update=changes), ticks)


def _has_moved(prepared: Prepared, answer: SyncResponse) -> bool:
    """Whether the office has decided anything of what it was sent."""
    sent = {operation["id"] for operation in prepared.request.operations}
    return any(str(verdict.operation_id) in sent for verdict in answer.verdicts)


def _is_unfinished(session: Session) -> bool:
    """Whether a snapshot is not complete, or verdicts came without their rows."""
    names = (Setting.SNAPSHOT, Setting.REBASE_DUE)
    return any(settings.get(session, name) for name in names)


def _is_waiting(store: Store, signed: Signed, ticks: Ticks) -> bool:
    """Whether anything is left to send."""
    now = ticks.device_at
    return bool(store.read(lambda session: outbox.next_batch(session, signed.person.id, now, 1)))
