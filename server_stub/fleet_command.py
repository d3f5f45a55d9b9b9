"""`sync-server parked` and `sync-server devices`: what waits, and who is out there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from uuid import UUID

import typer

from server_stub import devices, parked
from server_stub.command import AsJson, connected, fail, print_rows
from server_stub.parked import NotParked

parked_app = typer.Typer(help="Operations that wait for a decision.", no_args_is_help=True)
devices_app = typer.Typer(help="The devices people work with.", no_args_is_help=True)

OperationId = Annotated[UUID, typer.Argument(help="As `parked list` prints it.")]


@parked_app.command("list")
def list_parked(as_json: AsJson = False) -> None:
    """Everything that waits, the oldest first."""
    with connected() as engine:
        rows = parked.waiting(engine)
    print_rows(rows, as_json, "Nothing is parked.")


@parked_app.command()
def retry(operation_id: OperationId) -> None:
    """Judge an operation again, as its author, and say what became of it."""
    with connected() as engine, _in_words():
        verdict = parked.retry(engine, operation_id)
    typer.echo(f"{verdict.status}{f' ({verdict.code})' if verdict.code else ''}")


@parked_app.command()
def refuse(
    operation_id: OperationId,
    reason: Annotated[str, typer.Option(help="Why; its author is told.")],
) -> None:
    """Refuse an operation for good."""
    with connected() as engine, _in_words():
        verdict = parked.refuse(engine, operation_id, reason)
    typer.echo(f"Refused: {verdict.message}")


@devices_app.command("list")
def list_devices(as_json: AsJson = False) -> None:
    """Every device with its person, its app, and what it has not sent; the longest silent first."""
    with connected() as engine:
        rows = devices.fleet(engine)
    print_rows(rows, as_json, "No device has signed in yet.")


@devices_app.command()
def revoke(device_id: Annotated[UUID, typer.Argument(help="As `devices list` prints it.")]) -> None:
    """End a device's access at once. What it has not sent yet it can hand in for 14 days."""
    with connected() as engine:
        is_known = devices.revoke_any(engine, device_id)
    if not is_known:
        fail("There is no device with this id.")
    typer.echo("Revoked.")


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except NotParked as error:
        fail(str(error))
