"""What this person did on this device, and what became of it, as screens show it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from field_app.domain.wire import VerdictStatus
from field_app.store import queries
from field_app.store.outbox import PARKED, PENDING
from field_app.store.queries import LIST_LIMIT, Shift
from field_app.store.tables import OutboxRow


@dataclass(frozen=True)
class Work:
    """One operation of this device, as people see it."""

    row: OutboxRow
    shift: Shift | None


@dataclass(frozen=True)
class Tally:
    """How many operations wait, and how many need a person."""

    waiting: int
    attention: int


def work_of(session: Session, me: UUID) -> list[Work]:
    """This person's operations on this device, the newest first."""
    query = select(OutboxRow).where(col(OutboxRow.author_id) == me)
    rows = session.exec(query.order_by(col(OutboxRow.seq).desc()).limit(LIST_LIMIT)).all()
    shifts = queries.shifts_by_id(session, {row.target_id for row in rows})
    return [Work(row, shifts.get(row.target_id)) for row in rows]


def refused_of(session: Session, me: UUID) -> list[Work]:
    """Refused operations that this person has not dismissed yet, the newest first."""
    query = select(OutboxRow).where(
        col(OutboxRow.author_id) == me,
        col(OutboxRow.status) == VerdictStatus.REFUSED.value,
        col(OutboxRow.dismissed_at).is_(None),
    )
    rows = session.exec(query.order_by(col(OutboxRow.seq).desc()).limit(LIST_LIMIT)).all()
    shifts = queries.shifts_by_id(session, {row.target_id for row in rows})
    return [Work(row, shifts.get(row.target_id)) for row in rows]


def work_on(session: Session, target_id: UUID) -> list[OutboxRow]:
    """What this device did to one row, the oldest first."""
    query = select(OutboxRow).where(col(OutboxRow.target_id) == target_id)
    return list(session.exec(query.order_by(col(OutboxRow.seq)).limit(LIST_LIMIT)))


def last_work_on(session: Session, targets: Iterable[UUID]) -> dict[UUID, OutboxRow]:
    """The latest operation of this device on each of these rows."""
    query = select(OutboxRow).where(col(OutboxRow.target_id).in_(list(targets)))
    return {row.target_id: row for row in session.exec(query.order_by(col(OutboxRow.seq)))}


def tally(session: Session, me: UUID) -> Tally:
    query = select(OutboxRow.status, OutboxRow.dismissed_at).where(col(OutboxRow.author_id) == me)
    counts: Counter[str] = Counter()
    for status, dismissed_at in session.exec(query):
        if status == PENDING:
            counts["waiting"] += 1
        elif status == PARKED or (status == VerdictStatus.REFUSED.value and dismissed_at is None):
            counts["attention"] += 1
    return Tally(waiting=counts["waiting"], attention=counts["attention"])
