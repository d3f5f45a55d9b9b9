"""`uv run python -m bench.failover --rounds 5`; `--no-quorum` is the control, which has to lose."""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.failover.nodes import three_nodes
from bench.failover.rehearsal import Rehearsal, Result, Server, rehearsing
from bench.figures import Figure, report
from tests.support.demo import free_port
from tests.support.postgres import open_folder


@contextmanager
def as_processes(url: str, replica_url: str, folder: Path) -> Iterator[list[Server]]:
    """Two servers as processes of their own."""
    environment = os.environ | {
        "DATABASE_URL": url,
        "DATABASE_URL_REPLICA": replica_url,
        "PHOTO_STORE": str(folder / "photos"),
        "FIELD_COMMIT_WAIT_S": "2",
    }
    with (folder / "servers.log").open("ab") as log:

        def server(port: int) -> Server:
            command = [sys.executable, "-m", "server_stub.cli", "serve", "--port", str(port)]
            return Server(
                f"http://127.0.0.1:{port}",
                lambda: subprocess.Popen(command, env=environment, stdout=log, stderr=log),
            )

        servers = [server(free_port()) for _ in range(2)]
        try:
            for each in servers:
                each.start()
            yield servers
        finally:
            for each in servers:
                each.kill()


def all_in_turn(rounds: int, *, is_quorum: bool = True) -> Result:
    """Kill every kind of part once a round, and the primary twice."""
    with (
        open_folder() as folder,
        three_nodes(folder, is_quorum=is_quorum) as nodes,
        rehearsing(nodes, folder, as_processes) as rehearsal,
    ):
        for number in range(rounds):
            _one_round(rehearsal, number)
        return rehearsal.conclude()


def _one_round(rehearsal: Rehearsal, number: int) -> None:
    rehearsal.work_on(20)
    rehearsal.kill_primary()
    rehearsal.kill_server(number % 2)
    rehearsal.kill_standby()
    rehearsal.kill_primary(cut_off_first=True)
    rehearsal.work_on(20)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.failover", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-quorum", action="store_true")
    given = parser.parse_args()
    result = all_in_turn(given.rounds, is_quorum=not given.no_quorum)
    struck = ", ".join(f"{times} {what}" for what, times in sorted(result.struck.items()))
    gaps = sorted(result.unavailable_s)
    report(
        [
            Figure("operations acknowledged", result.acknowledged, "", more=struck),
            Figure("of these lost", result.lost, "", target="0"),
            Figure("applied twice", result.duplicated, "", target="0"),
            Figure("devices that do not hold their scope", result.astray, "", target="0"),
            Figure("sent again", result.retries, ""),
            Figure("from a primary's death to the next answer, median", gaps[len(gaps) // 2], "s"),
            Figure("the same, longest", gaps[-1], "s"),
        ]
    )
    sys.exit(1 if result.lost or result.duplicated or result.astray else 0)


if __name__ == "__main__":
    main()
