"""Access ends at once: for open streams and running uploads, in every process, whoever ends it."""

import hashlib
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from server_stub.demo.children import wait_until
from server_stub.wakeups import MOST_STREAMS_OF_A_PERSON, Waiter, WakeUps
from tests.server.conftest import SignIn
from tests.server.test_stream import CHANGED, listening, wait_until_quiet
from tests.support import raw_http
from tests.support.central import PASSWORD, Central
from tests.support.sync_server import serving
from tests.support.wire_client import WireClient, now

ANA_BY_HAND = "WHERE name = 'Ana'"
BY_HAND = [
    "UPDATE devices SET revoked_at = now()",
    "DELETE FROM devices",
    f"UPDATE users SET status = 'inactive' {ANA_BY_HAND}",
    f"UPDATE users SET role = 'client' {ANA_BY_HAND}",
]
"""What the booking system or somebody in psql may do; nothing of ours is asked."""


def until_the_end(lines: Iterator[str]) -> Iterator[str]:
    """The lines of a stream that has to end before the server has nothing better to say."""
    for line in lines:
        assert line != ": still here"
        yield line


@pytest.fixture
def other_server(database_url: str) -> Iterator[httpx.Client]:
    """A second server on the same database."""
    with serving(database_url) as url, httpx.Client(base_url=url, timeout=30) as http:
        yield http


@pytest.mark.parametrize("statement", [*BY_HAND, "UPDATE users SET role = 'field_manager'"])
def test_a_stream_ends_when_access_is_ended_by_hand(
    central: Central, sign_in: SignIn, ana: UUID, event: UUID, statement: str
) -> None:
    central.a_shift(event, ana)
    with listening(sign_in(ana)) as lines:
        wait_until_quiet(central, lines, event)

        central.db.execute(statement)  # type: ignore[call-overload]

        assert set(until_the_end(lines)) <= {CHANGED, "data: {}"}


def test_a_stream_ends_when_another_process_revokes_its_device(
    central: Central, sign_in: SignIn, other_server: httpx.Client, ana: UUID, event: UUID
) -> None:
    central.a_shift(event, ana)
    phone, tablet = sign_in(ana), sign_in(ana)
    with listening(phone) as lines:
        wait_until_quiet(central, lines, event)

        other_server.delete(f"/v1/devices/{phone.device_id}", headers=tablet.headers)

        assert list(until_the_end(lines)) == []


def test_a_stream_ends_with_its_token(central: Central, database_url: str, ana: UUID) -> None:
    with (
        serving(database_url, stream_comment_s=0.05) as url,
        httpx.Client(base_url=url, timeout=30) as http,
    ):
        phone = WireClient(http, central.emails[ana], PASSWORD)
        central.db.execute("UPDATE device_tokens SET expires_at = now() + interval '1.5 s'")
        with listening(phone) as lines:
            assert set(lines) == {": still here"}


def test_a_stream_stays_open_while_its_token_is_used(
    central: Central, database_url: str, ana: UUID, event: UUID
) -> None:
    with (
        serving(database_url, stream_comment_s=0.05) as url,
        httpx.Client(base_url=url, timeout=30) as http,
    ):
        phone = WireClient(http, central.emails[ana], PASSWORD)
        central.db.execute("UPDATE device_tokens SET expires_at = now() + interval '1.5 s'")
        with listening(phone) as lines:
            central.db.execute("UPDATE device_tokens SET expires_at = now() + interval '1 day'")
            for _ in range(40):
                assert next(lines) == ": still here"


def test_the_newer_stream_of_a_device_wins_in_whichever_process(
    central: Central, sign_in: SignIn, other_server: httpx.Client, ana: UUID, event: UUID
) -> None:
    central.a_shift(event, ana)
    phone = sign_in(ana)
    with listening(phone) as older:
        wait_until_quiet(central, older, event)
        phone.http = other_server
        with listening(phone) as newer:
            assert list(until_the_end(older)) == []

            wait_until_quiet(central, newer, event)


