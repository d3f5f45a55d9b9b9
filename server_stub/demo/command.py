"""`sync-server seed-demo`."""

import datetime as dt
from typing import Annotated

import typer

from server_stub import database
from server_stub.command import fail, settings
from server_stub.demo.seed import NotADemo, seed_demo
from server_stub.photos.store import open_store


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
