"""A device at work: signing in and out, one phone for two people, and what a restart finds."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from field_app.domain.offers import AssignmentAccept
from field_app.domain.person import Actor
from field_app.domain.records import format_instant
from field_app.runtime import Runtime
from field_app.store import mirror, outbox
from field_app.store.status import SyncPhase
from field_app.store.tables import PhotoRow
from field_app.sync.uploads import HELD_FROM_BYTES
from tests.support.field import (
    ANA,
    BEN,
    NOON,
    FakeDevice,
    FakeSecrets,
    a_shift,
    an_event,
    on_wire,
)

PEOPLE = {"ana@example.org": ANA, "ben@example.org": BEN}


class Server:
    """Signs in Ana and Ben, applies every operation, and remembers whose token sent what."""

    def __init__(self) -> None:
        self.is_reachable = True
        self.sent: list[tuple[str, str]] = []
        self.bearers: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if not self.is_reachable:
            raise httpx.ConnectError("no network", request=request)
        match request.url.path:
            case "/v1/auth/sign-in":
                return self._sign_in(json.loads(request.content))
            case "/v1/sync":
                return self._sync(request)
            case "/v1/auth/sign-out":
                return httpx.Response(204)
        return httpx.Response(503)

    def _sign_in(self, asked: dict[str, Any]) -> httpx.Response:
        actor = PEOPLE.get(asked["email"])
        if actor is None or asked["password"] != "right":
            problem = {"title": "E-mail address or password is not right.", "status": 401}
            headers = {"content-type": "application/problem+json"}
            return httpx.Response(401, json=problem, headers=headers)
        person = {"id": str(actor.id), "name": asked["email"], "email": asked["email"]}
        body = {
            "token": asked["email"],
            "expires_at": format_instant(NOON),
            "device_id": asked["device"]["id"],
            "person": person | {"role": actor.role.value},
        }
        return httpx.Response(200, json=body)

    def _sync(self, request: httpx.Request) -> httpx.Response:
        bearer = request.headers["authorization"].removeprefix("Bearer ")
        operations = json.loads(request.content)["operations"]
        self.bearers.append(bearer)
        self.sent += [(bearer, operation["kind"]) for operation in operations]
        decided = {"status": "applied", "decided_at": format_instant(NOON)}
        body = {
            "server_time": format_instant(NOON),
            "epoch": "one",
            "verdicts": [decided | {"operation_id": o["id"]} for o in operations],
            "cursor": "next",
            "full": False,
            "more": False,
            "changes": {},
            "removed": {},
        }
        return httpx.Response(200, json=body)


PATIENCE_S = 20


@asynccontextmanager
async def running(folder: Path, server: Server, secrets: FakeSecrets) -> AsyncIterator[Runtime]:
    transport = httpx.MockTransport(server)
    runtime = Runtime(folder, "http://server", FakeDevice(), secrets, transport)
    await runtime.start()
    yield runtime
    await runtime.stop()


async def until(is_so: Callable[[], bool], nudge: Callable[[], Awaitable[None]]) -> None:
    """Let the loop and its threads work until something is so."""
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():
            await nudge()


async def a_turn() -> None:
    await asyncio.to_thread(lambda: None)
    await asyncio.sleep(0)


def hold_offer(runtime: Runtime, actor: Actor) -> None:
    """Put an offer to this person on the device."""
    rows = on_wire(an_event(), a_shift(actor.role, user_id=actor.id))
    runtime.store.write(lambda session: mirror.apply_rows(session, rows, generation=0))


def waiting(runtime: Runtime, actor: Actor) -> int:
    return runtime.store.read(lambda session: len(outbox.undecided(session, actor.id)))


async def test_a_wrong_password_is_said_in_the_servers_words(tmp_path: Path) -> None:
    async with running(tmp_path, Server(), FakeSecrets()) as runtime:
        said = await runtime.sign_in("ana@example.org", "wrong")

        assert said == "E-mail address or password is not right."
        assert runtime.person is None


async def test_who_signed_in_once_is_still_signed_in_after_a_restart_without_network(
    tmp_path: Path,
) -> None:
    server, secrets = Server(), FakeSecrets()
    async with running(tmp_path, server, secrets) as runtime:
        await runtime.sign_in("ana@example.org", "right")
        device_id = runtime.device_id
    server.is_reachable = False

    async with running(tmp_path, server, secrets) as runtime:
        hold_offer(runtime, ANA)
        refused = await runtime.perform(a_shift(ANA.role).id, AssignmentAccept())
        await until(lambda: runtime.status.phase is SyncPhase.OFFLINE, a_turn)

        assert refused is None
        assert runtime.person is not None
        assert runtime.person.id == ANA.id
        assert runtime.device_id == device_id
        assert waiting(runtime, ANA) == 1


async def test_what_was_done_in_flight_mode_is_sent_when_it_is_switched_off(
    tmp_path: Path,
) -> None:
    server, secrets = Server(), FakeSecrets()
    async with running(tmp_path, server, secrets) as runtime:
        await runtime.sign_in("ana@example.org", "right")
        runtime.set_flight_mode(True)
        hold_offer(runtime, ANA)
        await runtime.perform(a_shift(ANA.role).id, AssignmentAccept())

    async with running(tmp_path, server, secrets) as runtime:
        still_on = runtime.status.flight_mode
        await until(lambda: runtime.status.phase is SyncPhase.OFFLINE, a_turn)
        sent_before = list(server.sent)
        runtime.set_flight_mode(False)
        await until(lambda: waiting(runtime, ANA) == 0, a_turn)

    assert still_on
    assert sent_before == []
    assert server.sent == [("ana@example.org", "assignment.accept")]


async def test_two_people_on_one_phone_each_send_their_own_work(tmp_path: Path) -> None:
    server = Server()
    async with running(tmp_path, server, FakeSecrets()) as runtime:
        await runtime.sign_in("ana@example.org", "right")
        server.is_reachable = False
        hold_offer(runtime, ANA)
        await runtime.perform(a_shift(ANA.role).id, AssignmentAccept())
        blocked = await runtime.sign_out()
        kept = await runtime.sign_out(keep_unsent=True)
        server.is_reachable = True

        await runtime.sign_in("ben@example.org", "right")
        await until(lambda: "ben@example.org" in server.bearers, a_turn)
        sent_by_ben = list(server.sent)
        await runtime.sign_out()
        await runtime.sign_in("ana@example.org", "right")
        await until(lambda: waiting(runtime, ANA) == 0, a_turn)

    assert blocked is not None
    assert "has not reached the office" in blocked
    assert kept is None
    assert sent_by_ben == []
    assert server.sent == [("ana@example.org", "assignment.accept")]


async def test_another_persons_mirror_leaves_the_phone(tmp_path: Path) -> None:
    async with running(tmp_path, Server(), FakeSecrets()) as runtime:
        await runtime.sign_in("ana@example.org", "right")
        hold_offer(runtime, ANA)
        await runtime.sign_in("ben@example.org", "right")

        assert runtime.store.read(lambda session: mirror.digest(session)).rows == 0


async def test_signing_out_forgets_token_person_and_mirror(tmp_path: Path) -> None:
    secrets = FakeSecrets()
    async with running(tmp_path, Server(), secrets) as runtime:
        await runtime.sign_in("ana@example.org", "right")
        hold_offer(runtime, ANA)
        await runtime.sign_out()

        assert secrets.values == {}
        assert runtime.person is None
        assert runtime.status.phase is SyncPhase.SIGNED_OUT
        assert runtime.store.read(lambda session: mirror.digest(session)).rows == 0


async def test_nobody_can_act_on_a_phone_without_a_person(tmp_path: Path) -> None:
    async with running(tmp_path, Server(), FakeSecrets()) as runtime:
        with pytest.raises(RuntimeError, match="nobody is signed in"):
            await runtime.perform(UUID(int=1), AssignmentAccept())


async def test_the_network_is_asked_after_where_the_device_is_now(tmp_path: Path) -> None:
    """In a browser a page goes and another one is there; the first could not answer any more."""
    async with running(tmp_path, Server(), FakeSecrets()) as runtime:
        await runtime.sign_in("ana@example.org", "right")
        runtime.set_photos_wait_for_wifi(True)
        runtime.device = now = FakeDevice()
        now.on_mobile_data = True
        row = PhotoRow(
            author_id=ANA.id, sha256="0" * 64, record_id=uuid4(), operation_id=uuid4(),
            bytes=HELD_FROM_BYTES + 1,
        )  # fmt: skip
        runtime.store.write(lambda session: session.add(row))

        runtime.nudge()
        await until(lambda: runtime.photos_wait_for_wifi, a_turn)
