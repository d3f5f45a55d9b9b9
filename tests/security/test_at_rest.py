"""What lies on a phone: nobody else's to read, no token in it, and gone when the office says so."""

import asyncio
import gzip
import json
import os
import tomllib
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlmodel import func, select

from field_app import runtime
from field_app.device import FileSecrets
from field_app.domain.assignment import StaffAssignment
from field_app.domain.issues import IssueReport, NewPhoto
from field_app.domain.mirrored import BY_TABLE
from field_app.domain.offers import AssignmentAccept
from field_app.domain.records import format_instant
from field_app.runtime import Runtime
from field_app.store.tables import ROWS
from field_app.sync.cycle import Cycle
from tests.support.field import ANA, NOON, FakeDevice, FakeSecrets, a_shift, an_event, on_wire
from tests.support.pictures import a_jpeg

ROOT = Path(__file__).parents[2]
TOKEN, PASSWORD = "canary-token-0815", "canary-password-0815"


class Office:
    """Signs Ana in and sends her one shift; revokes her device when it is told to."""

    def __init__(self) -> None:
        self.is_revoked = False
        self.takes_operations = True
        self.taken: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/auth/sign-in":
            return httpx.Response(200, json=self._welcome(json.loads(request.content)))
        if request.url.path != "/v1/sync":
            return httpx.Response(503)
        is_zipped = request.headers.get("content-encoding") == "gzip"
        body = gzip.decompress(request.content) if is_zipped else request.content
        operations = json.loads(body)["operations"]
        if self.is_revoked and not (operations and self.takes_operations):
            problem = {"title": "The office has signed this device out.", "status": 401}
            kind = {"content-type": "application/problem+json"}
            return httpx.Response(401, json=problem | {"code": "device_revoked"}, headers=kind)
        if operations and not self.takes_operations:
            return httpx.Response(503)
        self.taken += [operation["id"] for operation in operations]
        return httpx.Response(200, json=self._answer(operations))

    def _welcome(self, asked: dict[str, Any]) -> dict[str, Any]:
        person = {"id": str(ANA.id), "name": "Ana", "email": "a@b.example", "role": ANA.role.value}
        signed = {"expires_at": format_instant(NOON), "device_id": asked["device"]["id"]}
        return signed | {"token": TOKEN, "person": person}

    def _answer(self, operations: list[dict[str, Any]]) -> dict[str, Any]:
        parked = {"status": "parked", "code": "set_apart", "decided_at": format_instant(NOON)}
        rows = {} if self.is_revoked else on_wire(an_event(), a_shift())
        return {
            "server_time": format_instant(NOON),
            "epoch": "one",
            "verdicts": [parked | {"operation_id": each["id"]} for each in operations],
            "cursor": "next",
            "full": False,
            "more": self.is_revoked,
            "changes": rows,
            "removed": {},
        }


class Phone:
    """A runtime whose cycles are run one by one."""

    def __init__(self, folder: Path, secrets: Any) -> None:
        self.office, self.folder = Office(), folder
        transport = httpx.MockTransport(self.office)
        self.runtime = Runtime(folder, "http://127.0.0.1", FakeDevice(), secrets, transport)

    async def sign_in(self) -> None:
        assert await self.runtime.sign_in("a@b.example", PASSWORD) is None
        await self.until(lambda: self.count(StaffAssignment) == 1)

    async def until(self, is_so: Any) -> None:
        """Sync again and again until it is so."""
        async with asyncio.timeout(20):
            while not is_so():
                self.runtime.nudge()
                await asyncio.sleep(0)

    def count(self, kind: Any) -> int:
        row = ROWS[BY_TABLE[kind.table]]
        return self.runtime.store.read(
            lambda session: session.exec(select(func.count()).select_from(row)).one()
        )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "device"


async def report(phone: Phone, *photos: NewPhoto) -> None:
    said = {"issue_type": "venue", "description": "x", "severity": "low"}
    operation = IssueReport(event_instance_id=an_event().id, photos=photos, **said)
    assert await phone.runtime.perform(uuid4(), operation) is None


def modes_in(folder: Path) -> dict[str, int]:
    files = [folder, *folder.rglob("*")]
    return {str(file.relative_to(folder)): file.stat().st_mode & 0o777 for file in files}


def contents_in(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


async def test_no_file_of_a_device_can_be_read_by_another_account(folder: Path) -> None:
    before = os.umask(0)
    try:
        phone = Phone(folder, FileSecrets(folder))
        await phone.sign_in()
        photo = await phone.runtime.take_photo(a_jpeg())
        await report(phone, photo)
        modes = modes_in(folder)
        await phone.runtime.stop()
    finally:
        os.umask(before)

    assert {"field.db", "field.db-wal", "field.journal", "token.secret", "photos"} <= set(modes)
    assert {name: mode for name, mode in modes.items() if mode & 0o077} == {}


async def test_neither_token_nor_password_is_in_any_file_of_a_device_with_a_keychain(
    folder: Path,
) -> None:
    phone = Phone(folder, secrets := FakeSecrets())
    await phone.sign_in()
    phone.office.takes_operations = False
    await report(phone)
    await phone.runtime.stop()

    contents = contents_in(folder)

    assert secrets.values == {"token": TOKEN}
    assert any(b"a@b.example" in content for content in contents.values())
    for secret in (TOKEN, PASSWORD):
        assert [name for name, text in contents.items() if secret.encode() in text] == []


async def test_a_revoked_device_hands_in_its_work_and_then_keeps_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is cleared where the office takes no work, nor between two batches of it."""
    monkeypatch.setattr(runtime, "Cycle", partial(Cycle, most_operations=1))
    phone = Phone(folder, secrets := FakeSecrets())
    await phone.sign_in()
    phone.office.takes_operations = False
    taken = await phone.runtime.take_photo(a_jpeg())
    kept = await phone.runtime.take_photo(a_jpeg(1))
    assert await phone.runtime.perform(a_shift().id, AssignmentAccept()) is None
    await report(phone, kept)
    phone.office.is_revoked = True
    await phone.until(lambda: phone.runtime.status.phase == "signed_out")

    while_unsent = phone.count(StaffAssignment), dict(secrets.values)
    phone.office.takes_operations = True
    await phone.until(lambda: phone.runtime.person is None)
    await phone.until(lambda: not list((folder / "photos").glob(f"{taken.sha256}*")))

    assert while_unsent == (1, {"token": TOKEN})
    assert len(phone.office.taken) == 2
    assert (phone.count(StaffAssignment), secrets.values) == (0, {})
    files = {file.name.partition(".")[0] for file in (folder / "photos").glob("*.jpg")}
    assert files == {kept.sha256}, "unsent work stays; pictures of others do not"
    await phone.runtime.stop()


def test_no_backup_of_a_phone_holds_the_apps_data() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert project["tool"]["flet"]["android"]["manifest_application"] == {"allowBackup": "false"}
