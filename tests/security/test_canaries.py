"""Secrets with a recognisable name go through a whole session; no log and no error repeats one."""

import json
import logging
import secrets
from contextlib import suppress
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from field_app.domain.wire import DeviceCard, SignInRequest
from field_app.sync.client import SyncClient
from field_app.sync.errors import SyncError
from server_stub.demo.postgres import PostgresServer
from tests.security.ground import Ground, lay
from tests.security.kinds import PAYLOADS
from tests.server.test_cli import serving
from tests.server.test_push import a_poison
from tests.support.commands import command
from tests.support.pictures import a_jpeg, sha256
from tests.support.postgres import fresh_database
from tests.support.wire_client import WireClient

MARK = secrets.token_hex(4)
CANARIES = {
    "password": f"pass-{MARK}-word",
    "wrong password": f"wrong-{MARK}",
    "e-mail": f"canary-{MARK}@agency.example",
    "phone number": f"+1555{int(MARK, 16):010d}",
    "person": f"Canary{MARK} Castillo",
    "position": f"41.{int(MARK, 16):010d}",
    "report": f"report-{MARK} about somebody",
    "reason": f"reason-{MARK}",
    "device": f"phone-{MARK}",
}
SCHEMA = "ALTER TABLE devices RENAME COLUMN app_version TO app_version_gone"


class Session:
    """Everything a person does in a day, and everything that goes wrong."""

    def __init__(self, ground: Ground, http: httpx.Client) -> None:
        self.ground, self.http = ground, http
        self.said: list[httpx.Response] = []

    def keep(self, answer: httpx.Response) -> httpx.Response:
        self.said.append(answer)
        return answer

    def sign_in(self, password: str, **card: Any) -> httpx.Response:
        device = {"id": str(uuid4()), "name": CANARIES["device"], "platform": "p"}
        body = {"email": CANARIES["e-mail"], "password": password}
        body |= {"device": device | {"app_version": "1"} | card}
        return self.keep(self.http.post("/v1/auth/sign-in", json=body))

    def sync(self, phone: WireClient, *operations: Any, **more: Any) -> httpx.Response:
        return self.keep(phone.post(*operations, **more))


@pytest.fixture(scope="module")
def logged(
    postgres: PostgresServer, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, list[httpx.Response], dict[str, str]]:
    """What was logged by everybody, what the server answered, and the canaries with the tokens."""
    log = postgres._cluster.log
    begin = log.stat().st_size
    folder = tmp_path_factory.mktemp("photos")
    with (
        fresh_database(postgres, migrated_template) as url,
        psycopg.connect(url, autocommit=True, options="-c timezone=UTC") as db,
    ):
        settings = {"PHOTO_STORE": str(folder), "FIELD_LOG_LEVEL": "DEBUG"}
        with serving(url, **settings) as (process, address):
            with httpx.Client(base_url=address, timeout=30) as http:
                ground = lay(db, http)
                session = Session(ground, http)
                tokens = a_day(session)
            process.terminate()
            said, _ = process.communicate(timeout=30)
        exported = command("export", "issues", "--from", "nonsense", "--to", "x", DATABASE_URL=url)
    everything = said + exported.stderr + log.read_bytes()[begin:].decode()
    return everything, session.said, CANARIES | tokens


def a_day(session: Session) -> dict[str, str]:
    ground, db = session.ground, session.ground.db
    ana = ground.people["ana"]
    hashed = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1).hash(CANARIES["password"])
    db.execute("UPDATE credentials SET password_hash = %s WHERE user_id = %s", [hashed, ana])
    db.execute(
        "UPDATE users SET name = %s, email = %s, phone = %s WHERE id = %s",
        [CANARIES["person"], CANARIES["e-mail"], CANARIES["phone number"], ana],
    )
    session.sign_in(CANARIES["wrong password"])
    session.sign_in(CANARIES["password"], id="no uuid")
    session.sign_in(CANARIES["password"], name=7)
    phone = ground.sign_in("dana")
    phone.token = session.sign_in(CANARIES["password"]).json()["token"]
    work(session, phone)
    break_things(session, phone)
    return {"token": phone.token}


