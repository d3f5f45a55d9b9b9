"""What `/openapi.json` says beside FastAPI's own: bodies that are read as they come, and access."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from field_app.domain.wire import (
    Problem,
    RotateRequest,
    SignInRequest,
    SignInResponse,
    SyncRequest,
    SyncResponse,
    WireEnvelope,
)
from server_stub.booking.routes import Transition
from server_stub.photos.routes import PIECE
from server_stub.policy import POLICIES, Policy

Route = tuple[str, str]

ASKED: Final[Mapping[Route, type[BaseModel]]] = {
    ("POST", "/v1/auth/sign-in"): SignInRequest,
    ("POST", "/v1/auth/rotate"): RotateRequest,
    ("POST", "/v1/sync"): SyncRequest,
    ("POST", "/v1/admin/bookings/{booking_id}/transition"): Transition,
}
ANSWERED: Final[Mapping[Route, type[BaseModel]]] = {
    ("POST", "/v1/auth/sign-in"): SignInResponse,
    ("POST", "/v1/sync"): SyncResponse,
}
BYTES: Final[Mapping[Route, str]] = {
    ("PATCH", "/v1/photos/{sha256}"): PIECE,
    ("PUT", "/v1/photos/{sha256}"): "image/jpeg",
}
SAID_ELSEWHERE: Final = {"authorization", "content-length", "content-type"}
"""Headers that OpenAPI says in its own places."""
REF = "#/components/schemas/{model}"


def describe(app: FastAPI) -> None:
    """Have the app describe itself with these; made when it is first asked for."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(title=app.title, version=app.version, routes=app.routes)
            app.openapi_schema = _completed(document)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    models: list[type[BaseModel]] = [*ASKED.values(), *ANSWERED.values(), WireEnvelope, Problem]
    _, found = models_json_schema([(each, "validation") for each in models], ref_template=REF)
    components = document.setdefault("components", {})
    components["schemas"] = components.get("schemas", {}) | found["$defs"]
    operations = components["schemas"]["SyncRequest"]["properties"]["operations"]
    operations["items"] = _ref(WireEnvelope)
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            _complete(operation, (method.upper(), path))
    return document


def _complete(operation: dict[str, Any], route: Route) -> None:
    if route in ASKED:
        operation["requestBody"] = _body("application/json", _ref(ASKED[route]))
    if route in BYTES:
        operation["requestBody"] = _body(BYTES[route], {"type": "string", "format": "binary"})
    if route in ANSWERED:
        said = {"application/json": {"schema": _ref(ANSWERED[route])}}
        operation["responses"]["200"] = {"description": "Answered", "content": said}
    problem = {"application/problem+json": {"schema": _ref(Problem)}}
    operation["responses"].pop("422", None)  # ours is a problem, like every other error
    operation["responses"]["default"] = {"description": "A problem", "content": problem}
    if POLICIES.get(route) is not Policy.PUBLIC:
        operation["security"] = [{"token": []}]
    parameters = operation.get("parameters", [])
    operation["parameters"] = [each for each in parameters if each["name"] not in SAID_ELSEWHERE]


def _body(media_type: str, schema: dict[str, str]) -> dict[str, Any]:
    return {"required": True, "content": {media_type: {"schema": schema}}}


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REF.format(model=model.__name__)}
