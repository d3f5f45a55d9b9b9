"""`uv run python -m bench.sync` prints a JSON line for each figure, and then a table.

What a disk limits stands beside that limit, measured in the same run. `--large` adds the pulls
beside a million rows.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

import psycopg

from bench.figures import Figure, report
from bench.sync.pulling import beside, first_sync, idle, wire_bytes, worn_rows
from bench.sync.pushing import eight_devices, one_device
from bench.sync.tapping import on_its_way, taps
from bench.sync.town import Town
from tests.server.test_cli import serving
from tests.support.postgres import fresh_database, make_template, quick_postgres
from tests.walk.phones import Phone

LARGE = 1_000_000
QUIET = {"FIELD_LOG_LEVEL": "WARNING"}
"""Nobody reads what these servers print, and one whose pipe is full stands still."""


def main(is_large: bool) -> list[Figure]:
    with quick_postgres() as server, tempfile.TemporaryDirectory() as folder:
        template = make_template(server)
        with (
            fresh_database(server, template) as url,
            psycopg.connect(url, autocommit=True) as db,
        ):
            town = Town(db)
            with serving(url, **QUIET) as (process, address):
                figures = asyncio.run(_with_phones(town, db, address, Path(folder)))
                figures += idle(town, address, process.pid)
                if is_large:
                    figures.append(beside(town, address, LARGE))
                figures.append(worn_rows(town, address))
            with serving(url, "--workers", "2", **QUIET) as (_, address):
                figures.append(eight_devices(town, address))
    return figures


async def _with_phones(town: Town, db: psycopg.Connection, url: str, folder: Path) -> list[Figure]:
    async with Phone(folder / "desk", url) as desk, Phone(folder / "phone", url) as phone:
        figures = [await first_sync(desk, db, town, folder), wire_bytes(town, url)]
        await phone.sign_in(town.emails[town.ana])
        figures.append(taps(phone, desk, town, folder))
        await phone.sync()
        figures.append(await one_device(phone, town))
        figures.append(await on_its_way(phone, db, town))
    return figures


if __name__ == "__main__":
    report(main("--large" in sys.argv))
