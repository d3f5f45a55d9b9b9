"""How much and how fast: requests of a device, heads, bodies that creep or never end."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from server_stub import database, security_log
from server_stub.limits import Buckets
from server_stub.problems import ProblemError
from server_stub.security_log import Happened
from server_stub.tick import tick
from tests.server.conftest import SignIn
from tests.support import raw_http
from tests.support.central import PASSWORD, Central
from tests.support.sync_server import serving
from tests.support.wire_client import WireClient


def is_let_in(buckets: Buckets, device: UUID) -> bool:
    try:
        buckets.take(device)
    except ProblemError as error:
        return error.problem.status != 429
    return True


def test_a_bucket_empties_with_requests_and_fills_with_time() -> None:
    now_s = 0.0
    buckets, device = Buckets(a_second=2, burst=3, now_s=lambda: now_s), uuid4()

    assert [is_let_in(buckets, device) for _ in range(4)] == [True, True, True, False]
    assert is_let_in(buckets, uuid4())
    now_s += 0.5
    assert [is_let_in(buckets, device) for _ in range(2)] == [True, False]
    now_s += 1000
    assert [is_let_in(buckets, device) for _ in range(4)] == [True, True, True, False]


def test_only_so_many_buckets_are_remembered() -> None:
    buckets = Buckets(a_second=1, burst=1, now_s=lambda: 0.0)
    buckets.MOST_DEVICES = 2
    first, second, third = uuid4(), uuid4(), uuid4()

    assert [is_let_in(buckets, each) for each in (first, second, third)] == [True] * 3
    assert is_let_in(buckets, first)
    assert not is_let_in(buckets, third)


def test_a_device_that_asks_too_often_waits_and_others_do_not(
    central: Central, database_url: str, ana: UUID
) -> None:
    with (
        serving(database_url, device_requests_per_s=0.01, device_burst=3) as url,
        httpx.Client(base_url=url, timeout=30) as http,
    ):
        quick, other = (WireClient(http, central.emails[ana], PASSWORD) for _ in range(2))
        answers = [quick.post() for _ in range(4)]
        others = other.post()

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].json()["code"] == "too_many_requests"
    assert 0 < int(answers[-1].headers["retry-after"]) <= 100
    assert others.status_code == 200


@contextmanager
def sending(url: str, content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    with raw_http.connected(url) as connection:
        connection.sendall(content)
        yield raw_http.answer(connection)


def test_a_body_that_creeps_is_given_up(database_url: str, central: Central, ana: UUID) -> None:
    with (
        serving(database_url, body_s=0.2) as url,
        httpx.Client(base_url=url, timeout=30) as http,
    ):
        phone = WireClient(http, central.emails[ana], PASSWORD)
        head = raw_http.head("POST", "/v1/sync", content_length="100", **phone.headers)
        stranger = raw_http.head("POST", "/v1/auth/sign-in", content_length="100")
        for start in (head, stranger):
            with sending(url, start + b"{") as (status, headers):
                assert (status, headers["content-type"]) == (408, "application/problem+json")


def test_a_body_without_a_length_ends_at_256_kilobytes(
    server_url: str, sign_in: SignIn, ana: UUID
) -> None:
    head = raw_http.head("POST", "/v1/sync", transfer_encoding="chunked", **sign_in(ana).headers)
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    with sending(server_url, head + chunk * 4 + b"1\r\n \r\n") as (status, _):
        assert status == 413


@pytest.mark.parametrize(
    "headers",
    [
        b"".join(b"x-%d: y\r\n" % number for number in range(10_000)),
        b"x-long: " + b"y" * 200_000 + b"\r\n",
        b"x-endless: " + b"y" * 200_000,
    ],
    ids=["ten thousand", "a long one", "one without an end"],
)
def test_a_head_has_an_end(server_url: str, http: httpx.Client, headers: bytes) -> None:
    start = b"GET /healthz HTTP/1.1\r\nhost: test\r\n"
    with raw_http.connected(server_url) as connection:
        try:
            connection.sendall(start + headers + b"\r\n")
            status = raw_http.answer(connection)[0]
        except (ConnectionError, IndexError):
            status = 400  # it hung up before everything was sent

    assert status in {400, 431}
    assert http.get("/healthz").status_code == 200


def test_what_a_request_says_beside_the_protocol_has_no_effect(
    db: psycopg.Connection, http: httpx.Client, ana: UUID
) -> None:
    more = {"role": "internal_admin", "user_id": str(uuid4()), "revoked_at": None, "status": "x"}
    card = {"id": str(uuid4()), "name": "P", "platform": "t", "app_version": "1"} | more
    body = {"email": "ana@agency.example", "password": PASSWORD, "device": card} | more

    person = http.post("/v1/auth/sign-in", json=body).json()["person"]

    assert (person["id"], person["role"]) == (str(ana), "brand_agent")
    assert db.execute("SELECT user_id FROM devices").fetchall() == [(ana,)]


@pytest.mark.parametrize("field", ["role", "actor_id", "approved_by", "created_at", "status"])
def test_an_operation_says_nothing_but_what_its_kind_says(
    central: Central, sign_in: SignIn, ana: UUID, event: UUID, field: str
) -> None:
    shift, phone = central.a_shift(event, ana), sign_in(ana)
    inside = phone.envelope("assignment.accept", shift, {field: "x"})
    beside = phone.envelope("assignment.accept", shift) | {field: "x"}

    verdicts = phone.perform(inside, beside)

    assert [verdict["code"] for verdict in verdicts] == ["malformed", "malformed"]
    assert central.status_of("staff_assignments", shift) == "offered"


def happened(central: Central) -> list[tuple[str, UUID | None]]:
    rows = central.db.execute("SELECT kind, person_id FROM security_events ORDER BY id")
    return [(kind, person) for kind, person in rows if kind != "password_set"]


def test_what_happens_to_access_is_written_down_without_secrets(
    central: Central, http: httpx.Client, sign_in: SignIn, ana: UUID
) -> None:
    phone, tablet = sign_in(ana), sign_in(ana)
    with pytest.raises(httpx.HTTPStatusError):
        WireClient(http, central.emails[ana], "a wrong secret")
    http.delete(f"/v1/devices/{tablet.device_id}", headers=phone.headers)
    http.post("/v1/auth/sign-out", headers=phone.headers)
    central.db.execute("UPDATE users SET role = 'client' WHERE id = %s", [ana])
    central.db.execute("UPDATE users SET status = 'inactive' WHERE id = %s", [ana])
    central.db.execute("UPDATE users SET name = 'Anna' WHERE id = %s", [ana])

    assert happened(central) == [
        ("signed_in", ana),
        ("signed_in", ana),
        ("sign_in_failed", ana),
        ("device_revoked", ana),
        ("signed_out", ana),
        ("role_changed", ana),
        ("status_changed", ana),
    ]
    by = central.value("SELECT actor_id FROM security_events WHERE kind = 'device_revoked'")
    assert by == ana
    told = json.dumps(central.db.execute("SELECT details FROM security_events").fetchall())
    assert all(secret not in told for secret in ("a wrong secret", PASSWORD, phone.token))


def test_a_token_that_comes_back_and_a_new_password_are_written_down(
    central: Central, sign_in: SignIn, ana: UUID
) -> None:
    phone = sign_in(ana)
    central.db.execute("UPDATE device_tokens SET state = 'retired'")

    assert phone.post().status_code == 401
    central.db.execute("UPDATE credentials SET password_hash = 'x'")

    assert [kind for kind, _ in happened(central)] == [
        "signed_in",
        "device_revoked",
        "token_replayed",
    ]
    assert central.value("SELECT count(*) FROM security_events WHERE kind = 'password_set'") == 2


@pytest.mark.parametrize(
    "change", ["UPDATE security_events SET kind = 'x'", "DELETE FROM security_events"]
)
def test_the_security_log_is_append_only(central: Central, ana: UUID, change: str) -> None:
    with pytest.raises(psycopg.errors.RestrictViolation):
        central.db.execute(change)  # type: ignore[call-overload]


def test_the_security_log_is_swept_after_a_year(central: Central, database_url: str) -> None:
    engine = database.create_engine(database_url, pool_size=1)
    with engine.begin() as connection:
        security_log.write(connection, Happened.EXPORTED, table="hours")
        security_log.write(connection, Happened.EXPORTED, table="issues")
    central.db.execute("ALTER TABLE security_events DISABLE TRIGGER append_only")
    central.db.execute(
        "UPDATE security_events SET happened_at = now() - interval '366 days' "
        "WHERE details ->> 'table' = 'hours'"
    )
    central.db.execute("ALTER TABLE security_events ENABLE TRIGGER append_only")

    tick(engine)
    engine.dispose()

    assert central.value("SELECT string_agg(details ->> 'table', '') FROM security_events") == (
        "issues"
    )
