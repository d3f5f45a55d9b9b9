"""Fixtures that every folder of tests may ask for."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx
import pytest
from xdist.scheduler import LoadScopeScheduling

from server_stub.demo.postgres import PostgresServer
from tests.support.postgres import fresh_database, make_template, quick_postgres

# Every client would read the certificates of all authorities anew, which outlasts a request.
transports = httpx._transports.default
transports.create_ssl_context = cache(transports.create_ssl_context)

TAPS = "taps"
BROWSER = "tests/browser/"
LONGEST_S = 1700
LOOKING = tuple(f"{BROWSER}test_{name}.py" for name in ("accessibility", "keyboard", "layouts"))
"""They look at the demo as it is; the others work in it."""


class Together(LoadScopeScheduling):
    """A file's tests go to one process; the browser's to two, as each starts a demo for them."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(BROWSER):
            return f"{BROWSER}looking" if nodeid.startswith(LOOKING) else f"{BROWSER}working"
        return super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together | None:
    """With `--dist loadscope`; the browser, the longest, comes first."""
    return Together(config, log) if config.getoption("dist") == "loadscope" else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the journeys counted: how many taps a job takes, of how many it may."""
    passed = terminalreporter.stats.get("passed", [])
    counted = {said for report in passed for name, said in report.user_properties if name == TAPS}
    if counted:
        terminalreporter.section("taps")
        for said in sorted(map(str, counted)):
            terminalreporter.write_line(said)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="every step, more seeds, a minute's storm")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Those marked `long` are not even collected without the option; with it all may take long."""
    if config.getoption("--long"):
        for item in items:
            item.add_marker(pytest.mark.timeout(LONGEST_S))
    else:
        long = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests of this process, without the guarantees that cost time."""
    with quick_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_template(postgres: PostgresServer) -> str:
    return make_template(postgres)


@pytest.fixture
def database_url(postgres: PostgresServer, migrated_template: str) -> Iterator[str]:
    """A migrated database without rows, for one test alone."""
    with fresh_database(postgres, migrated_template) as url:
        yield url


@pytest.fixture
def empty_database_url(postgres: PostgresServer) -> Iterator[str]:
    """A database without a single table, for one test alone."""
    with fresh_database(postgres) as url:
        yield url
