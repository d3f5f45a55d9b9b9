"""`field-demo`: PostgreSQL, the sync server, demo data and the app, with one command."""

import argparse
import contextlib
import json
import os
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Iterator
from pathlib import Path

from server_stub.database import create_engine, migrate
from server_stub.demo.children import Child, output, raise_on_signals, wait_until
from server_stub.demo.folder import DemoError, claimed, is_free
from server_stub.demo.people import DEMO_PASSWORD, DEMO_PEOPLE
from server_stub.demo.postgres import PostgresServer, running_postgres
from server_stub.demo.postgres_install import PostgresError
from server_stub.demo.seed import seed_demo
from server_stub.photos.folder import FolderStore

START_WITHIN_S = 90
LOOK_EVERY_S = 0.3


def say(sentence: str) -> None:
    output(sys.stdout, sentence)


def main() -> None:
    """The `field-demo` command."""
    given = _arguments()
    raise_on_signals()
    try:
        run(given.port, given.data_dir.resolve(), given.reset, not given.no_browser)
    except (DemoError, PostgresError) as error:
        output(sys.stderr, str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        say("Stopped.")


def run(port: int, folder: Path, reset: bool, opens_browser: bool) -> None:
    """Start everything, keep it running, and stop it all on Ctrl-C or SIGTERM."""
    with claimed(folder, reset=reset) as ports:
        if not is_free(port):
            raise DemoError(
                f"Port {port} is in use. Choose another with --port, like --port {port + 10}."
            )
        _run_in(folder, port, ports, opens_browser)


def _run_in(folder: Path, port: int, ports: dict[str, int], opens_browser: bool) -> None:
    say("Starting PostgreSQL \u2026")
    with (
        running_postgres(folder / "postgres", port=ports["postgres"]) as postgres,
        _running(_children(folder, port, ports["server"], postgres.url)) as children,
    ):
        say("Preparing the demo data \u2026")
        _prepare(postgres.url, folder / "photos")
        server, app = children
        server.start()
        say("Starting the server and the app \u2026")
        _await(server, f"http://127.0.0.1:{ports['server']}/readyz")
        _await(app, f"http://127.0.0.1:{port}/")
        url = f"http://127.0.0.1:{port}/"
        say(f"READY {url}")
        say("Ctrl-C stops everything; the next start finds its data again.")
        if opens_browser and _has_display():
            webbrowser.open(url)
        _keep_running(postgres, children)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="field-demo", description="Try Fieldkit: everything it needs, on this machine."
    )
    parser.add_argument("--port", type=int, default=8550, help="port of the app (8550)")
    parser.add_argument(
        "--data-dir", type=Path, default=Path(".field-demo"), help="where the demo keeps its data"
    )
    parser.add_argument("--reset", action="store_true", help="start anew with fresh data")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    return parser.parse_args()


def _children(folder: Path, port: int, server_port: int, database_url: str) -> list[Child]:
    """The server and the app, as processes of their own."""
    photos = str(folder / "photos")
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "PHOTO_STORE": photos,
        "FIELD_ENVIRONMENT": "development",
    }
    server_url = f"http://127.0.0.1:{server_port}"
    python = [sys.executable, "-m"]
    return [
        Child(
            "server",
            [*python, "server_stub.cli", "serve", "--port", str(server_port)],
            environment,
            folder / "server.log",
        ),
        Child(
            "app",
            [
                *python,
                "field_app.main",
                "--web",
                *("--port", str(port)),
                *("--data-dir", str(folder / "app")),
                *("--server", server_url),
            ],
            os.environ
            | {
                "FIELD_DEMO_PEOPLE": json.dumps(DEMO_PEOPLE),
                "FIELD_DEMO_PASSWORD": DEMO_PASSWORD,
                "FLET_FORCE_WEB_SERVER": "true",  # never opens a browser by itself
            },
            folder / "app.log",
        ),
    ]


@contextlib.contextmanager
def _running(children: list[Child]) -> Iterator[list[Child]]:
    """The app starts at once, because it takes longest; all stop at the end."""
    try:
        children[-1].start()
        yield children
    finally:
        for child in reversed(children):
            child.stop()


def _prepare(database_url: str, photos: Path) -> None:
    migrate(database_url)
    engine = create_engine(database_url, pool_size=1)
    try:
        seed_demo(engine, photos=FolderStore(photos))
    finally:
        engine.dispose()


def _await(child: Child, url: str) -> None:
    if wait_until(lambda: child.has_died() or _answers(url), START_WITHIN_S) and _answers(url):
        return
    raise DemoError(f"The {child.name} did not start. {child.last_words()} See {child.log}.")


def _keep_running(postgres: PostgresServer, children: list[Child]) -> None:
    """Start again whatever dies, on the same ports with the same data."""
    while True:
        time.sleep(LOOK_EVERY_S)
        if not postgres.alive():
            say("PostgreSQL stopped; starting it again \u2026")
            postgres.restart()
            say("PostgreSQL is back.")
        for child in children:
            if child.keeps_dying():
                raise DemoError(f"The {child.name} does not stay up. {child.last_words()}")
            if child.has_died():
                say(f"The {child.name} stopped; starting it again \u2026")
                child.start()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _has_display() -> bool:
    return sys.platform in {"darwin", "win32"} or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


if __name__ == "__main__":
    main()