def test_a_device_has_no_say_over_the_streams_of_another(
    central: Central, sign_in: SignIn, ana: UUID, event: UUID
) -> None:
    central.a_shift(event, ana)
    with listening(sign_in(ana)) as lines, listening(sign_in(ana)) as others:
        wait_until_quiet(central, others, event)
        wait_until_quiet(central, lines, event)


def test_a_person_has_so_many_streams_and_the_oldest_ends(database_url: str) -> None:
    wakeups, person = WakeUps(database_url), uuid4()
    streams = [Waiter(person, uuid4(), number=0) for _ in range(MOST_STREAMS_OF_A_PERSON + 1)]
    upload, stranger = Waiter(person, uuid4()), Waiter(uuid4(), uuid4(), number=0)

    with ExitStack() as open_ones:
        for waiter in (upload, stranger, *streams):
            open_ones.enter_context(wakeups.waiting(waiter))

        assert [each for each in (upload, stranger, *streams) if each.is_over] == [streams[0]]


def test_a_process_has_so_many_streams_and_says_when_to_come_back(
    central: Central, database_url: str, ana: UUID
) -> None:
    with (
        serving(database_url, most_streams=1) as url,
        httpx.Client(base_url=url, timeout=30) as http,
    ):
        one, two = (WireClient(http, central.emails[ana], PASSWORD) for _ in range(2))
        with listening(one):
            crowded = http.get("/v1/sync/stream", headers=two.headers)

    assert (crowded.status_code, crowded.json()["code"]) == (429, "too_many_requests")
    assert crowded.headers["retry-after"] == "30"


CONTENT = b"\xff\xd8 not quite a picture" * 100
NAME = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def uploading(
    central: Central, database_url: str, ana: UUID, tmp_path: Path
) -> Iterator[socket.socket]:
    """A connection on which a device of Ana's has sent 100 bytes of a photo, which are written."""
    with (
        serving(database_url, photo_store=str(tmp_path)) as url,
        httpx.Client(base_url=url, timeout=30) as http,
        raw_http.connected(url) as connection,
    ):
        phone, length = WireClient(http, central.emails[ana], PASSWORD), str(len(CONTENT))
        head = raw_http.head("PUT", f"/v1/photos/{NAME}", content_length=length, **phone.headers)
        connection.sendall(head + CONTENT[:100])
        assert wait_until(lambda: are_written(tmp_path, 100), 60)
        yield connection


def are_written(folder: Path, size: int) -> bool:
    return any(path.stat().st_size == size for path in folder.rglob(f"{NAME}/*"))


@pytest.mark.parametrize("statement", BY_HAND)
def test_an_upload_that_is_under_way_ends_with_access(
    db: psycopg.Connection, uploading: socket.socket, statement: str
) -> None:
    db.execute(statement)  # type: ignore[call-overload]

    status, headers = raw_http.answer(uploading)

    assert (status, headers["content-type"]) == (401, "application/problem+json")


def test_an_upload_goes_on_while_others_lose_their_access(
    central: Central, uploading: socket.socket
) -> None:
    central.a_person("Ben")
    central.db.execute("UPDATE users SET status = 'inactive' WHERE name = 'Ben'")
    central.db.execute("NOTIFY device_gone, 'somebody'")
    central.db.execute("NOTIFY field_changed, '{\"all\": true}'")

    uploading.sendall(CONTENT[100:])

    assert raw_http.answer(uploading)[0] == 201


def test_who_lost_access_while_a_body_crept_in_is_not_served(
    db: psycopg.Connection, sign_in: SignIn, server_url: str, ana: UUID
) -> None:
    phone = sign_in(ana)
    sent = {"device_at": now(), "boot_id": "b", "monotonic_ms": 1}
    body = json.dumps({"protocol": 1, "app_version": "1", "cursor": None, "sent": sent}).encode()
    with raw_http.connected(server_url) as connection:
        length = str(len(body))
        connection.sendall(
            raw_http.head("POST", "/v1/sync", content_length=length, **phone.headers)
        )
        for number in range(6):
            connection.sendall(body[number : number + 1])
            time.sleep(0.25)  # this is what creeping is
        db.execute("UPDATE devices SET revoked_at = now()")
        connection.sendall(body[6:])

        assert raw_http.answer(connection)[0] == 401
