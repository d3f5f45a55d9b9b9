"""Reading from a streaming replica: never anything older than the moment somebody asked."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.005
REST_S = {True: 1.0, False: 10.0}
"""How long a replica is left alone that is behind, and one that is not there."""

WRITTEN = text("SELECT CAST(pg_current_wal_insert_lsn() AS text)")
HAS_IT = text("""
    SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= CAST(:written AS pg_lsn)
""")


class Behind(Exception):
    """The replica does not have yet what the primary had when it was asked."""


class Replica:
    """A replica that answers are read from for as long as it keeps up."""

    def __init__(self, engine: Engine, wait_s: float) -> None:
        self._engine = engine
        self._wait_s = wait_s
        self._rests_until = 0.0

    @property
    def is_ready(self) -> bool:
        return time.monotonic() >= self._rests_until

    def rest(self, error: Exception) -> None:
        """Leave it alone for a while; the primary answers."""
        log.warning("answers come from the primary for now: %s", type(error).__name__)
        self._rests_until = time.monotonic() + REST_S[isinstance(error, Behind)]

    @contextmanager
    def snapshot(self, primary: Engine) -> Iterator[Connection]:
        """One snapshot with everything that the primary had committed by now. Raises Behind.

        How far the replica is has to be known before the snapshot is taken, and the first
        statement of a transaction takes it: hence two transactions of one session.
        """
        with primary.connect() as connection:
            written = connection.execute(WRITTEN).scalar_one()
        with self._engine.connect() as connection:
            self._await(connection, written)
            connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    def close(self) -> None:
        self._engine.dispose()

    def _await(self, connection: Connection, written: str) -> None:
        give_up_at = time.monotonic() + self._wait_s
        while True:
            with connection.begin():
                has_it = connection.execute(HAS_IT, {"written": written}).scalar_one()
            if has_it:
                return
            if time.monotonic() >= give_up_at:
                raise Behind
            time.sleep(LOOK_EVERY_S)
