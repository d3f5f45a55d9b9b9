"""One simulated device: a stream, a cursor, and operations kept until they have verdicts."""

import asyncio
import datetime as dt
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from bench.load.town import Worker
from bench.load.wire import Torn, Wire

FAULTS = ("torn", "slow", "no answer", "")
HEALTH = {"pending": 0, "oldest_pending_s": 0, "photos_pending": 0, "repairs": 0, "free_mb": 900}
PATIENCE = 20
RETRY_S = 1.0


@dataclass
class Record:
    """What all devices together saw: seconds by kind of sync, errors, and what was acknowledged."""

    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    acknowledged: dict[UUID, str] = field(default_factory=dict)
    saved: int = 0
    woken: int = 0
    streams: int = 0
    torn: int = 0


class Device:
    """Syncs one at a time; whatever is asked for meanwhile is done by one more sync."""

    def __init__(self, worker: Worker, wire: Wire, record: Record, *, is_on_bad_link: bool) -> None:
        self.worker, self.is_on_bad_link = worker, is_on_bad_link
        self._wire, self._record = wire, record
        self._cursor: str | None = None
        self._outbox: dict[str, dict[str, Any]] = {}
        self._seq = 0
        self._asked_at: float | None = None
        self._is_busy = False
        self._tasks: set[asyncio.Task[None]] = set()

    def nudge(self) -> None:
        """Sync soon, without waiting for it."""
        task = asyncio.create_task(self.sync())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def has_arrived(self) -> bool:
        return self._cursor is not None

    @property
    def is_settled(self) -> bool:
        return not (self._is_busy or self._outbox)

    def perform(self, kind: str, target: UUID, payload: dict[str, Any]) -> None:
        """Put an operation into the outbox; the next sync takes it along."""
        now = _instant()
        self._seq += 1
        self._record.saved += 1
        operation_id = str(uuid4())
        self._outbox[operation_id] = {
            "id": operation_id,
            "seq": self._seq,
            "kind": kind,
            "kind_version": 1,
            "target_id": str(target),
            "base_version": None,
            "occurred_at": now,
            "clock": {"device_at": now, "offset_ms": 0, "grade": "high"},
            "time_zone_offset_min": 0,
            "payload": payload,
        }

    async def sync(self) -> None:
        """Sync until there is no more, nothing unsent and nobody has asked for it since."""
        if self._asked_at is None:
            self._asked_at = time.monotonic()
        if self._is_busy:
            return
        self._is_busy = True
        try:
            while self._asked_at is not None:
                asked_at, self._asked_at = self._asked_at, None
                await self._sync_since(asked_at)
        finally:
            self._is_busy = False

    async def listen(self) -> None:
        """Keep a stream open for ever, and sync at its word; cancel to stop."""
        while True:
            try:
                async with self._wire.stream(self.worker.token) as events:
                    self._record.streams += 1
                    try:
                        async for _ in events:
                            self._record.woken += 1
                            self.nudge()
                            if self._breaks_off():
                                break
                    finally:
                        self._record.streams -= 1
            except (OSError, EOFError, TimeoutError) as error:
                self._record.errors[f"stream: {type(error).__name__}"] += 1
            await asyncio.sleep(random.uniform(1, 5))

    async def _sync_since(self, asked_at: float) -> None:
        for _ in range(PATIENCE):
            kind = self._kind()
            operations = list(self._outbox.values())
            answer = await self._ask(operations)
            if answer is not None:
                self._record.took[kind].append(time.monotonic() - asked_at)
                self._take_in(answer)
                if not answer["more"] and not self._outbox:
                    return
                asked_at = time.monotonic()
            else:
                await asyncio.sleep(RETRY_S)
        self._record.errors["gave up"] += 1

    async def _ask(self, operations: list[dict[str, Any]]) -> dict[str, Any] | None:
        """The answer; None where there was none, which a good link counts as an error."""
        body = {
            "protocol": 1,
            "app_version": "1.0",
            "cursor": self._cursor,
            "sent": {"device_at": _instant(), "boot_id": "boot", "monotonic_ms": 1},
            "health": HEALTH | {"pending": len(operations)},
            "operations": operations,
        }
        fault = random.choice(FAULTS) if self.is_on_bad_link else ""
        try:
            status, answer = await self._wire.sync(self.worker.token, body, fault)
        except Torn:
            self._record.torn += 1
            return None
        except (OSError, EOFError, TimeoutError) as error:
            self._record.errors[f"sync: {type(error).__name__}"] += 1
            return None
        if status != 200:
            self._record.errors[f"sync: {status} {answer['code']}"] += 1
            return None
        return dict(answer)

    def _take_in(self, answer: dict[str, Any]) -> None:
        self._cursor = answer["cursor"]
        for verdict in answer["verdicts"]:
            self._outbox.pop(verdict["operation_id"], None)
            self._record.acknowledged[UUID(verdict["operation_id"])] = verdict["status"]

    def _kind(self) -> str:
        if self.is_on_bad_link:
            return "bad link"
        if self._cursor is None:
            return "first"
        return "with an operation" if self._outbox else "without"

    def _breaks_off(self) -> bool:
        return self.is_on_bad_link and random.random() < 0.2


def _instant() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
