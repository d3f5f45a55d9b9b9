"""The operator's command line: `sync-server`."""

import datetime as dt
import json
import signal
import sys
from contextlib import suppress
from dataclasses import asdict
from typing import Annotated

import typer
import uvicorn
from psycopg.errors import LockNotAvailable, UndefinedTable
from sqlalchemy.exc import ArgumentError, OperationalError, ProgrammingError

from server_stub import database, fleet_command, kits_command, listening, logs, production
from server_stub.backfill.command import backfill
from server_stub.booking import command as booking_command
from server_stub.command import LIKE, AsJson, connected, fail, first_line, settings
from server_stub.demo.seed import NotADemo, seed_demo
from server_stub.operator import command as operator_command
from server_stub.photos.retention import delete_unneeded
from server_stub.photos.store import open_store
from server_stub.restore_check import restore_check
from server_stub.restored import begin_epoch
from server_stub.schema_check import check_schema
from server_stub.schema_fit import Fit, fit_of
from server_stub.settings import ServerSettings
from server_stub.tick import tick as run_tick
from server_stub.verify import Check, tell
from server_stub.verify import verify as verify_all
from server_stub.workers import counting_together

WORKER_STARTS_S = 60
"""A worker that does not answer for so long is replaced. It cannot while it starts, and on a busy
machine that takes longer than uvicorn's own 5 seconds: each was killed before it had begun."""
BUSY = "Another session holds what is needed, a backup or an open psql: run this again later."

app = typer.Typer(
    name="sync-server",
    help="The Fieldkit sync server. Configured by DATABASE_URL, PHOTO_STORE and FIELD_*.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(backfill)
app.add_typer(kits_command.app, name="kits")
app.add_typer(booking_command.app, name="booking")
app.add_typer(operator_command.people_app, name="people")
app.add_typer(operator_command.venues_app, name="venues")
app.add_typer(operator_command.export_app, name="export")
app.add_typer(fleet_command.devices_app, name="devices")
app.add_typer(fleet_command.parked_app, name="parked")


@app.command()
def migrate(
    to: Annotated[str, typer.Option(help="A revision; `base` takes back all of ours.")] = "head",
    yes: Annotated[bool, typer.Option("--yes", help="Go back without being asked.")] = False,
) -> None:
    """Bring the database up to this version's schema, or back to an earlier one."""
    url = settings().direct_url
    with connected() as engine, engine.connect() as connection:
        fit = fit_of(connection)
    before = fit.held
    if fit.is_ahead:
        _leave_as_it_is(fit, to)
        return
    if to not in {"head", "base", *database.revisions()}:
        fail(f"There is no revision {to!r}; they are {', '.join(database.revisions())}.")
    if to == "base" or (to != "head" and before is not None and to < before):
        if not yes:
            typer.confirm("What the later revisions hold is dropped. Go back?", abort=True)
        database.downgrade(url, to)
        typer.echo(f"Back at {'the database as it was' if to == 'base' else f'revision {to}'}.")
        return
    if before is None and (findings := check_schema(url)):
        for finding in findings:
            typer.echo(finding, err=True)
        fail("Nothing was changed: this has to be put right first.")
    database.migrate(url, to)
    after = database.current_revision(url)
    typer.echo(f"Already at revision {after}." if before == after else f"Now at revision {after}.")


def _leave_as_it_is(fit: Fit, to: str) -> None:
    """An older release is installed again: its own step must not keep its servers from starting."""
    if fit.is_too_new or to != "head":
        fail(f"{fit.told} Only the release that made a revision can take it back.")
    typer.echo(fit.told)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8551,
    workers: Annotated[int, typer.Option(help="Number of processes.", min=1)] = 1,
) -> None:
    """Answer devices until stopped; open requests are finished first."""
    chosen = settings()
    _ensure_safe(chosen)
    logs.configure(chosen.log_level, chosen.log_format)
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(0)
    )  # uvicorn raises it again when all is done
    with counting_together(workers):
        uvicorn.run(
            "server_stub.app:from_environment",
            factory=True,
            workers=workers,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=chosen.stop_s,
            timeout_worker_healthcheck=WORKER_STARTS_S,
            **listening.options(chosen),
        )


def _ensure_safe(chosen: ServerSettings) -> None:
    """Say what to change, and stop, before anything is served that is not safe."""
    found = production.objections(chosen)
    if not found and chosen.is_production:
        with connected() as engine, suppress(OperationalError, ProgrammingError):  # not yet there
            demo = production.demo_objection(engine)
            found += [demo] if demo else []
    for sentence in found:
        typer.echo(sentence, err=True)
    if found:
        raise typer.Exit(1)


@app.command()
def tick() -> None:
    """Do what is due: close forgotten check-outs, move events on, delete photos past their time.

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


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Check that events, shifts and kits fit their bookings; ends with 1 where one does not."""
    with connected() as engine:
        checks = verify_all(engine)
    _tell_checks(checks, as_json)


@app.command(name="restore-check")
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


@app.command()
def restored() -> None:
    """After a restore from a backup, before serving: have devices hand in again what it lost."""
    with connected() as engine:
        begin_epoch(engine)
    typer.echo("Devices will send the work of the last 30 days again when they sync.")


@app.command(name="seed-demo")
def seed(
    reset: Annotated[bool, typer.Option(help="Empty the demo's tables first.")] = False,
) -> None:
    """Fill the database with the demo: people, venues, shifts, and what happened there."""
    chosen = settings()
    engine = database.create_engine(chosen.direct_url, pool_size=1)
    try:
        photos = open_store(chosen.photo_store)
        seed_demo(engine, now=dt.datetime.now(dt.UTC), reset=reset, photos=photos)
    except NotADemo as error:
        fail(str(error))
    finally:
        engine.dispose()
    typer.echo("The demo data is there.")


@app.command(name="check-schema")
def check() -> None:
    """Say what in a database does not fit, before anything is touched."""
    findings = check_schema(settings().direct_url)
    for finding in findings:
        typer.echo(finding)
    if findings:
        raise typer.Exit(1)
    typer.echo("Everything fits.")


def main() -> None:
    """The `sync-server` command, with errors in words."""
    try:
        app()
    except ArgumentError:
        fail(f"DATABASE_URL is no address of a database. {LIKE}")
    except OperationalError as error:
        if isinstance(error.orig, LockNotAvailable):
            fail(f"{BUSY} ({first_line(error)})")
        fail(f"The database cannot be reached: {first_line(error)}")
    except ProgrammingError as error:
        if isinstance(error.orig, UndefinedTable):
            fail("The database has not been prepared. Run sync-server migrate first.")
        fail(f"The database refused: {first_line(error)}")


if __name__ == "__main__":
    main()
