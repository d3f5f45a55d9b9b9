"""Requests that cannot be served: each is a problem with a stable code, and none a 500."""

import gzip
import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from server_stub.app import create_app
from server_stub.settings import ServerSettings
from tests.server.conftest import SignIn
from tests.support.sync_server import serving
from tests.support.wire_client import WireClient


def sync_body(**more: Any) -> dict[str, Any]:
    sent = {"device_at": "2026-11-23T10:00:00Z", "boot_id": "b", "monotonic_ms": 1}
    return {"protocol": 1, "app_version": "1", "cursor": None, "sent": sent} | more


def post_raw(device: WireClient, body: bytes, **headers: str) -> httpx.Response:
    return device.http.post("/v1/sync", content=body, headers=device.headers | headers)


def code_of(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a problem, which is also checked for its form."""
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "code", "detail"}
    assert problem["status"] == answer.status_code
    return answer.status_code, problem["code"]


@pytest.fixture
def device(sign_in: SignIn, ana: UUID) -> WireClient:
    return sign_in(ana)


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/v1/nowhere", (404, "not_found")),
        ("GET", "/v1/sync", (405, "method_not_allowed")),
        ("POST", "/v1/sync", (401, "signed_out")),
        ("GET", "/v1/sync/stream", (401, "signed_out")),
        ("GET", "/v1/devices", (401, "signed_out")),
        ("DELETE", "/v1/devices/nonsense", (422, "malformed_request")),
        ("POST", "/v1/auth/sign-in", (400, "malformed_json")),
    ],
)
def test_every_error_is_a_problem(
    http: httpx.Client, device: WireClient, method: str, path: str, expected: tuple[int, str]
) -> None:
    headers = device.headers if "devices/" in path else {}

    answer = http.request(method, path, headers=headers)

    assert code_of(answer) == expected


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe\xfd",
        b'{"protocol": NaN}',
        b'{"protocol": 1, "page_rows": Infinity}',
        b'{"protocol": 1, "page_rows": 1e400}',
        b"[" * 100_000,
        b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
        b'{"page_rows": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_not_json_is_refused_at_the_door(device: WireClient, body: bytes) -> None:
    assert code_of(post_raw(device, body)) == (400, "malformed_json")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ([], ""),
        ("text", ""),
        (7, ""),
        ({}, "protocol"),
        (sync_body(protocol="one"), "protocol"),
        (sync_body(app_version="a\x00"), "app_version"),
        (sync_body(app_version="\ud800"), "app_version"),
        (sync_body(page_rows=99), "page_rows"),
        (sync_body(page_rows=5001), "page_rows"),
        (sync_body(operations={}), "operations"),
        (sync_body(cursor=7), "cursor"),
        (sync_body(sent={"device_at": "yesterday"}), "sent.device_at"),
        (sync_body(health={"pending": "many"}), "health.pending"),
    ],
)
def test_a_request_of_the_wrong_form_is_told_which_field_is_wrong(
    device: WireClient, body: Any, named: str
) -> None:
    answer = post_raw(device, json.dumps(body).encode())

    assert code_of(answer) == (422, "malformed_request")
    assert answer.json()["detail"].startswith(named)


@pytest.mark.parametrize("email", ["a\x00@b.example", "\ud800@b.example", "x" * 400, 7, None])
def test_an_unreadable_email_address_is_no_fault(http: httpx.Client, email: Any) -> None:
    card = {"id": str(uuid4()), "name": "n", "platform": "p", "app_version": "1"}
    body = json.dumps({"email": email, "password": "x", "device": card})

    answer = http.post("/v1/auth/sign-in", content=body)

    assert code_of(answer) == (422, "malformed_request")


@pytest.mark.parametrize("token_hash", ["", "zz", "A" * 64, "a" * 63])
def test_a_next_token_must_be_a_hash(device: WireClient, token_hash: str) -> None:
    answer = device.http.post(
        "/v1/auth/rotate", json={"next_sha256": token_hash}, headers=device.headers
    )

    assert code_of(answer) == (422, "malformed_request")


def test_another_protocol_needs_another_app(device: WireClient) -> None:
    assert code_of(device.post(protocol=2)) == (426, "upgrade_required")


def test_more_than_a_hundred_operations_are_too_many(device: WireClient) -> None:
    junk = [{"id": str(uuid4())} for _ in range(101)]

    assert code_of(device.post(*junk)) == (413, "too_large")
    assert device.post(*junk[:100]).status_code == 200


@pytest.mark.parametrize("is_zipped", [False, True])
def test_a_body_may_have_256_kilobytes_unzipped(device: WireClient, is_zipped: bool) -> None:
    def padded(size: int) -> bytes:
        body = json.dumps(sync_body()).encode()
        return body + b" " * (size - len(body))

    def post(body: bytes) -> httpx.Response:
        if not is_zipped:
            return post_raw(device, body)
        return post_raw(device, gzip.compress(body), **{"content-encoding": "gzip"})

    assert post(padded(256 * 1024)).status_code == 200
    assert code_of(post(padded(256 * 1024 + 1))) == (413, "too_large")


def test_a_bomb_is_not_unpacked(device: WireClient) -> None:
    bomb = gzip.compress(b" " * 200_000_000)

    answer = post_raw(device, bomb, **{"content-encoding": "gzip"})

    assert len(bomb) < 256 * 1024
    assert code_of(answer) == (413, "too_large")


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(b"{}")[:-1]], ids=["other", "cut off"])
def test_broken_gzip_is_told(device: WireClient, body: bytes) -> None:
    answer = post_raw(device, body, **{"content-encoding": "gzip"})

    assert code_of(answer) == (400, "malformed_gzip")


def test_an_encoding_that_the_server_does_not_know_is_told(device: WireClient) -> None:
    answer = post_raw(device, b"{}", **{"content-encoding": "br"})

    assert code_of(answer) == (415, "unknown_encoding")


def test_answers_are_zipped_for_whoever_takes_that(device: WireClient) -> None:
    zipped = device.post()
    plain = device.http.post(
        "/v1/sync", json=sync_body(), headers=device.headers | {"accept-encoding": "identity"}
    )

    assert zipped.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers


async def test_a_client_that_goes_away_in_the_middle_is_no_fault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Ten thousand of them at once would otherwise keep the server busy with writing about it."""
    app = create_app(ServerSettings(database_url="postgresql://nobody@127.0.0.1:1/nothing"))
    scope = {"type": "http", "method": "POST", "path": "/v1/auth/sign-in", "query_string": b""}
    said: list[Any] = []

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        said.append(message["type"])

    with caplog.at_level("INFO"):
        await app(scope | {"headers": [], "client": ("127.0.0.1", 1)}, receive, send)

    assert said, "answered, for whoever may still be there"
    assert [r for r in caplog.records if r.levelname not in {"DEBUG", "INFO"}] == []


def test_the_process_is_up_and_ready(http: httpx.Client) -> None:
    assert http.get("/healthz").status_code == 200
    assert http.get("/readyz").status_code == 200
    assert http.get("/openapi.json").status_code == 200


def test_a_database_that_was_not_migrated_is_not_ready(empty_database_url: str) -> None:
    with serving(empty_database_url) as url:
        assert httpx.get(f"{url}/healthz").status_code == 200
        assert code_of(httpx.get(f"{url}/readyz")) == (503, "not_migrated")


def test_a_database_that_is_away_means_try_again_later() -> None:
    nobody_listens = "postgresql://nobody@127.0.0.1:1/nothing"
    with serving(nobody_listens) as url:
        answers = [
            httpx.get(f"{url}/readyz"),
            httpx.get(f"{url}/v1/me", headers={"authorization": "Bearer x"}),
        ]

        assert httpx.get(f"{url}/healthz").status_code == 200

    assert [code_of(answer) for answer in answers] == [(503, "unavailable")] * 2
    assert all(answer.headers["retry-after"] == "2" for answer in answers)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://x")
    monkeypatch.setenv("FIELD_AGENT_DAYS_BACK", "3")

    settings = ServerSettings()

    assert (settings.database_url, settings.agent_days_back) == ("postgresql://x", 3)
