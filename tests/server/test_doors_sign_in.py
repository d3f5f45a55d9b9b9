"""Guessing passwords: slower and slower, without keeping anybody else out."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from field_app.domain.wire import SignInRequest
from server_stub import database, passwords, tries
from server_stub.auth import Doorkeeper
from server_stub.limits import Turns
from server_stub.problems import ProblemError
from server_stub.settings import ServerSettings
from server_stub.tick import tick
from tests.server.conftest import SignIn
from tests.support.central import PASSWORD, Central, wait_for_a_lock_or
from tests.support.sync_server import serving
from tests.support.wire_client import WireClient

ANA = "ana@agency.example"
MANY = 10
"""Wrong passwords from one place before waits begin."""


def body(email: str = ANA, password: str = PASSWORD, device_id: str | None = None) -> Any:
    card = {"id": device_id or str(uuid4()), "name": "P", "platform": "test", "app_version": "1"}
    return {"email": email, "password": password, "device": card}


def sign_in_from(http: httpx.Client, address: str, **said: Any) -> httpx.Response:
    """As it comes through a proxy on the same machine, which is believed."""
    headers = {"x-forwarded-for": address}
    return http.post("/v1/auth/sign-in", json=body(**said), headers=headers)


def guess(http: httpx.Client, times: int, address: str = "192.0.2.1", **said: Any) -> list[int]:
    said = {"password": "wrong"} | said
    return [sign_in_from(http, address, **said).status_code for _ in range(times)]


def test_waits_grow_with_every_wrong_password_and_end(
    central: Central, http: httpx.Client, ana: UUID
) -> None:
    assert guess(http, MANY + 1) == [401] * MANY + [429]

    waits_s = []
    for _ in range(8):
        central.db.execute("UPDATE sign_in_tries SET last_failed_at = now() - interval '901 s'")
        assert guess(http, 1) == [401]
        waits_s.append(int(sign_in_from(http, "192.0.2.1").headers["retry-after"]))

    assert waits_s[:3] == sorted(set(waits_s[:3]))
    assert waits_s[-1] in range(895, 901)
    central.db.execute("UPDATE sign_in_tries SET last_failed_at = now() - interval '901 s'")
    assert sign_in_from(http, "192.0.2.1").status_code == 200


def test_all_processes_count_together(database_url: str, http: httpx.Client, ana: UUID) -> None:
    with serving(database_url) as url, httpx.Client(base_url=url) as other:
        assert guess(http, MANY // 2) + guess(other, MANY // 2) == [401] * MANY

        assert (guess(http, 1), guess(other, 1)) == ([429], [429])


def test_whoever_guesses_keeps_nobody_else_out(http: httpx.Client, ana: UUID) -> None:
    guess(http, MANY)

    assert sign_in_from(http, "192.0.2.1").status_code == 429
    assert sign_in_from(http, "198.51.100.7").status_code == 200


def test_a_known_device_gets_in_from_the_very_place_that_has_to_wait(
    http: httpx.Client, sign_in: SignIn, ana: UUID
) -> None:
    phone = sign_in(ana)
    guess(http, MANY)

    again = sign_in_from(http, "192.0.2.1", device_id=phone.device_id)

    assert again.status_code == 200


def test_a_known_device_guesses_no_more_than_others(
    http: httpx.Client, sign_in: SignIn, ana: UUID
) -> None:
    phone = sign_in(ana)
    wrong = {"password": "wrong", "device_id": phone.device_id}

    answers = [
        sign_in_from(http, f"192.0.2.{number}", **wrong).status_code for number in range(MANY + 1)
    ]

    assert answers == [401] * MANY + [429]


def test_a_revoked_device_is_known_no_more(
    http: httpx.Client, sign_in: SignIn, ana: UUID, central: Central
) -> None:
    phone = sign_in(ana)
    central.db.execute("UPDATE devices SET revoked_at = now()")
    guess(http, MANY)

    assert sign_in_from(http, "192.0.2.1", device_id=phone.device_id).status_code == 429


def test_an_enrolled_device_goes_on_while_its_account_has_to_wait(
    http: httpx.Client, sign_in: SignIn, ana: UUID
) -> None:
    phone = sign_in(ana)
    guess(http, MANY + 1)

    assert phone.post().status_code == 200


@pytest.fixture
def strict(database_url: str) -> Iterator[httpx.Client]:
    """A server that lets two fail for one account, and ten for all accounts of a place."""
    with (
        serving(database_url, sign_in_tries=2) as url,
        httpx.Client(base_url=url, timeout=30) as http,
    ):
        yield http


def test_one_place_cannot_try_one_password_on_everybody(strict: httpx.Client) -> None:
    answers = [guess(strict, 1, email=f"p{number}@agency.example")[0] for number in range(11)]

    assert answers == [401] * 10 + [429]
    assert guess(strict, 1, address="198.51.100.7", email="p0@agency.example") == [401]


def test_a_right_password_does_not_forgive_the_place(strict: httpx.Client, ana: UUID) -> None:
    for number in range(10):
        assert sign_in_from(strict, "192.0.2.1").status_code == 200
        guess(strict, 1, email=f"p{number}@agency.example")

    assert guess(strict, 1, email="another@agency.example") == [429]


def test_a_known_device_does_not_wait_for_what_its_neighbours_did(
    strict: httpx.Client, ana: UUID
) -> None:
    phone = WireClient(strict, ANA, PASSWORD)
    for number in range(11):
        guess(strict, 1, email=f"p{number}@agency.example")

    assert sign_in_from(strict, "192.0.2.1").status_code == 429
    assert sign_in_from(strict, "192.0.2.1", device_id=phone.device_id).status_code == 200


def test_an_account_that_is_guessed_from_everywhere_lets_its_owner_in(
    http: httpx.Client, ana: UUID
) -> None:
    for number in range(25):
        assert guess(http, 2, address=f"192.0.2.{number}") == [401, 401]

    assert guess(http, 3, address="203.0.113.9") == [401, 401, 429]
    assert sign_in_from(http, "198.51.100.7").status_code == 200


def test_a_whole_ipv6_network_is_one_place(http: httpx.Client, ana: UUID) -> None:
    answers = [guess(http, 1, address=f"2001:db8::{number:x}")[0] for number in range(MANY + 1)]

    assert answers == [401] * MANY + [429]
    assert guess(http, 1, address="2001:db8:0:1::1") == [401]


def test_a_forwarded_address_is_not_believed_from_just_anybody(
    database_url: str, ana: UUID
) -> None:
    with (
        serving(database_url, trusted_proxies="203.0.113.1") as url,
        httpx.Client(base_url=url) as http,
    ):
        answers = [guess(http, 1, address=f"192.0.2.{number}")[0] for number in range(MANY + 1)]

    assert answers == [401] * MANY + [429]


def test_what_a_client_puts_before_the_proxys_word_is_not_believed(
    http: httpx.Client, ana: UUID
) -> None:
    answers = [
        guess(http, 1, address=f"198.51.100.{number}, 192.0.2.1")[0] for number in range(MANY + 1)
    ]

    assert answers == [401] * MANY + [429]


def test_counts_are_kept_without_saying_whose_and_swept(
    central: Central, http: httpx.Client, database_url: str, ana: UUID
) -> None:
    guess(http, 1)
    kept = central.db.execute("SELECT subject FROM sign_in_tries").fetchall()
    engine = database.create_engine(database_url, pool_size=1)

    tick(engine)
    assert central.value("SELECT count(*) FROM sign_in_tries") == 3
    central.db.execute("UPDATE sign_in_tries SET last_failed_at = now() - interval '121 min'")
    tick(engine)
    engine.dispose()

    assert all(len(subject) == 32 for (subject,) in kept)
    assert central.value("SELECT count(*) FROM sign_in_tries") == 0


class Counting(Argon2Hasher):
    """A real hasher that counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:
        self.asked += 1
        return super().verify(password, hash)


