"""Operations that wait for an operator: they failed again and again, or came too late."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, text

from field_app.domain.refusals import RefusalCode
from field_app.domain.wire import Instant, Message, Person, Verdict, VerdictStatus
from server_stub import judge, ledger, push
from server_stub.tokens import Caller
from server_stub.transactions import certain

LIST = text("""
    SELECT o.operation_id, o.kind, o.target_id, o.occurred_at, o.received_at, o.attempts,
        o.verdict->>'code' AS code, u.name AS author, o.device_id
    FROM sync_operations o JOIN users u ON u.id = o.author_id
    WHERE o.status = 'parked' ORDER BY o.received_at, o.seq
""")
ONE = text("""
    SELECT o.envelope, o.device_id, o.verdict->>'status' AS status,
        u.id, u.name, u.email, u.role, u.organization_id
    FROM sync_operations o JOIN users u ON u.id = o.author_id WHERE o.operation_id = :id
""")


class Parked(Message):
    """One line of the list. `code` says why it waits; None after faults of ours."""

    operation_id: UUID
    kind: str
    target_id: UUID | None
    occurred_at: Instant | None
    received_at: Instant
    attempts: int
    code: str | None
    author: str
    device_id: UUID


class NotParked(Exception):
    """There is no such operation, or it has its verdict."""


def waiting(engine: Engine) -> list[Parked]:
    """Everything that waits, the oldest first."""
    with engine.connect() as connection:
        rows = connection.execute(LIST)
        return [Parked.model_validate(dict(row._mapping)) for row in rows]


def retry(engine: Engine, operation_id: UUID) -> Verdict:
    """Judge it now, as if its author still had the access they had. Raises NotParked."""
    caller, raw = _find(engine, operation_id)
    verdicts = push.handle(engine, caller, [raw], is_asking=False)
    if not verdicts:
        raise NotParked("Another writer was in the way; try again.")
    return verdicts[0]


def refuse(engine: Engine, operation_id: UUID, reason: str) -> Verdict:
    """Refuse it for good, with a reason that its author is told. Raises NotParked."""
    caller, raw = _find(engine, operation_id)
    now = dt.datetime.now(dt.UTC)
    received = ledger.receive(caller, raw)
    verdict = judge.refusal(received, RefusalCode.REFUSED_BY_OFFICE, now, detail=reason)
    with certain(engine) as connection:
        entry = ledger.lock(connection, [received], asking=None)[operation_id]
        if not entry.is_parked:
            raise NotParked("It was decided just now.")
        ledger.decide(connection, [verdict])
    return verdict


def _find(engine: Engine, operation_id: UUID) -> tuple[Caller, Any]:
    with engine.connect() as connection:
        row = connection.execute(ONE, {"id": operation_id}).first()
    if row is None or row.status != VerdictStatus.PARKED:
        raise NotParked("No operation with this id is parked.")
    found = dict(row._mapping)
    return Caller(Person.model_validate(found), found["device_id"]), found["envelope"]
