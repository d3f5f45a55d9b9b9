"""Signing in, tokens and devices."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.server.booking_system import insert
from tests.server.conftest import SignIn
from tests.support.central import PASSWORD, Central
from tests.support.wire_client import WireClient


def sign_in_body(email: str, password: str = PASSWORD, **device: str) -> dict[str, Any]:
    card = {"id": str(uuid4()), "name": "Phone", "platform": "android", "app_version": "1.0"}
    return {"email": email, "password": password, "device": card | device}


def me(http: httpx.Client, token: str) -> int:
    headers = {"authorization": f"Bearer {token}"}
    return http.get("/v1/me", headers=headers).status_code


def sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def rotate(device: WireClient, token: str, next_token: str) -> int:
    headers = {"authorization": f"Bearer {token}"}
    body = {"next_sha256": sha256(next_token)}
    return device.http.post("/v1/auth/rotate", json=body, headers=headers).status_code


def test_signing_in_answers_a_token_and_the_person(
    central: Central, http: httpx.Client, ana: UUID
) -> None:
    body = sign_in_body("  ANA@agency.example ")

    answer = http.post("/v1/auth/sign-in", json=body).json()

    expires_in = datetime.fromisoformat(answer["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=29) < expires_in <= timedelta(days=30)
    assert answer["device_id"] == body["device"]["id"]
    assert answer["person"] == {
        "id": str(ana),
        "name": "Ana",
        "email": "ana@agency.example",
        "role": "brand_agent",
        "organization_id": str(central.agency),
    }
    assert me(http, answer["token"]) == 200


def test_a_token_is_kept_as_its_hash_only(central: Central, sign_in: SignIn, ana: UUID) -> None:
    device = sign_in(ana)

    kept = central.value("SELECT token_sha256 FROM device_tokens")

    assert bytes(kept).hex() == sha256(device.token)
    assert len(device.token) >= 43  # 256 bits in base64


def test_a_wrong_password_and_an_unknown_person_get_the_same_answer(
    http: httpx.Client, ana: UUID
) -> None:
    wrong = http.post("/v1/auth/sign-in", json=sign_in_body("ana@agency.example", "wrong"))
    unknown = http.post("/v1/auth/sign-in", json=sign_in_body("nobody@agency.example"))

    assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong_credentials")
    assert unknown.json() == wrong.json()


def test_too_many_tries_are_answered_with_a_time_to_wait(
    central: Central, http: httpx.Client, ana: UUID
) -> None:
    central.a_person("Ben")
    guess = sign_in_body("ana@agency.example", "wrong")
    guesses = [http.post("/v1/auth/sign-in", json=guess).status_code for _ in range(10)]

    right = http.post("/v1/auth/sign-in", json=sign_in_body("ana@agency.example"))
    other = http.post("/v1/auth/sign-in", json=sign_in_body("ben@agency.example"))

    assert guesses == [401] * 10
    assert (right.status_code, right.json()["code"]) == (429, "too_many_tries")
    assert 0 < int(right.headers["retry-after"]) <= 901
    assert other.status_code == 200


def test_a_right_password_forgives_the_wrong_ones(http: httpx.Client, ana: UUID) -> None:
    wrong, right = (sign_in_body("ana@agency.example", p) for p in ("wrong", PASSWORD))

    for _ in range(3):
        for _ in range(9):
            http.post("/v1/auth/sign-in", json=wrong)
        assert http.post("/v1/auth/sign-in", json=right).status_code == 200


@pytest.mark.parametrize(
    ("values", "code"),
    [({"role": "client"}, "no_field_access"), ({"status": "inactive"}, "deactivated")],
)
def test_clients_and_deactivated_people_cannot_sign_in(
    central: Central, http: httpx.Client, values: dict[str, str], code: str
) -> None:
    central.a_person("Nora", **values)

    answer = http.post("/v1/auth/sign-in", json=sign_in_body("nora@agency.example"))

    assert (answer.status_code, answer.json()["code"]) == (403, code)


@pytest.mark.parametrize(
    ("change", "code"),
    [("role = 'client'", "no_field_access"), ("status = 'inactive'", "deactivated")],
)
def test_a_token_ends_with_the_persons_access(
    central: Central, sign_in: SignIn, ana: UUID, change: str, code: str
) -> None:
    device = sign_in(ana)
    central.db.execute(f"UPDATE users SET {change}")

    answer = device.post()

    assert (answer.status_code, answer.json()["code"]) == (403, code)


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer nonsense", "Basic QTpC", "Bearer \u00e9"],
)
def test_without_a_valid_token_nothing_is_answered(
    http: httpx.Client, authorization: str | None
) -> None:
    headers = {"authorization": authorization.encode()} if authorization is not None else {}

    answer = http.get("/v1/me", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_an_expired_token_is_refused(central: Central, sign_in: SignIn, ana: UUID) -> None:
    device = sign_in(ana)
    central.db.execute("UPDATE device_tokens SET expires_at = now() - interval '1 second'")

    assert me(device.http, device.token) == 401


def test_a_device_that_an_operator_revoked_is_refused(
    central: Central, sign_in: SignIn, ana: UUID
) -> None:
    device = sign_in(ana)
    central.db.execute("UPDATE devices SET revoked_at = now()")

    assert me(device.http, device.token) == 401


def test_using_a_token_keeps_it_alive(central: Central, sign_in: SignIn, ana: UUID) -> None:
    device = sign_in(ana)
    central.db.execute("UPDATE device_tokens SET expires_at = now() + interval '1 day'")
    central.db.execute("UPDATE devices SET last_seen_at = now() - interval '61 minutes'")

    me(device.http, device.token)

    left = central.value("SELECT expires_at - now() FROM device_tokens")
    assert left > timedelta(days=29)


def test_signing_in_again_on_a_device_ends_its_former_token(
    central: Central, http: httpx.Client, sign_in: SignIn, ana: UUID
) -> None:
    ben, device = central.a_person("Ben"), sign_in(ana)
    hers = device.token

    his = device.sign_in("ben@agency.example", PASSWORD).json()

    assert his["person"]["id"] == str(ben)
    assert me(http, hers) == 401
    assert me(http, his["token"]) == 200


def test_signing_out_ends_the_token_and_the_device_may_come_back(
    http: httpx.Client, sign_in: SignIn, ana: UUID
) -> None:
    device = sign_in(ana)

    answer = http.post("/v1/auth/sign-out", headers=device.headers)

    assert answer.status_code == 204
    assert me(http, device.token) == 401
    assert device.sign_in("ana@agency.example", PASSWORD).status_code == 200


def test_the_old_token_dies_when_the_next_is_first_used(
    http: httpx.Client, sign_in: SignIn, ana: UUID
) -> None:
    device, next_token = sign_in(ana), secrets.token_urlsafe(32)

    lost_answers = [rotate(device, device.token, next_token) for _ in range(3)]

    assert lost_answers == [204] * 3
    assert me(http, device.token) == 200
    assert me(http, next_token) == 200
    assert [rotate(device, next_token, next_token) for _ in range(3)] == [204] * 3
    assert me(http, next_token) == 200
    assert me(http, device.token) == 401


def test_a_device_that_thinks_again_about_its_next_token_uses_the_last_one(
    http: httpx.Client, sign_in: SignIn, ana: UUID
) -> None:
    device, first, second = sign_in(ana), "a" * 43, "b" * 43
    rotate(device, device.token, first)

    rotate(device, device.token, second)

    assert me(http, first) == 401
    assert me(http, second) == 200


def test_a_retired_token_that_comes_back_revokes_the_device(
    central: Central, http: httpx.Client, sign_in: SignIn, ana: UUID
) -> None:
    device, next_token = sign_in(ana), secrets.token_urlsafe(32)
    rotate(device, device.token, next_token)
    me(http, next_token)

    stolen = me(http, device.token)

    assert stolen == 401
    assert me(http, next_token) == 401
    assert central.value("SELECT revoked_at FROM devices") is not None


def test_a_person_lists_and_revokes_their_devices(
    http: httpx.Client, sign_in: SignIn, ana: UUID, dana: UUID
) -> None:
    kept, lost = sign_in(ana), sign_in(ana)
    sign_in(dana)

    answer = http.delete(f"/v1/devices/{lost.device_id}", headers=kept.headers)
    listed = http.get("/v1/devices", headers=kept.headers).json()

    assert answer.status_code == 204
    assert me(http, lost.token) == 401
    assert me(http, kept.token) == 200
    revoked = {device["id"]: device["revoked_at"] for device in listed}
    assert set(revoked) == {kept.device_id, lost.device_id}
    assert revoked[kept.device_id] is None
    assert revoked[lost.device_id].endswith("Z")


@pytest.mark.parametrize(
    ("role", "is_of_agency", "status"),
    [
        ("brand_agent", True, 404),
        ("field_manager", True, 404),
        ("internal_admin", False, 404),
        ("internal_admin", True, 204),
    ],
)
def test_only_an_admin_of_the_organization_revokes_somebody_elses_device(
    central: Central,
    http: httpx.Client,
    sign_in: SignIn,
    ana: UUID,
    role: str,
    is_of_agency: bool,
    status: int,
) -> None:
    organization = central.agency if is_of_agency else central.brand
    device = sign_in(ana)
    other = sign_in(central.a_person("Other", role, organization_id=organization))

    answer = http.delete(f"/v1/devices/{device.device_id}", headers=other.headers)

    assert answer.status_code == status
    assert me(http, device.token) == (401 if status == 204 else 200)


def test_a_person_without_credentials_cannot_sign_in(central: Central, http: httpx.Client) -> None:
    insert(central.db, "users", name="New", role="brand_agent", email="new@agency.example")

    answer = http.post("/v1/auth/sign-in", json=sign_in_body("new@agency.example"))

    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_credentials")


def test_a_device_says_how_it_is_doing(central: Central, sign_in: SignIn, ana: UUID) -> None:
    device = sign_in(ana)

    device.sync(health={"pending": 3, "free_mb": 120}, app_version="2.0")

    row = central.db.execute("SELECT app_version, health FROM devices").fetchone()
    assert row is not None
    assert row[0] == "2.0"
    assert row[1] == {
        "pending": 3,
        "oldest_pending_s": None,
        "photos_pending": 0,
        "repairs": 0,
        "free_mb": 120,
    }
