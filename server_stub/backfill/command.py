"""`sync-server backfill`: events for the bookings of a database that is already in use."""

import contextlib
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import Engine

from server_stub.backfill import run as running
from server_stub.backfill.rollback import CannotRollBack, roll_back
from server_stub.backfill.run import Report, Tell
from server_stub.backfill.sources import BadSources, Sources, guess, read
from server_stub.command import AsJson, connected, fail, progress_bar

MOST_TOLD = 20

SourcesFile = Annotated[
    Path | None, typer.Option(help="TOML: what your columns are called; guessed without it.")
]
ShowSources = Annotated[
    bool, typer.Option("--show-sources", help="Print the columns that would be read, as TOML.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, write nothing.")]
Rollback = Annotated[
    UUID | None, typer.Option(help="Take this batch back, as long as nobody worked with it.")
]
Notes = Annotated[
    Path | None, typer.Option(help="Write everything that is left for a person, as JSON lines.")
]


def backfill(
    sources: SourcesFile = None,
    show_sources: ShowSources = False,
    dry_run: DryRun = False,
    rollback: Rollback = None,
    notes: Notes = None,
    as_json: AsJson = False,
) -> None:
    """Make events for approved bookings of a database in use; link and derive what is certain.

    A run that was stopped goes on where it was.
    """
    with connected() as engine, _in_words():
        if rollback is not None:
            roll_back(engine, rollback)
            typer.echo(json.dumps({"rolled_back": str(rollback)}) if as_json else "Taken back.")
            return
        chosen = read(sources) if sources else _guessed(engine)
        if show_sources:
            typer.echo(chosen.as_toml())
            return
        _run(engine, chosen, dry_run, notes, as_json)


def _run(
    engine: Engine, sources: Sources, dry_run: bool, notes: Path | None, as_json: bool
) -> None:
    with (
        _noting(notes, as_json) as tell,
        progress_bar("Bookings", running.number_due(engine)) as progress,
    ):
        now = dt.datetime.now(dt.UTC)
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        report = running.run(
            engine, sources, now=now, dry_run=dry_run, tell=tell, progress=progress
        )
    _say(report, as_json)


def _guessed(engine: Engine) -> Sources:
    with engine.connect() as connection:
        return guess(connection)


@contextlib.contextmanager
def _noting(file: Path | None, as_json: bool) -> Iterator[Tell]:
    """Notes go to the file; the first few, or without one all of a `--json` run, to the screen."""
    number = 0
    with contextlib.ExitStack() as stack:
        out = stack.enter_context(file.open("w", encoding="utf-8")) if file else None

        def tell(booking_id: UUID, title: str, said: str) -> None:
            nonlocal number
            number += 1
            line = json.dumps({"booking_id": str(booking_id), "title": title, "note": said})
            if out is not None:
                out.write(line + "\n")
            elif as_json:
                typer.echo(line)
            if not as_json and number <= MOST_TOLD:
                typer.echo(f"{title} ({booking_id}): {said}", err=True)

        yield tell
    if number > MOST_TOLD and not as_json:
        where = f"they are in {file}" if file else "--notes FILE has them all"
        typer.echo(f"... and {number - MOST_TOLD} more notes; {where}.", err=True)


def _say(report: Report, as_json: bool) -> None:
    if as_json:
        batch = str(report.batch_id) if report.batch_id else None
        typer.echo(json.dumps({"batch_id": batch, "counts": dict(sorted(report.counts.items()))}))
        return
    for what, number in sorted(report.counts.items()):
        typer.echo(f"{number:>9,}  {what}")
    if report.batch_id is None:
        typer.echo("This was a dry run: nothing was written.")
    else:
        typer.echo(f"Batch {report.batch_id}. `sync-server verify` checks it,")
        typer.echo(f"`sync-server backfill --rollback {report.batch_id}` takes it back.")


@contextlib.contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except (BadSources, CannotRollBack) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename} cannot be written: {error.strerror}.")
