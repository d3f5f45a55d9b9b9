"""Planted bugs: each is one that somebody could have written, and the simulator has to find it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import psycopg
from sqlmodel import Session, col, select

from field_app.domain.decision import Refused
from field_app.store import mirror, outbox
from field_app.store.settings import Setting
from field_app.store.tables import OutboxRow
from field_app.sync import cycle
from server_stub import client_views, judge, ledger, push, scope
from server_stub.audit import Trail


@dataclass(frozen=True)
class Mutant:
    """A bug: what is wrong in words; what is put in the place of what, or changed in SQL."""

    name: str
    story: str
    where: Any = None
    attribute: str = ""
    instead: Any = None
    sql: str = ""

    @contextmanager
    def planted(self, url: str) -> Iterator[None]:
        with ExitStack() as stack:
            if self.sql:
                with psycopg.connect(url, autocommit=True) as db:
                    db.execute(self.sql)
            if self.attribute:
                original = getattr(self.where, self.attribute)
                stack.enter_context(
                    patch.object(self.where, self.attribute, self.instead(original))
                )
            yield


NO_STAMP = """
    DROP TRIGGER stamp ON staff_assignments;
    CREATE TRIGGER stamp BEFORE INSERT ON staff_assignments
        FOR EACH ROW EXECUTE FUNCTION stamp_record();
