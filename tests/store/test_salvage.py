"""A damaged database costs nothing that a person saved."""

import json
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import select

from field_app.domain.attendance import AssignmentCheckIn
from field_app.domain.offers import AssignmentAccept
from field_app.store import engine, mirror, outbox, settings
from field_app.store.engine import FILE_NAME, CannotSave, Store
from field_app.store.settings import Setting
from field_app.store.tables import EventInstanceRow, OutboxRow
from tests.support.field import ANA, a_shift, a_store, an_envelope, an_event


def garbage(path: Path) -> None:
    path.write_bytes(random.Random(7).randbytes(path.stat().st_size))


def half_gone(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def a_page_of_the_outbox(path: Path) -> None:
    break_page(path, "outbox")


def break_page(path: Path, table: str) -> None:
    with sqlite3.connect(path) as database:
        query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        (page,) = database.execute(query, [table]).fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : page * size] = b"\xff" * size
    path.write_bytes(content)


def deleted(path: Path) -> None:
    path.unlink()


DAMAGE = [garbage, half_gone, a_page_of_the_outbox, deleted]


def worked(folder: Path) -> list[OutboxRow]:
    """A device with two operations that are not sent yet."""
    store = a_store(folder, an_event(), shift := a_shift())
    store.put_setting(Setting.PERSON, '{"name": "Ana"}')
    store.put_setting(Setting.DEVICE_ID, "11111111-1111-1111-1111-111111111111")
    for operation in (AssignmentAccept(), AssignmentCheckIn()):
        assert store.perform(an_envelope(operation, shift.id)) is None
    done = queued(store)
    checkpoint(store)
    store.close()
    return done


def queued(store: Store) -> list[OutboxRow]:
    return store.read(lambda session: outbox.undecided(session, ANA.id))


def checkpoint(store: Store) -> None:
    """Have everything in the one file that is going to be damaged."""
    with sqlite3.connect(store.folder / FILE_NAME) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_was_saved_and_not_sent_is_there_after_any_damage(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    before = worked(tmp_path)

    damage(tmp_path / FILE_NAME)
    store = Store(tmp_path)

    after = queued(store)
    assert [(r.operation_id, r.seq) for r in after] == [(r.operation_id, r.seq) for r in before]
    assert [json.loads(r.envelope) for r in after] == [json.loads(r.envelope) for r in before]
    assert store.get_setting(Setting.PERSON) == '{"name": "Ana"}'
    assert store.get_setting(Setting.DEVICE_ID) == "11111111-1111-1111-1111-111111111111"
    assert store.get_setting(Setting.CURSOR) is None
    assert store.get_setting(Setting.SALVAGED) == "2"
    assert store.read(lambda s: s.exec(select(EventInstanceRow)).all()) == []
    assert store.read(lambda s: settings.get_int(s, Setting.LAST_SEQ)) == 2


def test_a_sound_file_is_left_alone(tmp_path: Path) -> None:
    worked(tmp_path)

    store = Store(tmp_path)

    assert len(queued(store)) == 2
    assert store.read(lambda s: s.exec(select(EventInstanceRow)).one()) is not None
    assert list(tmp_path.glob("damaged-*")) == []


def test_work_goes_on_after_damage_and_survives_the_next_one(tmp_path: Path) -> None:
    worked(tmp_path)
    for number in (1, 2):
        garbage(tmp_path / FILE_NAME)
        store = Store(tmp_path)
        assert len(queued(store)) == 2
        assert len(list(tmp_path.glob("damaged-*.db"))) == number
        checkpoint(store)
        store.close()


def test_a_torn_or_altered_line_of_the_journal_is_passed_over(tmp_path: Path) -> None:
    first, _ = worked(tmp_path)
    journal = tmp_path / "field.journal"
    lines = journal.read_bytes().splitlines(keepends=True)
    altered = lines[-1].replace(b"check_in", b"check_ix")
    journal.write_bytes(b"".join([*lines[:-1], altered, lines[-2][:40], b"\n\x00\xff"]))
    deleted(tmp_path / FILE_NAME)

    store = Store(tmp_path)

    assert [row.operation_id for row in queued(store)] == [first.operation_id]


def test_damage_that_shows_later_is_said_and_mended_at_the_next_start(tmp_path: Path) -> None:
    before = worked(tmp_path)
    break_page(tmp_path / FILE_NAME, "event_instances")
    store = Store(tmp_path)

    with pytest.raises(CannotSave, match="is damaged"):
        store.write(lambda session: mirror.clear(session))
    store.close()

    assert len(queued(Store(tmp_path))) == len(before)


def test_the_journal_is_tidied_up_when_it_has_grown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = worked(tmp_path)
    store = Store(tmp_path)
    for number in range(50):
        store.put_setting(Setting.PERSON, f'{{"name": "{number}"}}')
    grown = store.journal.size
    store.close()
    monkeypatch.setattr(engine, "TIDY_FROM_BYTES", 1000)

    store = Store(tmp_path)

    assert store.journal.size < grown
    deleted(tmp_path / FILE_NAME)
    store.close()
    assert [r.operation_id for r in queued(Store(tmp_path))] == [r.operation_id for r in before]
