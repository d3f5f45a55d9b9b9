"""`sync-server migrate` and `check-schema`: the database's schema, forth, back, and looked at."""

from typing import Annotated

import typer

from server_stub import database
from server_stub.command import connected, fail, settings
from server_stub.schema_check import check_schema
from server_stub.schema_fit import Fit, fit_of


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


def check() -> None:
    """Say what in a database does not fit, before anything is touched."""
    findings = check_schema(settings().direct_url)
    for finding in findings:
        typer.echo(finding)
    if findings:
        raise typer.Exit(1)
    typer.echo("Everything fits.")
