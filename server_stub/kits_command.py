"""`sync-server kits`: what an operator does with kits."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from field_app.domain.kit import KitInstanceStatus
from server_stub import database
from server_stub.command import fail, settings
from server_stub.labels import Label, Paper, sheets
from server_stub.operator.command import import_kits
from server_stub.tables import KitInstanceRow, KitTemplateRow

app = typer.Typer(help="Kits: their list and their labels.", no_args_is_help=True)


@app.callback()
def kits() -> None:
    """Kits: their list and their labels."""


app.command(name="import")(import_kits)


@app.command()
def labels(
    serial: Annotated[
        list[str] | None, typer.Option(help="Only this kit; can be given again.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The file; further pages get a number.")] = Path(
        "kit-labels.svg"
    ),
    paper: Annotated[Paper, typer.Option(help="The paper's size.")] = Paper.LETTER,
) -> None:
    """Print labels with a QR code for every kit that is not retired, 24 to a page."""
    engine = database.create_engine(settings().direct_url, pool_size=1)
    try:
        wanted = _labels(engine, serial or [])
    finally:
        engine.dispose()
    if not wanted:
        fail("There are no kits to print labels for.")
    for number, sheet in enumerate(sheets(wanted, paper), start=1):
        path = out if number == 1 else out.with_stem(f"{out.stem}-{number}")
        try:
            path.write_text(sheet, encoding="utf-8")
        except OSError as error:
            fail(f"{path} cannot be written: {error.strerror}.")
        typer.echo(f"Wrote {path}.")


def _labels(engine: Engine, serials: list[str]) -> list[Label]:
    kit, template = KitInstanceRow, KitTemplateRow
    query = (
        select(kit.serial_number, template.name)
        .join(template, col(template.id) == col(kit.template_id), isouter=True)
        .where(kit.status != KitInstanceStatus.RETIRED)
        .order_by(kit.serial_number)
    )
    if serials:
        query = query.where(col(kit.serial_number).in_(serials))
    with Session(engine) as session:
        found = [Label(number, name or "Kit") for number, name in session.exec(query)]
    if unknown := sorted(set(serials) - {label.serial_number for label in found}):
        fail(f"There is no such kit: {', '.join(unknown)}.")
    return found
