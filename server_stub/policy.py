"""Who may call which route. A route that this table does not name keeps the server from starting.

Which rows a person may see or change there is for `scope.py` and the rules to say.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from server_stub import health
from server_stub.booking import routes as booking_routes
from server_stub.routes import caller_of, sender_of


class Policy(StrEnum):
    PUBLIC = "public"
    """Anybody, also without a token."""
    SIGNED_IN = "signed in"
    """Whoever has a token, about nobody but themselves."""
    OWN = "own"
    """Whoever has a token; what is not theirs to see is not there."""
    LEAVING = "leaving"
    """As SIGNED_IN, and whoever lost their access, to hand in what they did before."""
    MACHINE = "machine"
    """Who has the token for machines, or asks from this one."""
    ADMIN = "admin"
    """Internal admins; what is not theirs to see is not there."""


POLICIES: Final[Mapping[tuple[str, str], Policy]] = {
    ("GET", "/healthz"): Policy.PUBLIC,
    ("GET", "/readyz"): Policy.PUBLIC,
    ("GET", "/metrics"): Policy.MACHINE,
    ("POST", "/v1/auth/sign-in"): Policy.PUBLIC,
    ("POST", "/v1/auth/rotate"): Policy.SIGNED_IN,
    ("POST", "/v1/auth/sign-out"): Policy.SIGNED_IN,
    ("GET", "/v1/me"): Policy.SIGNED_IN,
    ("GET", "/v1/devices"): Policy.SIGNED_IN,
    ("DELETE", "/v1/devices/{device_id}"): Policy.OWN,
    ("POST", "/v1/sync"): Policy.LEAVING,
    ("GET", "/v1/sync/stream"): Policy.SIGNED_IN,
    ("OPTIONS", "/v1/photos"): Policy.PUBLIC,
    ("POST", "/v1/photos"): Policy.SIGNED_IN,
    ("HEAD", "/v1/photos/{sha256}"): Policy.OWN,
    ("PATCH", "/v1/photos/{sha256}"): Policy.OWN,
    ("PUT", "/v1/photos/{sha256}"): Policy.OWN,
    ("GET", "/v1/photos/{sha256}"): Policy.OWN,
    ("GET", "/v1/admin/bookings/{booking_id}/preview"): Policy.ADMIN,
    ("POST", "/v1/admin/bookings/{booking_id}/transition"): Policy.ADMIN,
}

ASKS: Final[Mapping[Policy, Callable[..., Any]]] = {
    Policy.SIGNED_IN: caller_of,
    Policy.OWN: caller_of,
    Policy.LEAVING: sender_of,
    Policy.MACHINE: health.machine,
    Policy.ADMIN: booking_routes.admin,
}
"""The dependency that turns everybody else away; a route must have that of its policy."""


def ensure_declared(routes: Iterable[BaseRoute]) -> None:
    """Raises a RuntimeError for a route without a policy, or one that does not ask for what its
    policy says."""
    for route in routes:
        assert isinstance(route, APIRoute)
        asked = set(_dependencies(route.dependant))
        for method in route.methods or ():
            policy, name = POLICIES.get((method, route.path)), f"{method} {route.path}"
            if policy is None:
                raise RuntimeError(f"{name} has no policy: see server_stub/policy.py")
            if policy in ASKS and ASKS[policy] not in asked:
                raise RuntimeError(f"{name} does not ask for what its policy '{policy}' says")


def _dependencies(dependant: Dependant) -> Iterator[Callable[..., Any] | None]:
    for each in dependant.dependencies:
        yield each.call
        yield from _dependencies(each)
