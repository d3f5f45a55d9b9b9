"""Reading from a streaming replica: never anything older than the moment somebody asked."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.005
FLUSH_AFTER = 3

WRITTEN = text("SELECT CAST(pg_current_wal_insert_lsn() AS text)")
# What wrote no row of its own (a page tidied up in reading) may lie unflushed for half a minute,
# and nothing is sent to a replica before it is flushed. A commit flushes all that came before it.
FLUSH = text("""
    SELECT set_config('synchronous_commit', 'local', true),
        pg_logical_emit_message(true, 'fieldkit', '')
""")
HAS_IT = text("""
    SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= CAST(:written AS pg_lsn)
""")


class Behind(Exception):
    """The replica does not have yet what the primary had when it was asked."""


class Replica:
    """A replica that answers are read from for as long as it keeps up."""

    def __init__(self, engine: Engine, *, wait_s: float, rest_s: float) -> None:
        self._engine = engine
        self._wait_s = wait_s
        self._rest_s = rest_s
        self._rests_until = 0.0

    @property
    def is_ready(self) -> bool:
        return time.monotonic() >= self._rests_until

    def rest(self, error: Exception) -> None:
        """Leave it alone for a while; the primary answers."""
        log.warning("answers come from the primary for now: %s", type(error).__name__)
        self._rests_until = time.monotonic() + self._rest_s

    @contextmanager
    def snapshot(self, primary: Engine) -> Iterator[Connection]:
        """One snapshot with everything that the primary had committed by now. Raises Behind.

        How far the replica is has to be known before the snapshot is taken, and the first
        statement of a transaction takes it: hence two transactions of one session.
        """
        with primary.connect() as connection:
            written = connection.execute(WRITTEN).scalar_one()
        with self._engine.connect() as connection:
            self._await(connection, written, primary)
            connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    def close(self) -> None:
        self._engine.dispose()

    def _await(self, connection: Connection, written: str, primary: Engine) -> None:
        give_up_at = time.monotonic() + self._wait_s
        looks = 0
        while not _has(connection, written):
            if time.monotonic() >= give_up_at:
                raise Behind
            looks += 1
            if looks == FLUSH_AFTER:
                with primary.begin() as flushing:
                    flushing.execute(FLUSH)
            time.sleep(LOOK_EVERY_S)


def _has(connection: Connection, written: str) -> bool:
    with connection.begin():
        return bool(connection.execute(HAS_IT, {"written": written}).scalar_one())
