"""What machines ask a server: is it up, can it serve, how is it doing."""

import secrets
from ipaddress import ip_address
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from server_stub.problems import ProblemError
from server_stub.routes import PartsDep
from server_stub.schema_fit import fit_of

router = APIRouter()

PASSED_ON = ("forwarded", "x-forwarded-for")
NOT_MIGRATED = ("not_migrated", "The database has not been migrated yet.")
TOO_OLD = ("server_too_old", "This server is too old for its database.")


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process is up."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz(parts: PartsDep) -> dict[str, str]:
    """The database is there with a schema that this server can serve, and it is not going down."""
    if parts.draining.is_on:
        raise ProblemError(503, "going_down", "This server is going down.", retry_after_s=1)
    try:
        with parts.engine.connect() as connection:
            fit = fit_of(connection)
    except SQLAlchemyError as error:
        raise ProblemError(503, retry_after_s=2) from error
    if fit.is_behind:
        raise ProblemError(503, *NOT_MIGRATED, detail=fit.told)
    if fit.is_too_new:
        raise ProblemError(503, *TOO_OLD, detail=fit.told)
    return {"status": "ready", "schema": fit.told}


def machine(
    request: Request, parts: PartsDep, authorization: Annotated[str, Header()] = ""
) -> None:
    """Lets in who has the token for machines; to everybody else there is nothing here."""
    token = parts.settings.metrics_token
    if token is None:
        is_allowed = _is_from_here(request)
    else:
        wanted = f"Bearer {token.get_secret_value()}"
        is_allowed = secrets.compare_digest(authorization.encode(), wanted.encode())
    if not is_allowed:
        raise ProblemError(404)


@router.get("/metrics", include_in_schema=False, dependencies=[Depends(machine)])
def metrics(parts: PartsDep) -> Response:
    """For Prometheus."""
    return Response(parts.metrics.page(parts.engine), media_type=CONTENT_TYPE_LATEST)


def _is_from_here(request: Request) -> bool:
    """From this machine, and not through a proxy on it."""
    if request.client is None or any(name in request.headers for name in PASSED_ON):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
