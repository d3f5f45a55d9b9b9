"""What follows from the time alone: forgotten check-outs closed, events over and handed on.

Every process may run it; an advisory lock lets one at a time do the work.
"""

import asyncio
import contextlib
import datetime as dt
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from uuid import UUID, uuid5

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from field_app.domain.clock import OFFICE, ClockGrade, ClockReading, Stamp
from field_app.domain.decision import Accepted
from field_app.domain.operations import Envelope, decide, target_table
from field_app.domain.person import Actor, Role
from field_app.domain.upkeep import (
    CLOSE_AFTER,
    COMPLETE_AFTER,
    POST_PROCESS_AFTER,
    AssignmentClose,
    EventAdvance,
)
from server_stub import security_log, tries
from server_stub.faults import told
from server_stub.judge import UnitOfWork
from server_stub.metrics import Metrics
from server_stub.world import LostRace

log = logging.getLogger(__name__)

EVERY_S = 60.0
NOBODY = UUID(int=0)
SYSTEM = Actor(id=NOBODY, role=Role.SYSTEM)

TAKE_TURN = text("SELECT pg_try_advisory_xact_lock(hashtext('fieldkit tick'))")
FORGOTTEN = text("""
    SELECT a.id, a.version FROM staff_assignments a
    JOIN event_instances e ON e.id = a.event_instance_id
    WHERE a.status = 'checked_in' AND a.deleted_at IS NULL
        AND e.ends_at + make_interval(secs => :close_after) <= :now
    ORDER BY a.id LIMIT 1000
""")
OVER = text("""
    SELECT e.id, e.version FROM event_instances e
    WHERE e.deleted_at IS NULL AND (
        e.status = 'in_progress' AND e.ends_at + make_interval(secs => :complete_after) <= :now
            AND NOT EXISTS (SELECT FROM staff_assignments a WHERE a.event_instance_id = e.id
                            AND a.status = 'checked_in' AND a.deleted_at IS NULL)
        OR e.status = 'completed' AND e.ends_at + make_interval(secs => :process_after) <= :now)
    ORDER BY e.id LIMIT 1000
""")


@dataclass(frozen=True)
class Ticked:
    """How many shifts were closed and how many events moved on."""

    shifts: int = 0
    events: int = 0


def tick(engine: Engine, now: dt.datetime | None = None) -> Ticked:
    """Do what is due at this moment; nothing, where another process is at it."""
    now = now or dt.datetime.now(dt.UTC)
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    parameters = {
        "now": now,
        "close_after": CLOSE_AFTER.total_seconds(),
        "complete_after": COMPLETE_AFTER.total_seconds(),
        "process_after": POST_PROCESS_AFTER.total_seconds(),
    }
    with engine.begin() as connection:
        if not connection.execute(TAKE_TURN).scalar_one():
            return Ticked()
        forgotten = connection.execute(FORGOTTEN, parameters).all()
        shifts = sum(
            _do(connection, AssignmentClose(), row.id, row.version, now) for row in forgotten
        )
        over = connection.execute(OVER, parameters).all()
        events = sum(_do(connection, EventAdvance(), row.id, row.version, now) for row in over)
        tries.sweep(connection, now)
        security_log.sweep(connection, now)
    return Ticked(shifts, events)


def _do(
    connection: Connection,
    operation: AssignmentClose | EventAdvance,
    target_id: UUID,
    version: int,
    now: dt.datetime,
) -> bool:
    """Whether it changed anything; a row that somebody else is writing waits for the next time."""
    stamp = Stamp(
        operation_id=uuid5(target_id, f"{operation.kind} {version}"),
        actor=SYSTEM,
        device_id=OFFICE,
        occurred_at=now,
        received_at=now,
        clock=ClockReading(device_at=now, offset_ms=0, grade=ClockGrade.HIGH),
    )
    envelope = Envelope(
        stamp=stamp, seq=0, target_id=target_id, time_zone_offset_min=0, operation=operation
    )
    unit = UnitOfWork(connection)
    unit.world.lock(targets=[(target_table(operation.kind), target_id)], events=[])
    decision = decide(envelope, unit.world)
    try:
        with connection.begin_nested():
            unit.carry_out(envelope, decision)
            unit.flush()
    except LostRace:
        return False
    return isinstance(decision, Accepted)


@contextlib.asynccontextmanager
async def ticking(
    engine: Engine, sweep: Callable[[], None], metrics: Metrics, every_s: float = EVERY_S
) -> AsyncIterator[None]:
    """Tick in the background for as long as the server runs; `sweep` tidies photos up.

    A tick that has begun is waited for: its session is of an engine that is given up next.
    """
    stopping = asyncio.Event()
    task = asyncio.create_task(_keep_ticking(engine, sweep, metrics, every_s, stopping))
    try:
        yield
    finally:
        stopping.set()
        await task


async def _keep_ticking(
    engine: Engine,
    sweep: Callable[[], None],
    metrics: Metrics,
    every_s: float,
    stopping: asyncio.Event,
) -> None:
    while not stopping.is_set():
        try:
            done = await asyncio.to_thread(tick, engine)
            await asyncio.to_thread(sweep)
        except (DBAPIError, OSError) as error:
            log.error("the tick failed; it is tried again: %s", told(error))
            metrics.tick("failed")
        else:
            metrics.tick("done")
            if done != Ticked():
                log.info("closed %d forgotten shifts, moved %d events", done.shifts, done.events)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), every_s)
