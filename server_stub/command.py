"""What every command of `sync-server` needs: its settings, and errors in words."""

import os
from typing import NoReturn

import typer
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from server_stub.settings import ServerSettings

LIKE = "It looks like postgresql://user:password@host/database."


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


def first_line(error: DBAPIError) -> str:
    return str(error.orig).splitlines()[0]


def fail(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise SystemExit(1)
