"""What every command of `sync-server` needs: its settings, and errors in words."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, NoReturn

import typer
from psycopg.errors import LockNotAvailable, UndefinedTable
from pydantic import BaseModel, ValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, ProgrammingError

from server_stub import database
from server_stub.settings import ServerSettings

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
LIKE = "It looks like postgresql://user:password@host/database."
BUSY = "Another session holds what is needed, a backup or an open psql: run this again later."


def settings() -> ServerSettings:
    if not os.environ.get("DATABASE_URL"):
        fail(f"Set DATABASE_URL. {LIKE}")
    try:
        return ServerSettings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        variable = name if name.isupper() else f"FIELD_{name.upper()}"
        fail(f"The setting {variable} is wrong: {first['msg']}.")


@contextmanager
def connected() -> Iterator[Engine]:
    """The database of the settings, for one command."""
    engine = database.create_engine(settings().direct_url, pool_size=2)  # an export is noted
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def errors_in_words() -> Iterator[None]:
    """What a database refuses, as a sentence rather than a traceback."""
    try:
        yield
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


def first_line(error: DBAPIError) -> str:
    return str(error.orig).splitlines()[0]


def fail(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise SystemExit(1)


@contextmanager
def progress_bar(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar where somebody watches; what it gives is told how many more are done."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with typer.progressbar(length=total, label=label, file=sys.stderr) as bar:
        yield bar.update


def print_rows(rows: Sequence[BaseModel], as_json: bool, nothing: str) -> None:
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
