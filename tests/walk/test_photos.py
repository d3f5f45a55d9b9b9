"""Photos from a phone to the office: the text first, then every byte, over a bad network."""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from sqlmodel import select

from field_app.domain.attendance import AssignmentCheckIn
from field_app.domain.clock import ClockGrade
from field_app.domain.evidence import Fallback
from field_app.domain.handling import KitReturn
from field_app.domain.issue import IssueType, Severity
from field_app.domain.issues import IssueRemovePhoto, IssueReport, NewPhoto
from field_app.domain.kit import Condition
from field_app.store import photo_intake, photo_queue
from field_app.store.settings import Setting
from field_app.store.tables import PhotoRow
from field_app.sync import uploads
from field_app.sync.errors import Offline, ServerBusy, SyncError
from tests.server.booking_system import a_kit, an_activity, insert
from tests.support.central import Central
from tests.support.pictures import a_jpeg
from tests.support.proxy import cutting
from tests.support.sync_server import serving
from tests.walk.phones import Phone, _now


class Cutting(httpx.AsyncBaseTransport):
    """A network that loses every n-th request of a kind: before it leaves, or its answer."""

    def __init__(self, every: int, method: str = "PATCH") -> None:
        self._inner = httpx.AsyncHTTPTransport()
        self._every, self._method = every, method
        self.count = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != self._method:
            return await self._inner.handle_async_request(request)
        self.count += 1
        if self.count % self._every == 0:
            raise httpx.ConnectError("cut before", request=request)
        answer = await self._inner.handle_async_request(request)
        if self.count % self._every == 1:
            await answer.aclose()
            raise httpx.ReadError("cut after", request=request)
        return answer

    async def aclose(self) -> None:
        await self._inner.aclose()


@pytest.fixture
def central(database_url: str) -> Central:
    with psycopg.connect(database_url, autocommit=True) as db:
        yield Central(db)


