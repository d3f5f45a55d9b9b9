"""How much a person may upload in a day: what is too much stays on the phone, until tomorrow."""

import base64
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from tests.server.conftest import SignIn
from tests.support import sync_server
from tests.support.central import Central
from tests.support.pictures import a_jpeg, sha256
from tests.support.wire_client import WireClient

ROOM_MB, LARGE, SMALL = 32, 30_000_000, 1_800_000
"""Beside a large and a small one there is room for three that count as little as any."""
A_DAY_S = 24 * 3600


@pytest.fixture
def server_url(database_url: str, tmp_path: Path) -> Iterator[str]:
    with sync_server.serving(
        database_url, photo_store=str(tmp_path), photo_mb_a_day=ROOM_MB
    ) as url:
        yield url


def announce(phone: WireClient, name: str, length: int) -> httpx.Response:
    named = base64.b64encode(name.encode()).decode()
    headers = {"upload-length": str(length), "upload-metadata": f"sha256 {named}"}
    return phone.http.post("/v1/photos", headers=phone.headers | headers)


def names() -> Iterator[str]:
    return (f"{number:064x}" for number in range(1000))


def test_a_person_has_room_for_so_much_a_day_on_all_their_devices(
    sign_in: SignIn, ana: UUID, central: Central, tmp_path: Path
) -> None:
    phone, tablet, others = sign_in(ana), sign_in(ana), sign_in(central.a_person("Ben"))
    name = names()
    first = next(name)

    begun = [announce(phone, first, SMALL).status_code for _ in range(50)]
    begun.append(announce(phone, next(name), LARGE).status_code)
    begun += [announce(tablet, next(name), 1).status_code for _ in range(3)]
    refused = announce(tablet, next(name), LARGE)

    assert begun == [201] * 54, "what goes on is not counted again"
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert refused.json()["title"].startswith("The office takes no more photos from you today.")
    assert 0 < int(refused.headers["retry-after"]) <= A_DAY_S
    assert len(list(tmp_path.glob("staging/*/*/*"))) == 5
    assert announce(others, next(name), LARGE).status_code == 201


def test_the_plain_way_in_has_no_room_of_its_own_and_what_is_there_needs_none(
    sign_in: SignIn, ana: UUID
) -> None:
    phone, there, more = sign_in(ana), a_jpeg(1), a_jpeg(2, edge=600)

    def put(content: bytes) -> httpx.Response:
        path = f"/v1/photos/{sha256(content)}"
        return phone.http.put(path, content=content, headers=phone.headers)

    name = names()
    assert put(there).status_code == 201
    while announce(phone, next(name), 1_000_000).status_code == 201:
        pass
    while announce(phone, next(name), 1).status_code == 201:
        pass

    assert put(more).status_code == 429
    assert put(there).status_code == 200


def test_work_goes_on_when_there_is_no_room_for_photos(sign_in: SignIn, ana: UUID) -> None:
    phone, name = sign_in(ana), names()
    announce(phone, next(name), LARGE)

    assert announce(phone, next(name), LARGE).status_code == 429
    assert phone.post().status_code == 200
