"""The operator's command line: `sync-server`. What a command needs is imported when it is given."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

COMMANDS = {
    "migrate": (
        "server_stub.schema_command:migrate",
        "Bring the database up to this version's schema, or back to an earlier one.",
    ),
    "serve": (
        "server_stub.serve_command:serve",
        "Answer devices until stopped; open requests are finished first.",
    ),
    "tick": (
        "server_stub.upkeep_command:tick",
        "Do what is due: close forgotten check-outs, move events on, delete old photos.",
    ),
    "verify": (
        "server_stub.upkeep_command:verify",
        "Check that events, shifts and kits fit their bookings; ends with 1 where one does not.",
    ),
    "restore-check": (
        "server_stub.upkeep_command:check_restore",
        "After a restore, before serving: say what must be done; ends with 1 where something must.",
    ),
    "restored": (
        "server_stub.upkeep_command:restored",
        "After a restore from a backup, before serving: have devices hand in again what it lost.",
    ),
    "seed-demo": (
        "server_stub.demo.command:seed",
        "Fill the database with the demo: people, venues, shifts, and what happened there.",
    ),
    "check-schema": (
        "server_stub.schema_command:check",
        "Say what in a database does not fit, before anything is touched.",
    ),
    "backfill": (
        "server_stub.backfill.command:backfill",
        "Make events for approved bookings of a database in use; link and derive what is certain.",
    ),
    "kits": ("server_stub.kits_command:app", "Kits: their list and their labels."),
    "booking": ("server_stub.booking.command:app", "Bookings and their events."),
    "people": ("server_stub.operator.command:people_app", "People who may sign in."),
    "venues": (
        "server_stub.operator.command:venues_app",
        "Venues, with their pins and time zones.",
    ),
    "export": ("server_stub.operator.command:export_app", "Tables as CSV files."),
    "devices": ("server_stub.fleet_command:devices_app", "The devices people work with."),
    "parked": ("server_stub.fleet_command:parked_app", "Operations that wait for a decision."),
}
"""By name, where a command is and the first line of what it says of itself."""


class Commands(TyperGroup):
    """Lists commands without their modules, so that `--help` is there at once."""

    def __init__(self, **given: Any) -> None:
        listed = {name: TyperCommand(name, help=line) for name, (_, line) in COMMANDS.items()}
        super().__init__(**given | {"commands": listed})

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, listed, rest = super().resolve_command(ctx, args)
        return name, listed and load(str(listed.name)), rest

    def invoke(self, ctx: Any) -> Any:
        from server_stub.command import errors_in_words  # it knows what databases say

        with errors_in_words():
            return super().invoke(ctx)


def load(name: str) -> Any:
    """A command or a group of them, with its module."""
    where, _ = COMMANDS[name]
    module, _, attribute = where.partition(":")
    found = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        return get_group(found)
    alone = typer.Typer(add_completion=False)
    alone.command(name)(found)
    return get_command(alone)


app = typer.Typer(
    name="sync-server",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def sync_server() -> None:
    """The Fieldkit sync server. Configured by DATABASE_URL, PHOTO_STORE and FIELD_*."""


def main() -> None:
    """The `sync-server` command."""
    app()


if __name__ == "__main__":
    main()