def work(session: Session, phone: WireClient) -> None:
    rows = session.ground.rows["hers"]
    where = {"latitude": float(CANARIES["position"]), "longitude": 1, "accuracy_m": 5}
    punch = {"location": where | {"captured_at": "2026-11-20T08:00:00Z"}}
    check_in = phone.envelope("assignment.check_in", rows["staff_assignments"], punch)
    session.sync(phone, check_in, a_report(session, phone))
    session.sync(
        phone, phone.envelope("assignment.reject", uuid4(), {"reason": CANARIES["reason"]})
    )
    picture = a_jpeg(3)
    for name in (sha256(picture), sha256(b"something else")):
        path = f"/v1/photos/{name}"
        session.keep(session.http.put(path, content=picture, headers=phone.headers))
        session.keep(session.http.get(path, headers=phone.headers))


def a_report(session: Session, phone: WireClient, **more: Any) -> dict[str, Any]:
    event = str(session.ground.rows["hers"]["event_instances"])
    said = {"event_instance_id": event, "description": CANARIES["report"]}
    return phone.envelope("issue.report", uuid4(), PAYLOADS["issue.report"] | said | more)


def break_things(session: Session, phone: WireClient) -> None:
    """Bodies that cannot be read, operations that the database will not take, a broken schema."""
    db, rows = session.ground.db, session.ground.rows["hers"]
    report = a_report(session, phone)
    whole = json.dumps(report)
    for body in (whole[:-3], f"[{whole}]", whole.replace("{", "[", 1), '{"protocol": NaN}'):
        session.keep(session.http.post("/v1/sync", content=body, headers=phone.headers))
    session.sync(phone, a_report(session, phone, severity=CANARIES["reason"]))
    session.sync(phone, a_report(session, phone, **{CANARIES["reason"]: 1}))
    session.sync(phone, cursor=[CANARIES["reason"]])
    session.sync(phone, app_version=CANARIES["report"] * 50)
    a_poison(db, "event_issues", "severity <> 'low'")
    for _ in range(4):
        assert session.sync(phone, report).status_code == 200
    a_poison(db, "staff_assignments", "status <> 'checked_out'")
    out = phone.envelope(
        "assignment.check_out", rows["staff_assignments"], {"feedback": CANARIES["report"]}
    )
    session.sync(phone, out)
    a_poison(db, "devices", f"name <> '{CANARIES['device']}' OR app_version <> '1'")
    db.execute(SCHEMA)
    assert session.sign_in(CANARIES["password"]).status_code == 500
    session.sync(phone, health={"pending": 1})
    with suppress(httpx.HTTPError):
        session.keep(session.http.get("/metrics"))


@pytest.mark.parametrize("name", [*CANARIES, "token"])
def test_no_log_says_it(
    logged: tuple[str, list[httpx.Response], dict[str, str]], name: str
) -> None:
    said, _, canaries = logged

    assert [line for line in said.splitlines() if canaries[name] in line] == []


@pytest.mark.parametrize("name", [*CANARIES, "token"])
def test_no_error_repeats_it(
    logged: tuple[str, list[httpx.Response], dict[str, str]], name: str
) -> None:
    _, answers, canaries = logged
    errors = [a for a in answers if a.status_code >= 400 or a.request.url.path == "/metrics"]

    assert len(errors) > 10
    assert [error.text for error in errors if canaries[name] in error.text] == []


def test_what_went_wrong_was_logged_all_the_same(
    logged: tuple[str, list[httpx.Response], dict[str, str]],
) -> None:
    """Or there was nothing to hide."""
    said, answers, _ = logged

    assert "IntegrityError (23514)" in said
    assert "a request failed: ProgrammingError (42703) at " in said
    assert "violates check constraint" in said, "Postgres wrote into the log that was read"
    assert {a.status_code for a in answers} >= {200, 201, 400, 401, 422, 460, 500}


async def test_the_apps_log_does_not_repeat_what_it_was_answered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = {"token": CANARIES["reason"], "expires_at": CANARIES["report"], "person": MARK}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=answer))
    client = SyncClient("http://127.0.0.1", transport)
    card = DeviceCard(id=uuid4(), name=CANARIES["device"], platform="p", app_version="1")
    request = SignInRequest(email="a@b.example", password=CANARIES["password"], device=card)

    with pytest.raises(SyncError):
        await client.sign_in(request)

    await client.aclose()
    assert "not as agreed at: expires_at" in caplog.text
    assert MARK not in caplog.text
