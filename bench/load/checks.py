"""What has to be true after the run: nothing that was acknowledged is missing in the database."""

from collections.abc import Mapping
from uuid import UUID

import psycopg

LEDGER = "SELECT operation_id, status FROM sync_operations WHERE operation_id = ANY(%s)"
AUDITED = "SELECT DISTINCT operation_id FROM audit_entries WHERE operation_id = ANY(%s)"


def missing(db: psycopg.Connection, acknowledged: Mapping[UUID, str]) -> list[str]:
    """A sentence for every acknowledged operation whose verdict or audit entry is not there."""
    ids = list(acknowledged)
    kept: dict[UUID, str] = dict(db.execute(LEDGER, [ids]).fetchall())
    audited = {row[0] for row in db.execute(AUDITED, [ids]).fetchall()}
    sentences = []
    for operation_id, said in acknowledged.items():
        if kept.get(operation_id) != said:
            held = kept.get(operation_id, "nothing")
            sentences.append(f"{operation_id} was answered {said}; the ledger has {held}")
        elif said == "applied" and operation_id not in audited:
            sentences.append(f"{operation_id} was applied and has no audit entry")
    return sentences
