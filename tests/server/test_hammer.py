"""Writers that pause, roll back and rewrite in bulk while devices pull and push."""

import datetime as dt
import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from sqlalchemy import text

from field_app.domain.mirrored import BY_TABLE
from field_app.domain.wire import Person
from server_stub import database, scope
from server_stub.settings import ServerSettings
from tests.server.test_pull import digest_of
from tests.server.test_push import trail_of
from tests.server.test_transactions import CANCEL_WAITING, no_standby
from tests.support.central import PASSWORD, Central
from tests.support.sync_server import serving
from tests.support.wire_client import WireClient

WRITERS, TRANSACTIONS, PULLS = 8, 40, 60
GUARDED = (
    psycopg.errors.UniqueViolation,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.ForeignKeyViolation,
)
QUICKLY = "-c timezone=UTC -c deadlock_timeout=20ms"
OUT_OF_SCOPE = "unknown_target"
"""The event was taken away from whoever reports there."""
SEED = random.randrange(10**6)


class Hammer:
    """One writer with a connection of its own."""

    def __init__(self, url: str, number: int, events: list[UUID], people: list[UUID]) -> None:
        self.url, self.events, self.people = url, events, people
        self.seeded = random.Random(f"{SEED} {number}")

    def run(self) -> int:
        """Transactions of one to four writes, with pauses, a third of them rolled back."""
        committed = 0
        with psycopg.connect(self.url, options=QUICKLY) as db:
            for _ in range(TRANSACTIONS):
                with suppress(*GUARDED):
                    for _ in range(self.seeded.randrange(1, 5)):
                        db.execute(*self._write())
                        time.sleep(self.seeded.uniform(0, 0.004))
                    if self.seeded.random() < 0.67:
                        db.commit()
                        committed += 1
                db.rollback()
        return committed

    def _write(self) -> tuple[str, list[Any]]:
        event, person = self.seeded.choice(self.events), self.seeded.choice(self.people)
        some = "id IN (SELECT id FROM staff_assignments ORDER BY random() LIMIT 3)"
        return self.seeded.choice(
            [
                (
                    "INSERT INTO staff_assignments (event_instance_id, user_id, role, status)"
                    " VALUES (%s, %s, 'brand_agent', 'cancelled')",
                    [event, person],
                ),
                (f"UPDATE staff_assignments SET user_id = %s WHERE {some}", [person]),
                (f"UPDATE staff_assignments SET special_instructions = 'x' WHERE {some}", []),
                ("UPDATE staff_assignments SET role = role WHERE event_instance_id = %s", [event]),
                (f"UPDATE staff_assignments SET deleted_at = now() WHERE {some}", []),
                (f"DELETE FROM staff_assignments WHERE {some}", []),
                (
                    "UPDATE event_instances SET field_manager_id = %s WHERE id = %s",
                    [self.seeded.choice(self.people[:2]), event],
                ),
                (
                    "UPDATE event_instances SET ends_at = ends_at + '1 minute' WHERE id = %s",
                    [event],
                ),
                ("UPDATE users SET name = name || '.' WHERE id = %s", [person]),
            ]
        )


def work(device: WireClient, events: list[UUID]) -> list[str]:
    """Pull page by page, and report something now and then; what went wrong comes back."""
    wrong = []
    for number in range(PULLS):
        held = {row["id"]: row["version"] for row in device.rows("staff_assignments")}
        operations = [a_report(device, events[number % len(events)])] if number % 5 == 0 else []
        answer = device.sync(*operations, page_rows=100)
        refused = {v["code"] for v in answer["verdicts"] if v["status"] != "applied"}
        wrong += sorted(refused - {OUT_OF_SCOPE})
        for row in answer["changes"].get("staff_assignments", []):
            if row["version"] < held.get(row["id"], 0):
                wrong.append(f"{row['id']} went back")
        if not answer["more"] and answer["digest"] != digest_of(device.mirror):
            wrong.append("the answer was of no single moment")
    return wrong


