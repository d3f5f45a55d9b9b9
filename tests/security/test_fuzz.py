"""The server's own description, fuzzed with a token of every role: whatever comes, never a 5xx."""

import random
import time
from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import Case

from tests.security.ground import Ground

EXAMPLES = 5
"""Of each route, without --long."""
SEED = random.randrange(10**6)
STREAM = "/v1/sync/stream"
"""Answers for as long as one listens."""
ENDING = {"/v1/auth/sign-out"}
ROLES = {"nobody": None, "agent": "ana", "manager": "dana", "admin": "priya", "rival": "rex"}


def test_the_description_names_every_body_and_who_may(ground: Ground) -> None:
    document = ground.http.get("/openapi.json").json()
    operations = {
        (method, path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }

    bodies = {route for route, operation in operations.items() if "requestBody" in operation}
    open_to_all = {
        path for (_, path), operation in operations.items() if "security" not in operation
    }

    assert bodies == {
        ("post", "/v1/auth/sign-in"),
        ("post", "/v1/auth/rotate"),
        ("post", "/v1/sync"),
        ("patch", "/v1/photos/{sha256}"),
        ("put", "/v1/photos/{sha256}"),
        ("post", "/v1/admin/bookings/{booking_id}/transition"),
    }
    assert open_to_all == {"/healthz", "/readyz", "/v1/auth/sign-in", "/v1/photos"}
    assert "WireEnvelope" in document["components"]["schemas"]


@schemathesis.serializer("application/offset+octet-stream", "image/jpeg")
def as_it_is(_context: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


def test_whatever_the_description_allows_or_forbids_is_never_a_5xx(
    ground: Ground, request: pytest.FixtureRequest
) -> None:
    """Each request is sent with every token: making it up costs more than sending it."""
    is_long = request.config.getoption("--long")
    print(f"seed {SEED}")  # noqa: T201
    described = schemathesis.openapi.from_dict(ground.http.get("/openapi.json").json())
    until = time.monotonic() + (600 if is_long else 12)
    operations = [result.ok() for result in described.get_all_operations()]
    random.Random(SEED).shuffle(operations)
    broken: list[Any] = []
    counts: Counter[str] = Counter()
    tokens = {who: ground.sign_in(name).headers if name else {} for who, name in ROLES.items()}

    tried: set[str] = set()

    def send(case: Case) -> None:
        if time.monotonic() > until and case.operation.label in tried:
            return  # on a slow machine each is still tried once
        tried.add(case.operation.label)
        for who, headers in tokens.items():
            answer = case.call(base_url=str(ground.http.base_url), headers=headers)
            counts[who, case.operation.label, answer.status_code] += 1
            if answer.status_code >= 500:
                broken.append((who, case.operation.label, case.path_parameters, case.body))

    for operation in sorted(operations, key=lambda each: each.path in ENDING):
        if operation.path == STREAM:
            continue
        options = settings(
            max_examples=300 if is_long else EXAMPLES,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        seed(SEED)(options(given(case=operation.as_strategy())(send)))()

    assert broken == []
    assert {who for who, _, status in counts if status < 400} == {*ROLES}