def test_a_wrong_password_costs_the_same_for_known_and_unknown_people(
    database_url: str, ana: UUID
) -> None:
    hasher = Counting()
    engine = database.create_engine(database_url, pool_size=1)
    settings = ServerSettings(database_url=database_url)
    doorkeeper = Doorkeeper(engine, settings, PasswordHash([hasher]))

    for email in (ANA, "nobody@agency.example"):
        asked = SignInRequest.model_validate(body(email, "wrong"))
        with pytest.raises(ProblemError, match="not right"):
            doorkeeper.sign_in(asked, "192.0.2.1")
    engine.dispose()

    assert hasher.asked == 2


def test_nobodys_hash_is_as_dear_as_everybodys() -> None:
    mine = passwords.hash_of("correct horse")

    assert not passwords.is_right("correct horse", None, passwords.hashes())
    assert passwords.is_right("correct horse", mine, passwords.hashes())
    assert mine.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


@pytest.mark.parametrize("length", [0, 11, 129, 10**6])
def test_a_password_that_is_set_is_neither_short_nor_endless(length: int) -> None:
    with pytest.raises(passwords.WrongLength, match="12 to 128 characters"):
        passwords.hash_of("x" * length)


def test_an_endless_password_is_refused_unread(http: httpx.Client, ana: UUID) -> None:
    statuses = [
        http.post("/v1/auth/sign-in", json=body(password="x" * length)).status_code
        for length in (1025, 10**6)
    ]

    assert statuses == [422, 413]