def a_report(device: WireClient, event: UUID) -> dict[str, Any]:
    payload = {
        "event_instance_id": str(event),
        "issue_type": "other",
        "description": "Hammered",
        "severity": "low",
    }
    return device.envelope("issue.report", uuid4(), payload)


def oracle(url: str, person: Person) -> dict[str, dict[str, int]]:
    """What the scope query says, asked directly: the version of every row by table and id."""
    engine = database.create_engine(url, pool_size=1)
    with engine.connect() as connection:
        settings = ServerSettings(database_url=url)
        seen = scope.of(connection, person, settings, dt.datetime.now(dt.UTC))
        found = {
            table: {
                str(row.id): row.version
                for row in connection.execute(
                    text(f"SELECT t.id, t.version FROM {table} t WHERE {scope.condition(table)}"),
                    seen.parameters,
                )
            }
            for table in BY_TABLE
        }
    engine.dispose()
    return {table: rows for table, rows in found.items() if rows}


@pytest.mark.parametrize("round_number", range(2))
def test_devices_that_pull_while_others_write_end_with_exactly_their_scope(
    central: Central, server_url: str, database_url: str, round_number: int
) -> None:
    managers = [central.a_person(name, "field_manager") for name in ("Dana", "Luis")]
    agents = [central.a_person(f"Agent{number}") for number in range(4)]
    events = [central.an_event(managers[n % 2], in_h=n / 4) for n in range(8)]
    for event in events:
        for agent in agents:
            central.a_shift(event, agent, "accepted")
    with (
        httpx.Client(base_url=server_url, timeout=60) as http,
        ThreadPoolExecutor(WRITERS + 4) as threads,
    ):
        devices = [WireClient(http, central.emails[p], PASSWORD) for p in (*managers, *agents[:2])]
        hammers = [
            Hammer(database_url, 100 * round_number + number, events, [*managers, *agents])
            for number in range(WRITERS)
        ]
        committed = [threads.submit(hammer.run) for hammer in hammers]
        wrong = list(threads.map(work, devices, [events] * len(devices)))
        assert sum(each.result() for each in committed) > WRITERS * TRANSACTIONS / 4
        for device in [*devices, *devices]:  # the first round may still be news for the others
            device.sync_all()

        assert wrong == [[]] * len(devices), SEED
        for device in devices:
            held = {
                table: {each: row["version"] for each, row in rows.items()}
                for table, rows in device.mirror.items()
                if rows
            }
            assert held == oracle(database_url, Person.model_validate(device.person)), SEED


def until_commits_wait(threads: ThreadPoolExecutor, url: str, db: psycopg.Connection) -> None:
    """A new setting takes effect at some moment: write until one write is seen to wait."""
    enough = Event()
    writing = threads.submit(keep_writing, url, enough)
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    while db.execute(waiting).fetchone() == (0,):
        pass
    enough.set()
    while not writing.done():
        db.execute(CANCEL_WAITING)


def keep_writing(url: str, enough: Event) -> None:
    with psycopg.connect(url, autocommit=True) as db:
        while not enough.is_set():
            db.execute("UPDATE server_meta SET value = value")


def test_an_operation_whose_commit_missed_the_standby_is_not_answered_but_decided_once(
    central: Central, database_url: str, ana: UUID, event: UUID
) -> None:
    """A cancelled COMMIT is in the primary only: calling it done would lose it at a failover."""
    shift = central.a_shift(event, ana)
    central.db.execute(f"ALTER DATABASE {central.db.info.dbname} SET synchronous_commit = on")
    with serving(database_url) as url, httpx.Client(base_url=url, timeout=30) as http:
        device = WireClient(http, central.emails[ana], PASSWORD)
        accept = device.envelope("assignment.accept", shift)
        with no_standby(central.db), ThreadPoolExecutor(1) as threads:
            until_commits_wait(threads, database_url, central.db)
            answer = threads.submit(device.post, accept)
            while not answer.done():
                central.db.execute(CANCEL_WAITING)
            status = answer.result().status_code

        (verdict,) = device.perform(accept)

    assert (status, verdict["status"]) == (503, "applied")
    assert len(trail_of(central.db, shift)) == 1
