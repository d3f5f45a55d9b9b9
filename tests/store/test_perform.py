"""Performing an operation: saved whole or not at all, shown at once, kept until decided."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from field_app.domain.assignment import AssignmentStatus, StaffAssignment
from field_app.domain.attendance import AssignmentCheckIn
from field_app.domain.decision import Refused
from field_app.domain.event import EventInstance, EventStatus
from field_app.domain.offers import AssignmentAccept, AssignmentReject
from field_app.domain.refusals import RefusalCode
from field_app.domain.wire import WireEnvelope
from field_app.store import outbox
from field_app.store.engine import CannotSave, Store
from field_app.store.mirror import MirrorWorld
from field_app.store.tables import OutboxRow
from tests.support.field import ANA, BEN, NOON, a_shift, a_store, an_envelope, an_event


def status_of(store: Store, shift: StaffAssignment) -> AssignmentStatus:
    found = store.read(lambda session: MirrorWorld(session).find(StaffAssignment, shift.id))
    assert found is not None
    return found.status


def queued(store: Store) -> list[OutboxRow]:
    return store.read(lambda session: outbox.undecided(session, ANA.id))


def test_an_accepted_offer_is_shown_and_queued_at_once(tmp_path: Path) -> None:
    store = a_store(tmp_path, an_event(), shift := a_shift())

    answer = store.perform(an_envelope(AssignmentAccept(), shift.id))

    assert answer is None
    assert status_of(store, shift) is AssignmentStatus.ACCEPTED
    assert [row.kind for row in queued(store)] == ["assignment.accept"]


def test_the_queued_envelope_names_its_order_and_the_version_it_was_made_on(
    tmp_path: Path,
) -> None:
    store = a_store(tmp_path, an_event(), shift := a_shift())

    store.perform(an_envelope(AssignmentAccept(), shift.id))
    store.perform(an_envelope(AssignmentCheckIn(), shift.id))

    wires = [WireEnvelope.model_validate_json(row.envelope) for row in queued(store)]
    assert [(wire.seq, wire.base_version) for wire in wires] == [(1, 11), (2, 11)]


def test_everything_saved_is_there_after_the_store_is_opened_again(tmp_path: Path) -> None:
    store = a_store(tmp_path, an_event(), shift := a_shift())
    store.perform(an_envelope(AssignmentAccept(), shift.id))
    store.close()

    reopened = Store(tmp_path)

    assert status_of(reopened, shift) is AssignmentStatus.ACCEPTED
    assert len(queued(reopened)) == 1


def test_a_refused_operation_leaves_no_trace(tmp_path: Path) -> None:
    store = a_store(tmp_path, an_event(), shift := a_shift())

    answer = store.perform(an_envelope(AssignmentAccept(), shift.id, actor=BEN))

    assert answer == Refused(RefusalCode.UNKNOWN_TARGET)
    assert status_of(store, shift) is AssignmentStatus.OFFERED
    assert queued(store) == []


def test_a_double_tap_queues_one_operation(tmp_path: Path) -> None:
    store = a_store(tmp_path, an_event(), shift := a_shift())

    for _ in range(2):
        store.perform(an_envelope(AssignmentAccept(), shift.id))

    assert len(queued(store)) == 1


def test_neither_queue_nor_screen_changes_when_the_transaction_fails(tmp_path: Path) -> None:
    store = a_store(tmp_path, an_event(), shift := a_shift())
    forbid = (
        "CREATE TRIGGER full BEFORE UPDATE ON staff_assignments "
        "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
    )
    store.write(lambda session: session.execute(text(forbid)))

    with pytest.raises(Exception, match="full"):
        store.perform(an_envelope(AssignmentAccept(), shift.id))

    assert status_of(store, shift) is AssignmentStatus.OFFERED
    assert queued(store) == []


def test_a_full_disk_is_said_in_words(tmp_path: Path) -> None:
    store = a_store(tmp_path, an_event(), shift := a_shift())
    pages = store.read(lambda session: session.execute(text("PRAGMA page_count")).scalar_one())
    store.write(lambda session: session.execute(text(f"PRAGMA max_page_count = {pages}")))

    def fill(session: Session) -> None:
        session.execute(text("CREATE TABLE filler AS SELECT zeroblob(1000000) AS body"))

    with pytest.raises(CannotSave, match="storage is full"):
        store.write(fill)

    assert status_of(store, shift) is AssignmentStatus.OFFERED


def test_the_first_acceptance_moves_the_event_to_preparation(tmp_path: Path) -> None:
    store = a_store(tmp_path, event := an_event(), shift := a_shift())

    store.perform(an_envelope(AssignmentAccept(), shift.id))

    found = store.read(lambda session: MirrorWorld(session).find(EventInstance, event.id))
    assert found is not None
    assert found.status is EventStatus.PREPARATION


def test_listeners_hear_of_every_commit_until_they_leave(tmp_path: Path) -> None:
    store = a_store(tmp_path, an_event(), shift := a_shift())
    heard: list[int] = []
    leave = store.subscribe(lambda: heard.append(1))

    store.perform(an_envelope(AssignmentAccept(), shift.id))
    leave()
    store.perform(an_envelope(AssignmentReject(reason="too_far"), shift.id))

    assert len(heard) == 1


def test_refused_work_stays_until_a_person_has_dismissed_it(tmp_path: Path) -> None:
    store = a_store(tmp_path, an_event(), shift := a_shift())
    store.perform(an_envelope(AssignmentAccept(), shift.id))

    def refuse(session: Session) -> None:
        row = session.exec(select(OutboxRow)).one()
        row.status, row.code, row.settled_at = "refused", "offer_withdrawn", NOON

    store.write(refuse)
    later = NOON + outbox.KEEP_SETTLED * 2

    store.write(lambda session: outbox.drop_settled(session, later))
    kept = store.read(lambda session: session.exec(select(OutboxRow)).all())
    store.write(lambda session: outbox.dismiss(session, kept[0].operation_id, later))
    store.write(lambda session: outbox.drop_settled(session, later))

    assert len(kept) == 1
    assert store.read(lambda session: session.exec(select(OutboxRow)).all()) == []
