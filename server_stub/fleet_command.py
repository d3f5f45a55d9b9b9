"""`sync-server parked` and `sync-server devices`: what waits, and who is out there."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated
from uuid import UUID

import typer
from pydantic import BaseModel
from sqlalchemy import Engine

from server_stub import database, devices, parked
from server_stub.command import fail, settings
from server_stub.parked import NotParked

parked_app = typer.Typer(help="Operations that wait for a decision.", no_args_is_help=True)
devices_app = typer.Typer(help="The devices people work with.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
OperationId = Annotated[UUID, typer.Argument(help="As `parked list` prints it.")]


@parked_app.command("list")
def list_parked(as_json: AsJson = False) -> None:
    """Everything that waits, the oldest first."""
    with _engine() as engine:
        rows = parked.waiting(engine)
    _print(rows, as_json, "Nothing is parked.")


@parked_app.command()
def retry(operation_id: OperationId) -> None:
    """Judge an operation again, as its author, and say what became of it."""
    with _engine() as engine, _in_words():
        verdict = parked.retry(engine, operation_id)
    typer.echo(f"{verdict.status}{f' ({verdict.code})' if verdict.code else ''}")


@parked_app.command()
def refuse(
    operation_id: OperationId,
    reason: Annotated[str, typer.Option(help="Why; its author is told.")],
) -> None:
    """Refuse an operation for good."""
    with _engine() as engine, _in_words():
        verdict = parked.refuse(engine, operation_id, reason)
    typer.echo(f"Refused: {verdict.message}")


@devices_app.command("list")
def list_devices(as_json: AsJson = False) -> None:
    """Every device with its person, its app, and what it has not sent; the longest silent first."""
    with _engine() as engine:
        rows = devices.fleet(engine)
    _print(rows, as_json, "No device has signed in yet.")


@devices_app.command()
def revoke(device_id: Annotated[UUID, typer.Argument(help="As `devices list` prints it.")]) -> None:
    """End a device's access at once. What it has not sent yet it can hand in for 14 days."""
    with _engine() as engine:
        is_known = devices.revoke_any(engine, device_id)
    if not is_known:
        fail("There is no device with this id.")
    typer.echo("Revoked.")


@contextmanager
def _engine() -> Iterator[Engine]:
    engine = database.create_engine(settings().database_url, pool_size=1)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except NotParked as error:
        fail(str(error))


def _print(rows: Sequence[BaseModel], as_json: bool, nothing: str) -> None:
    """A table with a line of names, or JSON lines."""
    if not rows and not as_json:
        typer.echo(nothing)
        return
    told = [row.model_dump(mode="json") for row in rows]
    if as_json:
        for row in told:
            typer.echo(json.dumps(row))
        return
    lines = [list(told[0]), *[["" if v is None else str(v) for v in row.values()] for row in told]]
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    for line in lines:
        typer.echo(
            "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        )
