"""What other screens will ask, asked before: in a process the first time takes twice as long."""

import datetime as dt
from uuid import UUID

from sqlmodel import Session

from field_app.store import event_queries, issue_queries, kit_queries

A_FEW = 2


def read(session: Session, me: UUID, now: dt.datetime) -> None:
    shelves = kit_queries.shelves(session, me, now, A_FEW)
    for each in [*shelves.trouble, *shelves.mine, *shelves.out, *shelves.coming][:1]:
        kit_queries.need(session, each.id)
        if (event_id := each.kit.event_instance_id) is not None:
            event_queries.event_sheet(session, event_id)
    for issue in issue_queries.issues(session, issue_queries.OPEN, me, most=A_FEW)[:1]:
        issue_queries.issue(session, issue.id)
