"""Logs: JSON lines for programs, readable ones in a terminal, ours and uvicorn's alike.

What people wrote, who they are and where they were is in none of them: events carry ids and codes.
"""

import logging
import sys
from typing import Literal

import structlog
from structlog.types import Processor

Format = Literal["auto", "json", "text"]

QUIET = ("uvicorn.access", "httpx", "httpcore")
"""Requests are told by `observing`, without the addresses that name people's things."""


def configure(level: str, form: Format = "auto") -> None:
    """Send everything that this process logs to standard error."""
    as_text = form == "text" or (form == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_last(as_text),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _last(as_text: bool) -> list[Processor]:
    if as_text:
        return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(sort_keys=True)]
