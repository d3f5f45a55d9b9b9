"""The outbox: perform, what to send next, settle, dismiss.

Nothing leaves it silently. Work with a final verdict stays 30 days, refused work until a
person has looked at it.
"""

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, func, select, update

from field_app.domain.decision import Accepted, Noop, Refused
from field_app.domain.operations import Envelope, decide
from field_app.domain.person import Actor
from field_app.domain.wire import (
    MOST_OPERATIONS,
    MOST_REQUEST_BYTES,
    Verdict,
    VerdictStatus,
    WireEnvelope,
    from_wire,
    to_wire,
)
from field_app.store import mirror, settings
from field_app.store.mirror import MirrorWorld
from field_app.store.settings import Setting
from field_app.store.tables import OutboxRow

BATCH_BYTES = MOST_REQUEST_BYTES - 16 * 1024  # room for the rest of the request
RETRY_PARKED_AFTER = dt.timedelta(minutes=5)
KEEP_SETTLED = dt.timedelta(days=30)

PENDING, PARKED = "pending", VerdictStatus.PARKED.value


def perform(session: Session, envelope: Envelope) -> Refused | None:
    """Do an operation here and now, and queue it for the server.

    Outbox row and optimistic rows are written in one transaction, so neither can exist
    without the other. A refused operation, or one that changes nothing, leaves no trace.
    """
    world = MirrorWorld(session)
    envelope = _complete(session, envelope)
    decision = decide(envelope, world)
    match decision:
        case Refused():
            return decision
        case Noop():
            return None
        case Accepted():
            session.add(_pending(envelope))
            settings.put(session, Setting.LAST_SEQ, envelope.seq)
            for record in decision.records:
                mirror.put_optimistic(session, record)
            return None


def replay(session: Session, actor: Actor, device_id: UUID) -> None:
    """Do this person's undecided operations again on the mirror as it is now.

    One that the rules now refuse stays queued, marked: only the server refuses for good.
    """
    for row in undecided(session, actor.id):
        envelope = from_wire(WireEnvelope.model_validate_json(row.envelope), actor, device_id)
        decision = decide(envelope, MirrorWorld(session))
        row.may_be_refused = isinstance(decision, Refused)
        if isinstance(decision, Accepted):
            for record in decision.records:
                mirror.put_optimistic(session, record)
    session.flush()


def undecided(session: Session, author_id: UUID) -> list[OutboxRow]:
    """Operations of this person without a final verdict, in the order they were made."""
    query = select(OutboxRow).where(
        col(OutboxRow.author_id) == author_id, col(OutboxRow.status).in_([PENDING, PARKED])
    )
    return list(session.exec(query.order_by(col(OutboxRow.seq))))


def next_batch(
    session: Session, author_id: UUID, now: dt.datetime, most: int = MOST_OPERATIONS
) -> list[OutboxRow]:
    """What to send next, in order: at most `most` operations and what fits one request."""
    status, sent_at = col(OutboxRow.status), col(OutboxRow.sent_at)
    is_due = sent_at.is_(None) | (sent_at <= now - RETRY_PARKED_AFTER)
    query = select(OutboxRow).where(
        col(OutboxRow.author_id) == author_id,
        (status == PENDING) | (status == PARKED) & is_due,
    )
    batch: list[OutboxRow] = []
    size = 0
    for row in session.exec(query.order_by(col(OutboxRow.seq)).limit(most)):
        size += len(row.envelope.encode())
        if batch and size > BATCH_BYTES:
            break
        batch.append(row)
    return batch


def mark_sent(session: Session, operation_ids: Iterable[UUID], now: dt.datetime) -> None:
    change = update(OutboxRow).where(col(OutboxRow.operation_id).in_(operation_ids))
    session.execute(change.values(sent_at=now, attempts=OutboxRow.attempts + 1))


def backlog(session: Session, author_id: UUID) -> tuple[int, dt.datetime | None]:
    """How many operations have no final verdict yet, and when the oldest of them was made."""
    oldest = func.min(col(OutboxRow.occurred_at))
    query = select(func.count(), oldest).where(
        col(OutboxRow.author_id) == author_id, col(OutboxRow.status).in_([PENDING, PARKED])
    )
    return session.exec(query).one()


