"""The rebase: rewind to what the server said, apply what came, replay what is pending."""

import json
from pathlib import Path

from sqlalchemy import text
from sqlmodel import select

from field_app.domain.assignment import AssignmentStatus, CancelReason, StaffAssignment
from field_app.domain.attendance import AssignmentCheckIn
from field_app.domain.mirrored import MIRRORED
from field_app.domain.offers import AssignmentAccept
from field_app.domain.wire import digest_of
from field_app.store import migrations, mirror, outbox, settings
from field_app.store.engine import Store
from field_app.store.mirror import MirrorWorld
from field_app.store.settings import Setting
from field_app.store.tables import GONE, ROWS, OutboxRow, StaffAssignmentRow
from tests.support.field import ANA, DEVICE, a_shift, a_store, an_envelope, an_event, on_wire


def find(store: Store, shift: StaffAssignment) -> StaffAssignment | None:
    return store.read(lambda session: MirrorWorld(session).find(StaffAssignment, shift.id))


def rebase(store: Store, *records: StaffAssignment) -> None:
    def change(session: mirror.Session) -> None:
        mirror.rewind(session)
        mirror.apply_rows(session, on_wire(*records), generation=0)
        outbox.replay(session, ANA, DEVICE)

    store.write(change)


def test_a_rewind_restores_the_servers_copy_to_the_letter(tmp_path: Path) -> None:
    store = a_store(tmp_path, an_event(), shift := a_shift())
    store.perform(an_envelope(AssignmentAccept(), shift.id))

    store.write(mirror.rewind)

    assert find(store, shift) == shift


def test_pending_work_is_replayed_on_top_of_newer_rows(tmp_path: Path) -> None:
    store = a_store(tmp_path, an_event(), shift := a_shift())
    store.perform(an_envelope(AssignmentAccept(), shift.id))

    rebase(store, shift.revise(version=12, special_instructions="Use the side door"))

    shown = find(store, shift)
    assert shown is not None
    assert shown.status is AssignmentStatus.ACCEPTED
    assert shown.special_instructions == "Use the side door"
    assert shown.version == 12


def test_pending_work_that_the_rules_now_refuse_is_marked_and_kept(tmp_path: Path) -> None:
    store = a_store(tmp_path, an_event(), shift := a_shift())
    store.perform(an_envelope(AssignmentAccept(), shift.id))

    rebase(
        store,
        shift.revise(
            version=12,
            status=AssignmentStatus.CANCELLED,
            cancel_reason=CancelReason.OFFER_WITHDRAWN.value,
        ),
    )

    row = store.read(lambda session: outbox.undecided(session, ANA.id))[0]
    shown = find(store, shift)
    assert row.may_be_refused
    assert shown is not None
    assert shown.status is AssignmentStatus.CANCELLED


def test_a_row_never_goes_back_to_an_older_version(tmp_path: Path) -> None:
    store = a_store(tmp_path, shift := a_shift(version=20))

    rebase(store, shift.revise(version=19, role="old"))

    assert find(store, shift) == shift


def test_a_removed_row_stays_visible_while_an_operation_on_it_waits(tmp_path: Path) -> None:
    store = a_store(tmp_path, an_event(), shift := a_shift())
    store.perform(an_envelope(AssignmentAccept(), shift.id))

    def remove(session: mirror.Session) -> None:
        mirror.rewind(session)
        mirror.remove_rows(session, {"staff_assignments": [str(shift.id)]})
        mirror.forget_gone(session)
        outbox.replay(session, ANA, DEVICE)

    store.write(remove)

    row = store.read(lambda session: session.get(StaffAssignmentRow, shift.id))
    assert row is not None
    assert row.generation == GONE


def test_a_removed_row_leaves_once_its_operation_is_decided(tmp_path: Path) -> None:
    store = a_store(tmp_path, an_event(), shift := a_shift())
    store.perform(an_envelope(AssignmentAccept(), shift.id))

    def remove_then_decide(session: mirror.Session) -> None:
        mirror.rewind(session)
        mirror.remove_rows(session, {"staff_assignments": [str(shift.id)]})
        session.exec(select(OutboxRow)).one().status = "refused"
        session.flush()
        mirror.forget_gone(session)

    store.write(remove_then_decide)

    assert find(store, shift) is None


def test_a_finished_snapshot_sweeps_what_it_did_not_bring(tmp_path: Path) -> None:
    store = a_store(tmp_path, stays := a_shift("stays"), leaves := a_shift("leaves"))

    def snapshot(session: mirror.Session) -> None:
        mirror.apply_rows(session, on_wire(stays), generation=1)
        mirror.sweep(session, 1)

    store.write(snapshot)

    assert find(store, stays) == stays
    assert find(store, leaves) is None


def test_the_digest_counts_the_servers_rows_only(tmp_path: Path) -> None:
    store = a_store(tmp_path, event := an_event(), shift := a_shift())
    store.perform(an_envelope(AssignmentAccept(), shift.id))

    digest = store.read(mirror.digest)

    expected = [(r.table, str(r.id), r.version) for r in (event, shift)]
    assert digest == digest_of(expected)


def test_every_mirrored_record_survives_the_way_into_sqlite_and_back(tmp_path: Path) -> None:
    store = a_store(tmp_path, event := an_event(), shift := a_shift())

    found = store.read(lambda session: MirrorWorld(session).where(type(event)))

    assert found == [event]
    assert find(store, shift) == shift
    assert set(ROWS) == set(MIRRORED)


def test_a_changed_mirror_schema_rebuilds_the_mirror_and_keeps_the_outbox(tmp_path: Path) -> None:
    store = a_store(tmp_path, an_event(), shift := a_shift())
    store.perform(an_envelope(AssignmentAccept(), shift.id))
    store.put_setting(Setting.CURSOR, "somewhere")

    def age(session: mirror.Session) -> None:
        settings.put(session, Setting.MIRROR_SCHEMA, "an older one")
        session.execute(text("ALTER TABLE staff_assignments DROP COLUMN pay_note"))

    store.write(age)
    store.close()

    reopened = Store(tmp_path)

    assert find(reopened, shift) is None
    assert len(reopened.read(lambda session: outbox.undecided(session, ANA.id))) == 1
    assert reopened.get_setting(Setting.CURSOR) is None
    assert reopened.get_setting(Setting.MIRROR_SCHEMA) == migrations.mirror_schema()


def test_rows_of_tables_and_columns_this_app_does_not_know_are_passed_over(tmp_path: Path) -> None:
    store = a_store(tmp_path, shift := a_shift())
    row = json.loads(shift.revise(version=12).model_dump_json()) | {"from_the_future": 1}

    store.write(
        lambda session: mirror.apply_rows(
            session, {"staff_assignments": [row], "unheard_of": [{"id": "x"}]}, generation=0
        )
    )

    found = find(store, shift)
    assert found is not None
    assert found.version == 12


def test_a_later_operation_of_the_same_lane_is_replayed_after_the_earlier(tmp_path: Path) -> None:
    store = a_store(tmp_path, an_event(), shift := a_shift())
    store.perform(an_envelope(AssignmentAccept(), shift.id))
    store.perform(an_envelope(AssignmentCheckIn(), shift.id))

    rebase(store, shift.revise(version=12))

    shown = find(store, shift)
    assert shown is not None
    assert shown.status is AssignmentStatus.CHECKED_IN
