"""`sync-server tick`, `verify`, `restore-check` and `restored`: looking after the database."""

import json
from dataclasses import asdict

import typer

from server_stub import database
from server_stub.command import AsJson, connected, settings
from server_stub.photos.retention import delete_unneeded
from server_stub.photos.store import open_store
from server_stub.restore_check import restore_check
from server_stub.restored import begin_epoch
from server_stub.tick import tick as run_tick
from server_stub.verify import Check, tell
from server_stub.verify import verify as verify_all


def tick() -> None:
    """Do what is due: close forgotten check-outs, move events on, delete old photos.

    `serve` does so by itself.
    """
    chosen = settings()
    engine = database.create_engine(chosen.direct_url, pool_size=1)
    try:
        done = run_tick(engine)
        store = open_store(chosen.photo_store)
        deleted = delete_unneeded(engine, store, chosen.photo_base, chosen.photo_days)
    finally:
        engine.dispose()
    typer.echo(f"Closed {done.shifts} forgotten shifts, moved {done.events} events on.")
    for photo in deleted:
        typer.echo(f"Deleted photo {photo.key}.")


def verify(as_json: AsJson = False) -> None:
    """Check that events, shifts and kits fit their bookings; ends with 1 where one does not."""
    with connected() as engine:
        checks = verify_all(engine)
    _tell_checks(checks, as_json)


def check_restore(as_json: AsJson = False) -> None:
    """After a restore, before serving: say what must be done; ends with 1 where something must."""
    with connected() as engine:
        checks = restore_check(engine, open_store(settings().photo_store))
    _tell_checks(checks, as_json)


def _tell_checks(checks: list[Check], as_json: bool) -> None:
    if as_json:
        for check in checks:
            typer.echo(json.dumps(asdict(check) | {"is_met": check.is_met}))
    else:
        typer.echo("\n".join(tell(checks)))
    if not all(check.is_met for check in checks):
        raise typer.Exit(1)


def restored() -> None:
    """After a restore from a backup, before serving: have devices hand in again what it lost."""
    with connected() as engine:
        begin_epoch(engine)
    typer.echo("Devices will send the work of the last 30 days again when they sync.")