async def test_whoever_finds_the_queue_full_is_told_to_come_back() -> None:
    turns, go, begun = Turns(at_once=1, most_waiting=1), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        async with turns.turn():
            begun.set()
            await go.wait()

    working = [asyncio.create_task(work()) for _ in range(2)]
    await begun.wait()

    with pytest.raises(ProblemError) as caught:
        async with asyncio.timeout(10), turns.turn():  # or it would wait for ever
            raise AssertionError("there was no turn left")
    go.set()
    await asyncio.gather(*working)
    async with turns.turn():
        pass

    assert caught.value.problem.code == "too_many_requests"
    assert caught.value.headers["retry-after"] == "2"


@pytest.fixture
def narrow(database_url: str) -> Iterator[httpx.Client]:
    """A server that checks one password at a time and lets nobody wait."""
    with (
        serving(database_url, sign_ins_at_once=1, sign_ins_waiting=0) as url,
        httpx.Client(base_url=url, timeout=30) as http,
    ):
        yield http


def test_a_crowd_at_the_door_is_turned_away_but_work_goes_on(
    central: Central, database_url: str, narrow: httpx.Client, ana: UUID
) -> None:
    phone = WireClient(narrow, ANA, PASSWORD)
    answers: list[int] = []

    def ask() -> None:
        with httpx.Client(base_url=narrow.base_url, timeout=30) as http:
            answers.append(http.post("/v1/auth/sign-in", json=body()).status_code)

    with ExitStack() as stack:
        held = stack.enter_context(psycopg.connect(database_url))
        held.execute("LOCK TABLE credentials IN ACCESS EXCLUSIVE MODE")
        thread = Thread(target=ask)
        thread.start()
        wait_for_a_lock_or(lambda: bool(answers), central.db)
        crowded = narrow.post("/v1/auth/sign-in", json=body())
        synced = phone.post()
        held.rollback()
        thread.join()

    assert (crowded.status_code, crowded.json()["code"]) == (429, "too_many_requests")
    assert crowded.headers["retry-after"] == "2"
    assert synced.status_code == 200
    assert answers == [200]


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("", ""),
        ("a socket", "a socket"),
    ],
)
def test_a_place_is_an_address_or_a_household(address: str, place: str) -> None:
    assert tries.network_of(address) == place
