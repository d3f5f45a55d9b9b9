"""`sync-server serve`."""

import signal
import sys
from contextlib import suppress
from typing import Annotated

import typer
import uvicorn
from sqlalchemy.exc import OperationalError, ProgrammingError

from server_stub import listening, logs, production
from server_stub.command import connected, settings
from server_stub.settings import ServerSettings
from server_stub.workers import Workers, counting_together

APP = "server_stub.app:from_environment"
WORKER_STARTS_S = 60
"""A worker that does not answer for so long is replaced. It cannot while it starts, and on a busy
machine that takes longer than uvicorn's own 5 seconds: each was killed before it had begun."""


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
    options = {
        "factory": True,
        "workers": workers,
        "host": host,
        "port": port,
        "log_config": None,
        "access_log": False,
        "timeout_graceful_shutdown": chosen.stop_s,
        "timeout_worker_healthcheck": WORKER_STARTS_S,
        **listening.options(chosen),
    }
    if workers == 1:
        uvicorn.run(APP, **options)
    else:
        with counting_together():
            config = uvicorn.Config(APP, **options)
            Workers(config, [config.bind_socket()]).run()


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