@asynccontextmanager
async def at_work(
    central: Central, folder: Path, url: str, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[tuple[Phone, UUID]]:
    """Ana's phone, signed in, and the event where she works."""
    ana = central.a_person("Ana")
    event = central.an_event(in_h=-1)
    central.a_shift(event, ana, "checked_in")
    async with Phone(folder, url, transport) as phone:
        await phone.sign_in(central.emails[ana])
        yield phone, event


def report(phone: Phone, event: UUID, *pictures: bytes) -> list[NewPhoto]:
    """File a report with photos, as the app does: files first, then the operation."""
    photos = []
    for content in pictures:
        picture = photo_intake.take_in(content)
        phone.files.save(picture)
        photos.append(NewPhoto(sha256=picture.sha256, bytes=len(picture.jpeg)))
    operation = IssueReport(
        event_instance_id=event,
        issue_type=IssueType.VENUE,
        description="Look.",
        severity=Severity.LOW,
        photos=tuple(photos),
    )
    assert phone.perform(uuid4(), operation, _now(), ClockGrade.HIGH) is None
    return photos


def rows(phone: Phone) -> list[PhotoRow]:
    query = select(PhotoRow).order_by(PhotoRow.bytes)
    return list(phone.store.read(lambda session: session.exec(query).all()))


def stored(central: Central) -> set[str]:
    query = "SELECT sha256 FROM issue_photos WHERE state = 'stored'"
    return {str(sha256) for (sha256,) in central.db.execute(query)}


async def test_photos_follow_their_report_whole(
    central: Central, database_url: str, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    with serving(database_url, photo_store=str(kept)) as url:
        async with at_work(central, tmp_path / "phone", url) as (phone, event):
            photos = report(phone, event, a_jpeg(1, 400), a_jpeg(2, 200))
            await phone.uploads.send_all()
            assert stored(central) == set()  # the office does not know the report yet

            await phone.sync()
            waiting = "SELECT (health->>'photos_pending')::int FROM devices"
            assert central.value(waiting) == 2  # the office knows what is owed to it
            assert central.value("SELECT count(*) FROM event_issues") == 1
            await phone.uploads.send_all()

            assert stored(central) == {photo.sha256 for photo in photos}
            assert [row.status for row in rows(phone)] == ["sent", "sent"]
            for photo in photos:
                fetched = await phone.client.photo(phone.signed.token, photo.sha256, thumb=False)
                assert fetched == phone.files.read(photo.sha256)
            await phone.sync()
            token = phone.signed.token
            assert len(await phone.client.photo(token, photos[0].sha256, thumb=True)) > 100


@pytest.mark.parametrize("every", [2, 3, 5])
async def test_a_network_that_cuts_all_the_time_only_costs_time(
    central: Central, database_url: str, tmp_path: Path, every: int
) -> None:
    with serving(database_url, photo_store=str(tmp_path / "kept")) as url:
        async with at_work(central, tmp_path / "phone", url, Cutting(every)) as (phone, event):
            (photo,) = report(phone, event, a_jpeg(3, 900))
            await phone.sync()
            for _ in range(60):
                try:
                    await phone.uploads.send_all()
                except Offline:
                    continue
                break

            assert stored(central) == {photo.sha256}
            fetched = await phone.client.photo(phone.signed.token, photo.sha256, thumb=False)
            assert fetched == phone.files.read(photo.sha256)


async def test_an_app_that_was_killed_goes_on_with_its_photos(
    central: Central, database_url: str, tmp_path: Path
) -> None:
    with serving(database_url, photo_store=str(tmp_path / "kept")) as url:
        cut = Cutting(2)
        async with at_work(central, tmp_path / "phone", url, cut) as (phone, event):
            (photo,) = report(phone, event, a_jpeg(4, 600))
            await phone.sync()
            with pytest.raises(Offline):
                await phone.uploads.send_all()
            signed = phone.signed
        async with Phone(tmp_path / "phone", url) as again:
            again.signed = signed
            await again.uploads.send_all()

        assert stored(central) == {photo.sha256}


async def test_a_photo_whose_file_is_gone_or_broken_holds_up_no_other(
    central: Central, database_url: str, tmp_path: Path
) -> None:
    with serving(database_url, photo_store=str(tmp_path / "kept")) as url:
        async with at_work(central, tmp_path / "phone", url) as (phone, event):
            gone, broken, fine = report(phone, event, *(a_jpeg(n, 100 + n) for n in range(3)))
            phone.files.drop(gone.sha256)
            phone.files.path(broken.sha256).write_bytes(b"x" * broken.bytes)
            await phone.sync()

            await phone.uploads.send_all()

            found = {row.sha256: row.status for row in rows(phone)}
            assert found == {gone.sha256: "failed", broken.sha256: "failed", fine.sha256: "sent"}
            assert stored(central) == {fine.sha256}

            phone.files.path(broken.sha256).unlink()
            phone.files.save(photo_intake.take_in(a_jpeg(1, 101)))
            me = phone.signed.person.id
            phone.store.write(lambda s: photo_queue.retry(s, me, broken.sha256))
            await phone.uploads.send_all()
            assert stored(central) == {fine.sha256, broken.sha256}


@pytest.mark.parametrize(("edge", "most"), [(560, 1.6), (1600, 2.0)])
async def test_a_link_that_is_cut_every_100_kb_costs_little_more_than_the_photo(
    central: Central, database_url: str, tmp_path: Path, edge: int, most: float
) -> None:
    with serving(database_url, photo_store=str(tmp_path / "kept")) as direct:
        async with (
            cutting(direct, 100_000) as (proxy, url),
            at_work(central, tmp_path / "phone", direct) as (phone, event),
        ):
            (photo,) = report(phone, event, a_jpeg(8, edge, quality=95))
            await phone.sync()
            async with Phone(tmp_path / "phone", url) as cut:
                cut.signed = phone.signed
                for _ in range(200):
                    try:
                        await cut.uploads.send_all()
                    except SyncError:
                        continue
                    break

            assert stored(central) == {photo.sha256}
            assert proxy.cuts >= 1
            assert proxy.sent < photo.bytes * most


async def test_one_photo_of_two_reports_is_linked_to_both(
    central: Central, database_url: str, tmp_path: Path
) -> None:
    with serving(database_url, photo_store=str(tmp_path / "kept")) as url:
        async with at_work(central, tmp_path / "phone", url) as (phone, event):
            for _ in range(2):
                report(phone, event, a_jpeg(7, 200))
                await phone.sync()
                await phone.uploads.send_all()

            query = "SELECT count(*), count(DISTINCT sha256) FROM issue_photos WHERE state = %s"
            assert central.db.execute(query, ["stored"]).fetchone() == (2, 1)


async def test_a_photo_of_a_broken_kit_waits_for_the_return_it_belongs_to(
    central: Central, database_url: str, tmp_path: Path
) -> None:
    with serving(database_url, photo_store=str(tmp_path / "kept")) as url:
        async with at_work(central, tmp_path / "phone", url) as (phone, event):
            kit = a_kit(central.db)
            row = {"kit_instance_id": kit, "event_instance_id": event, "status": "checked_out"}
            me = {"holder_id": phone.signed.person.id}
            activity = an_activity(central.db, event)
            need = insert(central.db, "activity_kits", activity_id=activity, **row, **me)
            await phone.sync()
            picture = photo_intake.take_in(a_jpeg(9, 200))
            phone.files.save(picture)
            named = NewPhoto(sha256=picture.sha256, bytes=len(picture.jpeg))
            back = KitReturn(condition=Condition.DAMAGED, photos=(named,))
            assert phone.perform(need, back, _now(), ClockGrade.HIGH) is None

            await phone.uploads.send_all()
            assert rows(phone)[0].status == "waiting"
            await phone.sync()
            await phone.uploads.send_all()

            assert stored(central) == {picture.sha256}


async def test_a_photo_leaves_the_phone_two_weeks_after_it_arrived(
    central: Central, database_url: str, tmp_path: Path
) -> None:
    with serving(database_url, photo_store=str(tmp_path / "kept")) as url:
        async with at_work(central, tmp_path / "phone", url) as (phone, event):
            (photo,) = report(phone, event, a_jpeg(6, 200))
            await phone.sync()
            await phone.uploads.send_all()
            await phone.uploads.send_all()
            assert phone.files.read(photo.sha256) is not None

            phone.uploads._now = lambda: _now() + dt.timedelta(days=15)
            await phone.uploads.send_all()

            assert phone.files.read(photo.sha256) is None
            assert phone.files.read(photo.sha256, thumb=True) is not None
            assert rows(phone) == []


async def test_operations_do_not_wait_for_a_photo_that_hangs(
    central: Central, database_url: str, tmp_path: Path
) -> None:
    with serving(database_url, photo_store=str(tmp_path / "kept")) as url:
        async with at_work(central, tmp_path / "phone", url, Cutting(1)) as (phone, event):
            report(phone, event, a_jpeg(5, 300))
            await phone.sync()
            with pytest.raises(SyncError):
                await phone.uploads.send_all()
            report(phone, event)
            await phone.sync()

            assert central.value("SELECT count(*) FROM event_issues") == 2


async def test_many_photos_wait_for_wifi_where_the_person_wants_it_so(
    central: Central, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "HELD_FROM_BYTES", 20_000)
    with serving(database_url, photo_store=str(tmp_path / "kept")) as url:
        async with at_work(central, tmp_path / "phone", url) as (phone, event):
            phone.store.put_setting(Setting.PHOTOS_ON_WIFI, 1)
            phone.on_mobile_data = True
            (small,) = report(phone, event, a_jpeg(1, 64))
            await phone.sync()
            await phone.uploads.send_all()
            assert (stored(central), phone.uploads.is_held) == ({small.sha256}, False)

            (large,) = report(phone, event, a_jpeg(2, 400))
            await phone.sync()
            await phone.uploads.send_all()
            assert (stored(central), phone.uploads.is_held) == ({small.sha256}, True)

            phone.on_mobile_data = False
            await phone.uploads.send_all()
            assert stored(central) == {small.sha256, large.sha256}
            assert phone.uploads.is_held is False


async def test_a_photo_that_was_taken_away_before_it_went_is_not_sent(
    central: Central, database_url: str, tmp_path: Path
) -> None:
    with serving(database_url, photo_store=str(tmp_path / "kept")) as url:
        async with at_work(central, tmp_path / "phone", url) as (phone, event):
            kept, removed = report(phone, event, a_jpeg(1, 200), a_jpeg(2, 200))
            (issue,) = {row.record_id for row in rows(phone)}
            remove = IssueRemovePhoto(sha256=removed.sha256)
            assert phone.perform(issue, remove, _now(), ClockGrade.HIGH) is None
            await phone.sync()

            await phone.uploads.send_all()

            assert stored(central) == {kept.sha256}
            state = "SELECT state FROM issue_photos WHERE sha256 = %s"
            assert central.value(state, removed.sha256) == "removed"
            named = "SELECT count(*) FROM stored_photos WHERE sha256 = %s"
            assert central.value(named, removed.sha256) == 0


async def test_the_photo_of_a_check_in_follows_it(
    central: Central, database_url: str, tmp_path: Path
) -> None:
    with serving(database_url, photo_store=str(tmp_path / "kept")) as url:
        async with at_work(central, tmp_path / "phone", url) as (phone, _):
            shift = central.value("SELECT id FROM staff_assignments")
            central.db.execute("UPDATE staff_assignments SET status = 'accepted'")
            await phone.sync()
            picture = photo_intake.take_in(a_jpeg(9, 200))
            phone.files.save(picture)
            photo = NewPhoto(sha256=picture.sha256, bytes=len(picture.jpeg))
            punch = AssignmentCheckIn(fallback=Fallback.PHOTO, photo=photo)
            assert phone.perform(shift, punch, _now(), ClockGrade.HIGH) is None
            await phone.sync()
            await phone.uploads.send_all()

            assert [(row.record_id, row.status) for row in rows(phone)] == [(shift, "sent")]
            fetched = await phone.client.photo(phone.signed.token, photo.sha256, thumb=False)
            assert fetched == picture.jpeg


async def test_what_there_is_no_room_for_today_stays_on_the_phone_and_goes_tomorrow(
    central: Central, database_url: str, tmp_path: Path
) -> None:
    kept, folder = str(tmp_path / "kept"), tmp_path / "phone"
    with serving(database_url, photo_store=kept, photo_mb_a_day=32) as url:
        async with at_work(central, folder, url) as (phone, event):
            for name, length in (("1" * 64, 31_000_000), ("2" * 64, 990_000)):
                await phone.client.announce_photo(phone.signed.token, name, length)
            (photo,) = report(phone, event, a_jpeg(9))
            await phone.sync()

            with pytest.raises(ServerBusy, match="takes no more photos from you today") as refused:
                await phone.uploads.send_all()

            assert refused.value.retry_after_s
            assert [row.status for row in rows(phone)] == [photo_queue.WAITING]
            assert phone.files.read(photo.sha256) is not None
            email = phone.signed.person.email
    with serving(database_url, photo_store=kept) as url:  # its buckets are full again
        async with Phone(folder, url) as phone:
            await phone.sign_in(email)
            await phone.uploads.send_all()
            assert stored(central) == {photo.sha256}
