"""What other tabs will ask, asked before: in a process the first time takes twice as long."""

import datetime as dt
from uuid import UUID

from sqlmodel import Session

from field_app.store import issue_queries, kit_queries

A_FEW = 2


def read(session: Session, me: UUID, now: dt.datetime) -> None:
    kit_queries.shelves(session, me, now, A_FEW)
    issue_queries.issues(session, issue_queries.OPEN, me, most=A_FEW)
