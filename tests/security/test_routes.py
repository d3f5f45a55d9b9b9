"""Every route x every object x everybody: what is not yours looks like what is not there."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts

from server_stub import policy
from server_stub.app import create_app
from server_stub.policy import POLICIES, Policy
from server_stub.settings import ServerSettings
from tests.security.ground import Ground
from tests.support.wire_client import WireClient, now

DESCRIPTIONS = {"/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc"}
"""Written by FastAPI itself; about the routes, and nothing else."""

# By role, what of each kind of object is theirs; all else must look absent.
DEVICES = {
    "ana": {"mine"},
    "dana": {"mine"},
    "priya": {"mine", "agency's"},
    "olga": {"mine"},
    "rex": {"mine", "rival's"},
}
SHOWN = {"ana": {"hers"}, "dana": {"hers", "his"}, "priya": {"hers", "his", "theirs"}}
SHOWN |= {"olga": {"hers", "his"}, "rex": {"theirs"}}
SENT = {"ana": {"hers", "his"}, "dana": {"hers", "his"}, "priya": {"hers", "his"}}
SENT |= {"olga": set(), "rex": {"theirs"}}
BOOKINGS: dict[str, set[str]] = {"ana": set(), "dana": set(), "priya": {"hers", "theirs"}}
BOOKINGS |= {"olga": {"hers"}, "rex": {"theirs"}}
REACHED = {
    ("DELETE", "/v1/devices/{device_id}"): DEVICES,
    ("GET", "/v1/photos/{sha256}"): SHOWN,
    # Where an upload stands is known to the organization that sends it, whoever does.
    ("HEAD", "/v1/photos/{sha256}"): SENT,
    ("PATCH", "/v1/photos/{sha256}"): SENT,
    ("PUT", "/v1/photos/{sha256}"): SENT,
    ("GET", "/v1/admin/bookings/{booking_id}/preview"): BOOKINGS,
    ("POST", "/v1/admin/bookings/{booking_id}/transition"): BOOKINGS,
}
NOT_ALLOWED = {"ana", "dana"}
"""Who is told that a route for admins is none of theirs, whatever they name."""

OUTSIDERS = {"nobody": 401, "a forger": 401, "revoked": 401, "deactivated": 403, "client": 403}
JSON = {"content-type": "application/json"}
CALLS: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/v1/auth/rotate"): {"json": {"next_sha256": "a" * 64}},
    ("POST", "/v1/sync"): {
        "json": {
            "protocol": 1,
            "app_version": "1",
            "sent": {"device_at": now(), "boot_id": "b", "monotonic_ms": 1},
        }
    },
    ("POST", "/v1/photos"): {"headers": {"upload-length": "5", "upload-metadata": "sha256 YQ=="}},
    ("PATCH", "/v1/photos/{sha256}"): {
        "headers": {"upload-offset": "0", "content-type": "application/offset+octet-stream"},
        "content": b"x",
    },
    ("PUT", "/v1/photos/{sha256}"): {"content": b"no picture"},
    ("POST", "/v1/admin/bookings/{booking_id}/transition"): {"json": {"to_state": "approved"}},
}
"""What a route needs besides its path to be a well-formed request."""


def bare_app() -> FastAPI:
    return create_app(ServerSettings(database_url="postgresql://nobody@127.0.0.1:1/nothing"))


def declared(app: FastAPI) -> set[tuple[str, str]]:
    """Method and path of every route, however it was added."""
    return {
        (method, route.path)
        for route in iter_route_contexts(app.routes)
        if route.path not in DESCRIPTIONS
        for method in route.methods or ()
    }


ROUTES = sorted(declared(bare_app()))
GUARDED = [r for r in ROUTES if POLICIES.get(r) not in {Policy.PUBLIC, Policy.MACHINE}]
"""What machines ask from this machine is tried in tests/operations."""
EACH = {"date", "x-request-id"}
"""Headers that are another one with every answer."""


def tells_all() -> dict[str, str]:
    return {}


def test_every_route_has_a_policy() -> None:
    assert set(ROUTES) == set(POLICIES)


def test_every_id_in_a_path_is_attacked() -> None:
    assert {route for route in ROUTES if "{" in route[1]} == set(REACHED)


def test_a_route_without_a_policy_keeps_the_server_from_starting() -> None:
    router = APIRouter()
    router.add_api_route("/v1/everything", tells_all)

    with pytest.raises(RuntimeError, match="GET /v1/everything has no policy"):
        policy.ensure_declared(router.routes)


@pytest.mark.parametrize("path", ["/v1/me", "/v1/admin/bookings/{booking_id}/preview", "/v1/sync"])
def test_a_route_that_forgets_to_ask_who_it_is_keeps_the_server_from_starting(path: str) -> None:
    router = APIRouter()
    method = "POST" if path == "/v1/sync" else "GET"
    router.add_api_route(path, tells_all, methods=[method])

    with pytest.raises(RuntimeError, match="does not ask"):
        policy.ensure_declared(router.routes)


@pytest.fixture(scope="module")
def outsiders(ground: Ground) -> dict[str, dict[str, str]]:
    """The headers of those who have no access, or none any more."""
    revoked, left, client = (ground.sign_in(name) for name in ("ben", "gone", "nora"))
    ground.db.execute("UPDATE devices SET revoked_at = now() WHERE id = %s", [revoked.device_id])
    ground.db.execute("UPDATE users SET status = 'x' WHERE id = %s", [ground.people["gone"]])
    ground.db.execute("UPDATE users SET role = 'client' WHERE id = %s", [ground.people["nora"]])
    forged = {"authorization": f"Bearer {'a' * 43}"}
    return {
        "nobody": {},
        "a forger": forged,
        "revoked": revoked.headers,
        "deactivated": left.headers,
        "client": client.headers,
    }


@pytest.mark.parametrize("route", GUARDED, ids=" ".join)
def test_who_has_no_access_gets_the_same_answer_whatever_they_name(
    ground: Ground, outsiders: dict[str, dict[str, str]], route: tuple[str, str]
) -> None:
    objects = objects_of(ground, route[1], {})
    for who, status in OUTSIDERS.items():
        answers = {name: call(ground, route, it, outsiders[who]) for name, it in objects.items()}

        assert {answer.status_code for answer in answers.values()} == {status}, who
        assert len({answer.content for answer in answers.values()}) == 1, who


def test_a_revoked_device_is_told_so_that_it_clears_itself(
    ground: Ground, outsiders: dict[str, dict[str, str]]
) -> None:
    answers = {
        who: ground.http.get("/v1/me", headers=outsiders[who]).json()["code"]
        for who in ("a forger", "revoked")
    }

    assert answers == {"a forger": "signed_out", "revoked": "device_revoked"}


@pytest.mark.parametrize("who", DEVICES)
@pytest.mark.parametrize("route", REACHED, ids=" ".join)
def test_what_is_not_yours_looks_like_what_is_not_there(
    ground: Ground, route: tuple[str, str], who: str
) -> None:
    phone, agencys, rivals = (ground.sign_in(name) for name in (who, "ben", "rita"))
    devices = {"mine": phone, "agency's": agencys, "rival's": rivals}
    objects = objects_of(ground, route[1], devices)
    reached = REACHED[route][who]
    absent = call(ground, route, objects.pop("absent"), phone.headers)

    answers = {  # what is reached last: it may end the caller's own access
        name: call(ground, route, objects[name], phone.headers)
        for name in sorted(objects, key=lambda name: (name in reached, name == "mine"))
    }

    alike = {name for name, answer in answers.items() if look(answer) == look(absent)}
    assert alike == set(objects) - reached
    is_barred = "/admin/" in route[1] and who in NOT_ALLOWED
    assert absent.status_code in ({403} if is_barred else {404, 460})


def objects_of(ground: Ground, path: str, devices: dict[str, WireClient]) -> dict[str, str]:
    """By name, what can be put into the path; one of each kind is not there."""
    makers: dict[str, Callable[[], dict[str, str]]] = {
        "{device_id}": lambda: {n: d.device_id for n, d in devices.items()} | absent(str(uuid4())),
        "{sha256}": lambda: ground.photos | absent("e" * 64),
        "{booking_id}": lambda: (
            {
                "hers": str(ground.rows["hers"]["bookings"]),
                "theirs": str(ground.rows["theirs"]["bookings"]),
            }
            | absent(str(uuid4()))
        ),
    }
    named = [maker for mark, maker in makers.items() if mark in path]
    return named[0]() if named else {"itself": ""}


def absent(name: str) -> dict[str, str]:
    return {"absent": name}


def call(
    ground: Ground, route: tuple[str, str], it: str, headers: dict[str, str]
) -> httpx.Response:
    method, path = route
    given = dict(CALLS.get(route, {}))
    url = path[: path.index("{")] + it + path[path.index("}") + 1 :] if "{" in path else path
    return ground.http.request(
        method, url, **given | {"headers": given.get("headers", {}) | headers}
    )


def look(answer: httpx.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All that the caller can see of an answer, but for when it came."""
    said = [(name, text) for name, text in answer.headers.items() if name not in EACH]
    return answer.status_code, answer.content, said