"""


def nothing(_original: Any) -> Callable[..., None]:
    return lambda *_args, **_more: None


def _fire_and_forget(original: Any) -> Any:
    def mark_sent(session: Session, ids: Any, now: Any) -> None:
        original(session, ids, now)
        for row in session.exec(select(OutboxRow).where(col(OutboxRow.operation_id).in_(ids))):
            session.delete(row)

    return mark_sent


def _sent_is_applied(original: Any) -> Any:
    def mark_sent(session: Session, ids: Any, now: Any) -> None:
        original(session, ids, now)
        for row in session.exec(select(OutboxRow).where(col(OutboxRow.operation_id).in_(ids))):
            row.status, row.settled_at = "applied", now

    return mark_sent


def _drops_what_may_be_refused(original: Any) -> Any:
    def replay(session: Session, actor: Any, device_id: Any) -> None:
        original(session, actor, device_id)
        for row in outbox.undecided(session, actor.id):
            if row.may_be_refused:
                session.delete(row)

    return replay


def _backwards(original: Any) -> Any:
    return lambda *args, **more: list(reversed(original(*args, **more)))


def _one_at_a_time_the_newest(original: Any) -> Any:
    return lambda *args, **more: original(*args, **more)[-1:]


def _no_copy_aside(_original: Any) -> Any:
    def put_optimistic(session: Session, record: Any) -> None:
        mirror._write_rows(session, record.table, [record.model_dump(mode="json")], 0)

    return put_optimistic


def _cursor_first(original: Any) -> Any:
    def apply(store: Any, signed: Any, prepared: Any, answer: Any, ticks: Any) -> None:
        if len(answer.changes) == 2:  # as if it died between the cursor and the rows
            store.put_setting(Setting.CURSOR, answer.cursor)
        else:
            original(store, signed, prepared, answer, ticks)

    return apply


def _drops_the_answer(original: Any) -> Any:
    def settle(session: Session, verdicts: Any, now: Any) -> None:
        original(session, [v for v in verdicts if v.status != "noop"], now)

    return settle


def _no_removed(original: Any) -> Any:
    return lambda *args, **more: (original(*args, **more)[0], {})


def _only_new_rows(original: Any) -> Any:
    def difference(held: Any, now: Any) -> Any:
        changed, gone = original(held, now)
        known = {
            (table, entries[at : at + 16])
            for table, entries in held.items()
            for at in range(0, len(entries), 24)
        }
        return [key for key in changed if key not in known], gone

    return difference


def _never_decided_before(_original: Any) -> Any:
    return lambda _batch, _each: None


def _repeats_what_was_refused(original: Any) -> Any:
    def known(batch: Any, each: Any) -> Any:
        verdict = original(batch, each)
        return None if verdict is not None and verdict.status == "refused" else verdict

    return known


def _verdict_of_another_moment(original: Any) -> Any:
    def decide(connection: Any, verdicts: Any) -> None:
        original(connection, verdicts[:-1] if len(verdicts) > 1 else verdicts)

    return decide


def _facts_refused(original: Any) -> Any:
    def decide(envelope: Any, world: Any) -> Any:
        if envelope.operation.kind == "assignment.check_out":
            return Refused(judge.RefusalCode.WRONG_STATE)
        return original(envelope, world)

    return decide


def _half_written(original: Any) -> Any:
    """The rows of an operation without its trail, for one kind."""

    def record(self: Trail, envelope: Any, target: Any, changes: Any, flags: Any) -> None:
        if envelope.operation.kind != "issue.report":
            original(self, envelope, target, changes, flags)

    return record


def _everybodys_shifts(original: dict[str, str]) -> dict[str, str]:
    return original | {"staff_assignments": "t.event_instance_id = ANY(:events)"}


def _no_shift_of_mine(original: dict[str, str]) -> dict[str, str]:
    return original | {"event_issues": "t.reported_by = :me"}


MUTANTS = [
    Mutant(
        "fire-and-forget",
        "what was sent is forgotten before its verdict came",
        outbox,
        "mark_sent",
        _fire_and_forget,
    ),
    Mutant(
        "sent-is-applied", "what was sent counts as done", outbox, "mark_sent", _sent_is_applied
    ),
    Mutant(
        "drops-doubtful",
        "what may be refused is dropped",
        outbox,
        "replay",
        _drops_what_may_be_refused,
    ),
    Mutant("backwards", "a batch is sent in the wrong order", outbox, "next_batch", _backwards),
    Mutant(
        "newest-first",
        "the newest operation is sent first",
        outbox,
        "next_batch",
        _one_at_a_time_the_newest,
    ),
    Mutant("no-rewind", "what was done here is never taken back", mirror, "rewind", nothing),
    Mutant(
        "no-copy", "the server's row is not kept aside", mirror, "put_optimistic", _no_copy_aside
    ),
    Mutant("keeps-removed", "rows that left the scope stay", mirror, "remove_rows", nothing),
    Mutant(
        "keeps-swept", "a snapshot does not end what it did not bring", mirror, "sweep", nothing
    ),
    Mutant(
        "keeps-gone", "rows that waited for a verdict stay for ever", mirror, "forget_gone", nothing
    ),
    Mutant("cursor-first", "the cursor is saved without its rows", cycle, "apply", _cursor_first),
    Mutant("deaf-to-noops", "a noop is no answer", outbox, "settle", _drops_the_answer),
    Mutant(
        "no-removed",
        "the server does not say what left the scope",
        client_views,
        "difference",
        _no_removed,
    ),
    Mutant(
        "only-new",
        "the server sends new rows but no changes",
        client_views,
        "difference",
        _only_new_rows,
    ),
    Mutant(
        "decides-again", "a repeat is judged again", push, "_known_verdict", _never_decided_before
    ),
    Mutant(
        "second-chance",
        "what was refused is judged again",
        push,
        "_known_verdict",
        _repeats_what_was_refused,
    ),
    Mutant("forgets-verdicts", "verdicts are not kept", ledger, "decide", nothing),
    Mutant(
        "forgets-the-last",
        "the last verdict of a batch is not kept",
        ledger,
        "decide",
        _verdict_of_another_moment,
    ),
    Mutant(
        "refuses-facts", "a check-out is refused for its state", judge, "decide", _facts_refused
    ),
    Mutant("no-trail", "reports leave no trail", Trail, "record", _half_written),
    Mutant("too-wide", "agents see everybody's shifts", scope, "ROWS", _everybodys_shifts),
    Mutant("too-narrow", "issues of others are missing", scope, "ROWS", _no_shift_of_mine),
    Mutant("no-version", "an update of a shift gives it no new version", sql=NO_STAMP),
]


def without_repair() -> Any:
    """The digest notices nothing: a healing mirror must not hide a bug."""
    return patch.object(cycle, "_is_lost", lambda _session, _expected: False)
