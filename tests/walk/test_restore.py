"""The office comes back from a backup, and the phones bring back what it has lost."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import psycopg

from field_app.domain.attendance import AssignmentCheckIn, AssignmentCheckOut
from field_app.domain.clock import ClockGrade
from field_app.domain.issue import EventIssue, IssueType, Severity
from field_app.domain.issues import IssueReport, NewPhoto
from field_app.domain.offers import AssignmentAccept
from field_app.domain.operations import Operation
from field_app.store import photo_intake
from field_app.store.mirror import MirrorWorld
from field_app.store.settings import Setting
from server_stub.demo.postgres import PostgresServer
from tests.support.central import Central
from tests.support.commands import command
from tests.support.pictures import a_jpeg
from tests.support.postgres import fresh_database
from tests.support.sync_server import serving
from tests.walk.phones import Phone, _now


@contextmanager
def backed_up(postgres: PostgresServer, url: str) -> Iterator[str]:
    """A copy of the database as it is now."""
    name = url.rsplit("/", 1)[1]
    with psycopg.connect(postgres.url, autocommit=True) as db:
        db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
    with fresh_database(postgres, name) as copy:
        yield copy


def report(phone: Phone, event: UUID) -> tuple[UUID, str]:
    """A problem with a photo."""
    picture = photo_intake.take_in(a_jpeg(3, edge=200))
    phone.files.save(picture)
    issue, photo = uuid4(), NewPhoto(sha256=picture.sha256, bytes=len(picture.jpeg))
    do(
        phone,
        issue,
        IssueReport(
            event_instance_id=event,
            issue_type=IssueType.EQUIPMENT,
            description="The cooler leaks",
            severity=Severity.LOW,
            photos=(photo,),
        ),
    )
    return issue, picture.sha256


def do(phone: Phone, target: UUID, operation: Operation) -> None:
    assert phone.perform(target, operation, _now(), ClockGrade.HIGH) is None


async def test_what_a_backup_lost_comes_back_from_the_phones(
    postgres: PostgresServer, database_url: str, tmp_path: Path
) -> None:
    with psycopg.connect(database_url, autocommit=True) as db:
        central = Central(db)
        dana, ana = central.a_person("Dana", "field_manager"), central.a_person("Ana")
        event = central.an_event(dana, in_h=-1)
        shift = central.a_shift(event, ana)
        emails = central.emails
    kept = {"photo_store": str(tmp_path / "kept")}
    with serving(database_url, **kept) as url:
        async with Phone(tmp_path / "ana", url) as phone, Phone(tmp_path / "dana", url) as desk:
            await phone.sign_in(emails[ana])
            await desk.sign_in(emails[dana])
            signed = {"ana": phone.signed, "dana": desk.signed}
            do(phone, shift, AssignmentAccept())
            await phone.sync()
    with backed_up(postgres, database_url) as copy:
        with serving(database_url, **kept) as url:
            async with Phone(tmp_path / "ana", url) as phone, Phone(tmp_path / "dana", url) as desk:
                phone.signed, desk.signed = signed["ana"], signed["dana"]
                do(phone, shift, AssignmentCheckIn())
                issue, sha256 = report(phone, event)
                await phone.sync()
                await phone.uploads.send_all()
                await desk.sync()

        restored = await asyncio.to_thread(command, "restored", DATABASE_URL=copy)
        assert restored.returncode == 0, restored.stderr
        empty = {"photo_store": str(tmp_path / "new disk")}
        with serving(copy, **empty) as url:
            async with Phone(tmp_path / "ana", url) as phone, Phone(tmp_path / "dana", url) as desk:
                phone.signed, desk.signed = signed["ana"], signed["dana"]
                do(phone, shift, AssignmentCheckOut())
                await desk.sync()
                await phone.sync()
                await phone.uploads.send_all()
                await desk.sync()

                assert set(phone.outbox().values()) == {"applied"}
                shown = desk.store.read(lambda s: MirrorWorld(s).find(EventIssue, issue))
                assert shown is not None
                assert shown.photo_urls
                assert desk.store.get_setting(Setting.REPAIRS) is None
                assert phone.store.get_setting(Setting.REPAIRS) is None
        with psycopg.connect(copy) as db:
            states = db.execute("SELECT status FROM staff_assignments").fetchall()
            trail = db.execute(
                "SELECT kind FROM audit_entries WHERE record_id = %s ORDER BY occurred_at", [shift]
            ).fetchall()
            photos = db.execute("SELECT sha256, state FROM stored_photos").fetchall()
    assert states == [("checked_out",)]
    assert [kind for (kind,) in trail] == [
        "assignment.accept",
        "assignment.check_in",
        "assignment.check_out",
    ]
    assert photos == [(sha256, "stored")]