def count_pending(session: Session, author_id: UUID) -> int:
    """This person's work that the office has not heard of, as far as is known."""
    query = select(func.count()).select_from(OutboxRow)
    is_pending = col(OutboxRow.status) == PENDING
    return session.exec(query.where(col(OutboxRow.author_id) == author_id, is_pending)).one()


def settle(session: Session, verdicts: Iterable[Verdict], now: dt.datetime) -> None:
    """Write the server's verdicts beside the operations they judge."""
    by_id = {verdict.operation_id: verdict for verdict in verdicts}
    rows = session.exec(select(OutboxRow).where(col(OutboxRow.operation_id).in_(by_id)))
    for row in rows:
        verdict = by_id[row.operation_id]
        row.status = verdict.status.value
        row.code, row.message, row.flags = verdict.code, verdict.message, list(verdict.flags)
        row.decided_at = verdict.decided_at
        row.settled_at = now if verdict.status is not VerdictStatus.PARKED else None
        row.may_be_refused = False
    session.flush()


def dismiss(session: Session, operation_id: UUID, now: dt.datetime) -> None:
    """A person has read a refusal; it stays in the history."""
    query = select(OutboxRow).where(col(OutboxRow.operation_id) == operation_id)
    row = session.exec(query).one()
    row.dismissed_at = now


def drop_settled(session: Session, now: dt.datetime) -> None:
    """Forget settled work after 30 days; refused work only once a person has dismissed it."""
    old = select(OutboxRow).where(col(OutboxRow.settled_at) < now - KEEP_SETTLED)
    for row in session.exec(old):
        if row.status != VerdictStatus.REFUSED.value or row.dismissed_at is not None:
            session.delete(row)


def send_again(session: Session, since: dt.datetime) -> None:
    """After the server was restored from a backup: its verdicts may be gone, the work is not."""
    done = [VerdictStatus.APPLIED.value, VerdictStatus.NOOP.value]
    rows = session.exec(
        select(OutboxRow).where(col(OutboxRow.status).in_(done), col(OutboxRow.settled_at) > since)
    )
    for row in rows:
        row.status, row.settled_at = PENDING, None
    session.flush()


def journaled(session: Session, operation_id: UUID) -> dict[str, Any] | None:
    """A queued operation as the journal keeps it; None where it is not in the queue."""
    query = select(OutboxRow).where(col(OutboxRow.operation_id) == operation_id)
    row = session.exec(query).first()
    return _entry(row) if row is not None else None


def all_journaled(session: Session) -> list[dict[str, Any]]:
    """Everybody's work on this device that is not settled."""
    query = select(OutboxRow).where(col(OutboxRow.status).in_([PENDING, PARKED]))
    return [_entry(row) for row in session.exec(query.order_by(col(OutboxRow.seq)))]


def _entry(row: OutboxRow) -> dict[str, Any]:
    return {"author": str(row.author_id), "envelope": json.loads(row.envelope)}


def count_open(session: Session, author_id: UUID) -> int:
    """This person's work that is not done with: undecided, or refused and not yet read."""
    unread = (col(OutboxRow.status) == VerdictStatus.REFUSED.value) & (
        col(OutboxRow.dismissed_at).is_(None)
    )
    is_open = col(OutboxRow.status).in_([PENDING, PARKED]) | unread
    query = select(func.count()).select_from(OutboxRow)
    return session.exec(query.where(col(OutboxRow.author_id) == author_id, is_open)).one()


def _complete(session: Session, envelope: Envelope) -> Envelope:
    """The envelope with its place in the device's order and the version it was made on."""
    seq = settings.get_int(session, Setting.LAST_SEQ) + 1
    version = mirror.version_of(session, envelope.operation.kind, envelope.target_id)
    stamp = envelope.stamp.model_copy(update={"base_version": version})
    return envelope.model_copy(update={"seq": seq, "stamp": stamp})


def _pending(envelope: Envelope) -> OutboxRow:
    wire = to_wire(envelope)
    return OutboxRow(
        seq=wire.seq,
        operation_id=wire.id,
        author_id=envelope.stamp.actor.id,
        target_id=wire.target_id,
        kind=wire.kind,
        occurred_at=wire.occurred_at,
        envelope=wire.model_dump_json(),
    )
