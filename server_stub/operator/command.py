"""`sync-server people`, `venues`, `kits import` and `export`."""

import datetime as dt
import getpass
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, TextIO

import typer
from sqlalchemy import Engine

from field_app.domain import spreadsheet
from server_stub import security_log
from server_stub.command import AsJson, connected, fail, progress_bar
from server_stub.operator import exports, imports, people
from server_stub.operator.imports import Kind
from server_stub.operator.people import NotSo
from server_stub.security_log import Happened

people_app = typer.Typer(help="People who may sign in.", no_args_is_help=True)
venues_app = typer.Typer(help="Venues, with their pins and time zones.", no_args_is_help=True)
export_app = typer.Typer(help="Tables as CSV files.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(help="The person's e-mail address.")]
File = Annotated[Path, typer.Argument(help="A CSV file in UTF-8 with a line of names.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen; keep nothing.")]
Since = Annotated[dt.datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")]
Until = Annotated[dt.datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")]
Out = Annotated[Path | None, typer.Option(help="The file; without it, the terminal.")]


@people_app.command()
def add(
    name: str,
    email: Email,
    role: Annotated[str, typer.Option(help="brand_agent, field_manager, internal_admin, client.")],
    organization: Annotated[str | None, typer.Option(help="By its name.")] = None,
    phone: Annotated[str | None, typer.Option()] = None,
    as_json: AsJson = False,
) -> None:
    """Add somebody and print a password for them, once."""
    row = {
        "name": name,
        "email": email,
        "role": role,
        "organization": organization,
        "phone": phone,
    }
    with connected() as engine, _in_words(), engine.begin() as connection:
        if people.put(connection, row) != "created":
            raise NotSo(f"{email} is here already; `people reset-password` makes a new password.")
        password = people.reset_password(connection, email)
    _say({"email": email, "password": password}, f"{name} can sign in with {password}", as_json)


@people_app.command(name="reset-password")
def reset_password(email: Email, as_json: AsJson = False) -> None:
    """Give somebody a new password and print it, once. Their devices stay signed in."""
    with connected() as engine, _in_words(), engine.begin() as connection:
        password = people.reset_password(connection, email)
    _say({"email": email, "password": password}, f"The new password is {password}", as_json)


@people_app.command()
def deactivate(email: Email, as_json: AsJson = False) -> None:
    """End somebody's access at once; what they had not sent is taken in for 14 days."""
    with connected() as engine, _in_words(), engine.begin() as connection:
        people.deactivate(connection, email)
    _say({"email": email, "status": people.DEACTIVATED}, f"{email} is deactivated.", as_json)


@people_app.command()
def activate(email: Email, as_json: AsJson = False) -> None:
    """Let somebody back in."""
    with connected() as engine, _in_words(), engine.begin() as connection:
        people.activate(connection, email)
    _say({"email": email, "status": people.ACTIVE}, f"{email} is active.", as_json)


@people_app.command(name="import")
def import_people(file: File, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Columns: name, email, role; organization and phone where there are any."""
    _load(imports.PEOPLE, file, dry_run, as_json)


@venues_app.command(name="import")
def import_venues(file: File, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Columns: name; address, city, latitude, longitude, time_zone and others may be there."""
    _load(imports.VENUES, file, dry_run, as_json)


def import_kits(file: File, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Columns: serial_number, template."""
    _load(imports.KITS, file, dry_run, as_json)


@export_app.command()
def hours(since: Since, until: Until, out: Out = None, as_json: AsJson = False) -> None:
    """Shifts with their times by the venue's clock."""
    _export("hours", since, until, out, as_json)


@export_app.command()
def issues(since: Since, until: Until, out: Out = None, as_json: AsJson = False) -> None:
    """Problems that were reported, and what became of them."""
    _export("issues", since, until, out, as_json)


@export_app.command()
def custody(since: Since, until: Until, out: Out = None, as_json: AsJson = False) -> None:
    """Who had which kit from when on."""
    _export("custody", since, until, out, as_json)


def _load(kind: Kind, file: Path, dry_run: bool, as_json: bool) -> None:
    with connected() as engine, _in_words(), progress_bar("Lines", _lines(file)) as progress:
        done = imports.load(engine, kind, file, dry_run=dry_run, progress=progress)
    for problem in done.problems:
        typer.echo(problem, err=True)
    if done.problems:
        fail(f"Nothing was taken in: {len(done.problems)} lines have to be put right first.")
    counts = {what: done.counts[what] for what in ("created", "updated", "unchanged")}
    told = ", ".join(f"{number} {what}" for what, number in counts.items())
    _say(counts, f"{'Would be: ' if dry_run else ''}{told}.", as_json)


def _lines(file: Path) -> int:
    """About how many there are, for a bar; reading the file says what is wrong with it."""
    with suppress(OSError), file.open("rb") as lines:
        return sum(1 for _ in lines)
    return 0


def _export(
    name: str, since: dt.datetime, until: dt.datetime, out: Path | None, as_json: bool
) -> None:
    with (
        connected() as engine,
        exports.table(engine, name, since.date(), until.date()) as (columns, rows),
        _opened(out) as file,
    ):
        if not as_json:
            number = spreadsheet.write(file, columns, rows)
        else:
            number = 0
            for row in rows:
                file.write(json.dumps(dict(zip(columns, row, strict=True)), default=str) + "\n")
                number += 1
        _note_export(engine, name, since, until, number)
    if out is not None:
        typer.echo(f"Wrote {number} rows to {out}.", err=True)


def _note_export(
    engine: Engine, name: str, since: dt.datetime, until: dt.datetime, number: int
) -> None:
    days = {"since": since.date().isoformat(), "until": until.date().isoformat()}
    with engine.begin() as connection:
        by = getpass.getuser()
        security_log.write(connection, Happened.EXPORTED, table=name, rows=number, by=by, days=days)


@contextmanager
def _opened(out: Path | None) -> Iterator[TextIO]:
    if out is None:
        yield sys.stdout
        return
    try:
        with out.open("w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror}.")


def _say(told: Mapping[str, object], sentence: str, as_json: bool) -> None:
    typer.echo(json.dumps(told) if as_json else sentence)


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except NotSo as error:
        fail(str(error))
