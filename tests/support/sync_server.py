"""A real sync server on a port of its own: uvicorn in a thread of this process."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import uvicorn

from server_stub import listening
from server_stub.app import create_app
from server_stub.settings import ServerSettings


@contextmanager
def serving(database_url: str, **settings: Any) -> Iterator[str]:
    """The server's address. Requests wait in the socket's queue until it has started."""
    chosen = ServerSettings(database_url=database_url, **settings)
    config = uvicorn.Config(
        create_app(chosen),
        log_config=None,
        timeout_graceful_shutdown=1,
        **listening.options(chosen),
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
