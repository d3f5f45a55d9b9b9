"""What is closed in production, what every answer carries, and when a server does not start."""

import re
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn

from server_stub import database, production
from server_stub.demo.people import DEMO_DOMAIN
from server_stub.settings import ServerSettings
from tests.server.conftest import SignIn
from tests.support.central import Central
from tests.support.commands import command
from tests.support.sync_server import serving

SAFE = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
DEVELOPMENT = {"environment": "development"}
LONG = "a-long-random-secret"


def every_request(http: httpx.Client) -> list[tuple[str, str]]:
    """Every method of every route the server says it has, and some that it has not."""
    paths = http.get("/openapi.json").json()["paths"]
    known = [
        (method.upper(), re.sub(r"{\w+}", str(uuid4()), path))
        for path, methods in paths.items()
        for method in methods
    ]
    assert ("POST", "/v1/sync") in known
    return [*known, ("GET", "/v1/nowhere"), ("PUT", "/v1/sync"), ("GET", "/openapi.json")]


def lacking(answer: httpx.Response) -> set[str]:
    return {name for name, value in SAFE.items() if answer.headers.get(name) != value}


@pytest.mark.parametrize("is_signed_in", [False, True])
def test_every_answer_of_every_route_carries_safe_headers(
    http: httpx.Client, sign_in: SignIn, ana: UUID, is_signed_in: bool
) -> None:
    headers = sign_in(ana).headers if is_signed_in else {}
    for method, path in every_request(http):
        with http.stream(method, path, headers=headers) as answer:
            assert (path, lacking(answer)) == (path, set())
            assert "server" not in answer.headers
            assert "strict-transport-security" not in answer.headers


def test_a_fault_carries_safe_headers_too(empty_database_url: str) -> None:
    with serving(empty_database_url) as url:
        answer = httpx.get(f"{url}/v1/me", headers={"authorization": "Bearer x"})

    assert answer.status_code == 500
    assert lacking(answer) == set()


def test_browsers_are_told_to_insist_on_tls_where_there_is_some(database_url: str) -> None:
    with serving(database_url, hsts_days=365) as url:
        answer = httpx.get(f"{url}/healthz")

    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


def test_no_other_web_page_may_read_an_answer(http: httpx.Client) -> None:
    asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    for method, path in every_request(http):
        preflight = http.options(path, headers=asked)
        with http.stream(method, path, headers=asked) as answer:
            seen = [*preflight.headers, *answer.headers]
        assert not [name for name in seen if name.startswith("access-control")]


@pytest.mark.parametrize(("environment", "status"), [("production", 404), ("development", 200)])
def test_the_pages_about_the_routes_are_closed_in_production(
    database_url: str, environment: str, status: int
) -> None:
    with serving(database_url, environment=environment) as url:
        answers = [httpx.get(f"{url}/{page}").status_code for page in ("docs", "redoc")]
        contract = httpx.get(f"{url}/openapi.json").status_code

    assert answers == [status, status]
    assert contract == 200


def test_production_is_what_is_not_said() -> None:
    assert ServerSettings(database_url="postgresql://h/d").is_production


def objections(url: str, variables: dict[str, str] | None = None, **settings: Any) -> list[str]:
    return production.objections(ServerSettings(database_url=url, **settings), variables or {})


@pytest.mark.parametrize(
    "login",
    [
        "",
        "field",
        "field:",
        "field:postgres",
        "field:password",
        "field:short",
        "field:Password-20261128",
        "long-name-here:long-name-here",
    ],
)
def test_a_password_that_is_none_is_refused_on_another_machine(login: str) -> None:
    (sentence,) = objections(f"postgresql://{login}@db.example/field")

    assert "DATABASE_URL" in sentence
    assert "FIELD_ENVIRONMENT=development" in sentence
    assert objections(f"postgresql://{login}@127.0.0.1:5432,db.example:5433/field") == [sentence]
    assert not objections(f"postgresql://{login}@127.0.0.1/field")
    assert not objections(f"postgresql://{login}@127.0.0.1:5432,localhost:5433/field")


@pytest.mark.parametrize(
    ("url", "environment"),
    [
        (f"postgresql://field:{LONG}@db.example/field", {}),
        ("postgresql://field@db.example/field", {"PGPASSFILE": "/etc/field/pgpass"}),
        ("postgresql://field@db.example/field?sslcert=/etc/field/cert.pem", {}),
        ("postgresql:///field", {}),
        ("postgresql://field@/field?host=/run/postgresql", {}),
        (f"postgresql://field:{LONG}@one.example:5432,two.example:5433/field", {}),
    ],
)
def test_other_ways_to_the_database_are_fine(url: str, environment: dict[str, str]) -> None:
    assert objections(url, environment) == []


@pytest.mark.parametrize(
    ("settings", "environment", "named"),
    [
        ({"photo_store": "s3://b"}, {"AWS_SECRET_ACCESS_KEY": "minioadmin"}, "AWS_SECRET"),
        ({"trusted_proxies": "*"}, {}, "FIELD_TRUSTED_PROXIES"),
    ],
)
def test_other_open_doors_are_named(
    settings: dict[str, str], environment: dict[str, str], named: str
) -> None:
    url = f"postgresql://field:{LONG}@db.example/field"

    (sentence,) = objections(url, environment, **settings)

    assert named in sentence
    assert objections(url, environment, **settings | DEVELOPMENT) == []


@pytest.fixture
def no_serving(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever serves all the same would do so for ever."""

    def served(*_: Any, **__: Any) -> None:
        raise AssertionError("it serves")

    monkeypatch.setattr(uvicorn, "run", served)


@pytest.mark.usefixtures("no_serving")
def test_serve_says_what_to_change_and_does_not_start() -> None:
    done = command("serve", DATABASE_URL="postgresql://field:postgres@db.example/field")

    assert done.returncode == 1
    assert "Set a long random one in DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("no_serving")
def test_serve_does_not_let_the_demos_people_into_production(
    central: Central, database_url: str
) -> None:
    person = central.a_person("Ana")
    central.db.execute("UPDATE users SET email = %s WHERE id = %s", [f"a@{DEMO_DOMAIN}", person])

    done = command("serve", DATABASE_URL=database_url)

    assert done.returncode == 1
    assert "1 people of the demo can sign in here" in done.stderr


def test_a_database_of_real_people_is_no_demo(database_url: str, ana: UUID) -> None:
    engine = database.create_engine(database_url, pool_size=1)

    assert production.demo_objection(engine) is None
    engine.dispose()
