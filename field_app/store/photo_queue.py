"""Photos on their way to the office: which wait, how far each is, and what went wrong."""

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from sqlmodel import Session, col, func, select, update

from field_app.domain.issues import IssueRemovePhoto
from field_app.domain.operations import Envelope
from field_app.domain.photos import photos_of, subject_of
from field_app.store.outbox import PENDING
from field_app.store.tables import OutboxRow, PhotoRow

WAITING, SENT, FAILED, REMOVED = "waiting", "sent", "failed", "removed"
UNSENT = (WAITING, FAILED)


def follow(session: Session, envelope: Envelope) -> None:
    """Have photos sent that an operation names, and the one that it takes away no longer.

    Their files are there already. One that is known from another issue is announced again, so
    that the office links it here too.
    """
    author_id = envelope.stamp.actor.id
    if isinstance(envelope.operation, IssueRemovePhoto):
        row = session.get(PhotoRow, (author_id, envelope.operation.sha256))
        if row is not None and row.record_id == envelope.target_id and row.status != SENT:
            row.status = REMOVED
    for photo in photos_of(envelope):
        row = session.get(PhotoRow, (author_id, photo.sha256))
        if row is None:
            row = PhotoRow(
                author_id=author_id,
                sha256=photo.sha256,
                bytes=photo.bytes,
                record_id=subject_of(envelope),
                operation_id=envelope.stamp.operation_id,
            )
            session.add(row)
        row.record_id, row.operation_id = subject_of(envelope), envelope.stamp.operation_id
        row.status, row.sent_bytes = WAITING, 0
    session.flush()


def ready(session: Session, author_id: UUID) -> list[PhotoRow]:
    """Photos to send now, the smallest first: those whose operation the office has decided."""
    undecided = select(OutboxRow.operation_id).where(
        col(OutboxRow.author_id) == author_id, col(OutboxRow.status) == PENDING
    )
    query = select(PhotoRow).where(
        col(PhotoRow.author_id) == author_id,
        col(PhotoRow.status) == WAITING,
        col(PhotoRow.operation_id).not_in(undecided),
    )
    return list(session.exec(query.order_by(col(PhotoRow.bytes), col(PhotoRow.sha256))))


def unsent(session: Session, author_id: UUID) -> list[PhotoRow]:
    """Everything that is not at the office yet, failed ones included."""
    query = select(PhotoRow).where(
        col(PhotoRow.author_id) == author_id, col(PhotoRow.status).in_(UNSENT)
    )
    return list(session.exec(query.order_by(col(PhotoRow.bytes), col(PhotoRow.sha256))))


def names_unsent(session: Session) -> set[str]:
    """The photos that anybody on this device still has to send."""
    query = select(PhotoRow.sha256).where(col(PhotoRow.status).in_(UNSENT))
    return set(session.exec(query))


def count_unsent(session: Session, author_id: UUID) -> int:
    query = select(func.count()).select_from(PhotoRow)
    is_open = (col(PhotoRow.author_id) == author_id) & col(PhotoRow.status).in_(UNSENT)
    return session.exec(query.where(is_open)).one()


def of_records(session: Session, records: Iterable[UUID]) -> dict[str, PhotoRow]:
    """This device's own photos of these issues or shifts, by hash."""
    query = select(PhotoRow).where(col(PhotoRow.record_id).in_(list(records)))
    return {row.sha256: row for row in session.exec(query)}


def note(session: Session, author_id: UUID, sha256: str, sent_bytes: int) -> None:
    """How far it has come."""
    row = session.get(PhotoRow, (author_id, sha256))
    if row is not None:
        row.sent_bytes = sent_bytes


def settle(session: Session, author_id: UUID, sha256: str, status: str, now: dt.datetime) -> None:
    row = session.get(PhotoRow, (author_id, sha256))
    if row is not None:
        row.status, row.settled_at = status, now
        row.sent_bytes = row.bytes if status == SENT else 0


def forget_old(session: Session, author_id: UUID, before: dt.datetime) -> list[str]:
    """Forget what has long been at the office; returns the hashes whose files may go."""
    query = select(PhotoRow).where(
        col(PhotoRow.author_id) == author_id,
        col(PhotoRow.status) == SENT,
        col(PhotoRow.settled_at) < before,
    )
    old = list(session.exec(query))
    for row in old:
        session.delete(row)
    return [row.sha256 for row in old]


def send_again(session: Session) -> None:
    """Announce every photo that is still here; the office takes only what it has lost."""
    sent = col(PhotoRow.status) == SENT
    session.execute(update(PhotoRow).where(sent).values(status=WAITING, sent_bytes=0))


def retry(session: Session, author_id: UUID, sha256: str) -> None:
    """Send a failed one again."""
    row = session.get(PhotoRow, (author_id, sha256))
    if row is not None and row.status in {FAILED, REMOVED}:
        row.status, row.sent_bytes = WAITING, 0
