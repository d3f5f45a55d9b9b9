"""The way to the central database: engines, and migrating it up and down."""

import contextlib
import functools
import logging
import time
from collections.abc import Callable, Iterator

import psycopg
import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import ReadOnlySqlTransaction
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from server_stub.sessions import COMMIT_WAIT_S, Session, parameters, sqlstate_of

log = logging.getLogger(__name__)

VERSION_TABLE = "fieldkit_schema_version"
"""Not Alembic's own name: the booking system may keep its migrations in the same database."""

SERVING = {
    "timezone": "UTC",
    "statement_timeout": "30s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "60s",
    # Planning the scope of an agent takes twice as long as reading it.
    "plan_cache_mode": "force_generic_plan",
    # A plan for any person looks large enough for helpers, who take longer to begin than to finish.
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
}
MIGRATING = {"timezone": "UTC", "statement_timeout": "0", "lock_timeout": "60s"}
SET_LOCALLY = text(
    "SELECT " + ", ".join(f"set_config('{name}', '{SERVING[name]}', true)" for name in SERVING)
)
MIGRATION_LOCK = 0x_F1E1_D517
# Servers wait behind a migration that waits. So it soon lets them through, and tries again; soon
# enough that PostgreSQL has found no deadlock yet, which could end a request instead.
GIVE_WAY = text("SELECT set_config('lock_timeout', '250ms', false)")
IN_THE_WAY = {"55P03", "40P01"}
"""Lock not available, deadlock."""
TRIES, PAUSE_S = 240, 0.5
USED_AT = "fieldkit_used_at"
BELIEVED_S = 2.0


def create_engine(
    url: str,
    *,
    pool_size: int = 10,
    is_pooled: bool = False,
    commit_wait_s: float = COMMIT_WAIT_S,
) -> Engine:
    """An engine whose sessions run in UTC, give up rather than hang, and commit for certain.

    Takes what libpq takes, several hosts too. `is_pooled`: a pooler gives a session to somebody
    else after each transaction, so nothing is left behind in it. Raises ArgumentError.
    """
    where = parameters(url, None if is_pooled else SERVING)
    if is_pooled:
        where["prepare_threshold"] = None

    def connect() -> Session:
        session = Session.connect(**where)
        session.commit_wait_s = commit_wait_s
        return session

    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://",
        creator=connect,
        pool_size=pool_size,
        max_overflow=0,  # one that comes and goes is planned anew for each time
        pool_use_lifo=True,  # so that what was planned is used, and what is not needed rests
        hide_parameters=True,  # errors are logged, and parameters are what people wrote
    )
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", _ensure_alive)
    event.listen(engine, "handle_error", _leave_demoted, retval=True)
    if is_pooled:
        event.listen(engine, "begin", _set_for_this_transaction)
    return engine


def _note_use(_: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info[USED_AT] = time.monotonic()


def _ensure_alive(session: DBAPIConnection, record: ConnectionPoolEntry, _: object) -> None:
    """Ask a connection that has been idle whether it is still there; the pool opens another one.

    One that has just been used is believed: to ask every time is a fifth of what a sync costs.
    """
    if time.monotonic() - record.info.get(USED_AT, time.monotonic()) < BELIEVED_S:
        return
    assert isinstance(session, Session)
    try:
        session.execute("")
        session.rollback()
    except psycopg.Error as error:
        raise DisconnectionError from error


def _leave_demoted(context: ExceptionContext) -> OperationalError | None:
    """A primary that became a standby, and every connection to it, is of no use any more."""
    error = context.original_exception
    if not isinstance(error, ReadOnlySqlTransaction):
        return None
    context.is_disconnect = True
    return OperationalError(context.statement, None, error, connection_invalidated=True)


def _set_for_this_transaction(connection: Connection) -> None:
    connection.execute(SET_LOCALLY)


def migrate(url: str, revision: str = "head") -> None:
    """Bring the database up to `revision`; a second process waits for the first.

    Servers may be at work meanwhile. Each revision is done whole or not at all.
    """
    with _migration(url) as config:
        _giving_way(lambda: command.upgrade(config, revision))


def downgrade(url: str, revision: str) -> None:
    """Take the database back to `revision`; "base" leaves it as it was before us."""
    with _migration(url) as config:
        _giving_way(lambda: command.downgrade(config, revision))


def current_revision(url: str) -> str | None:
    """The revision that the database is at; None when it was never migrated."""
    engine = create_engine(url, pool_size=1)
    try:
        with engine.connect() as connection:
            return revision_of(connection)
    finally:
        engine.dispose()


def revision_of(connection: Connection) -> str | None:
    options = {"version_table": VERSION_TABLE}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


@functools.cache
def head_revision() -> str:
    """The revision that this version of the software wants."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def revisions() -> list[str]:
    """Every revision there is, the oldest first."""
    script = ScriptDirectory.from_config(_config())
    return [each.revision for each in reversed(list(script.walk_revisions()))]


def _giving_way(step: Callable[[], None]) -> None:
    """Revisions that are done stay done, so trying again goes on where it was."""
    for _ in range(TRIES - 1):
        try:
            return step()
        except OperationalError as error:
            if sqlstate_of(error) not in IN_THE_WAY:
                raise
            log.info("something else is at work on these tables; trying again")
            time.sleep(PAUSE_S)
    return step()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "server_stub:migrations")
    config.set_main_option("path_separator", "os")
    return config


@contextlib.contextmanager
def _migration(url: str) -> Iterator[Config]:
    """Alembic with a connection of ours, while no other process migrates the same database."""
    where = parameters(url, MIGRATING)
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://",
        creator=lambda: Session.connect(**where),
        poolclass=sqlalchemy.NullPool,
    )
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        connection.execute(GIVE_WAY)
        connection.commit()
        config = _config()
        config.attributes["connection"] = connection
        yield config
    engine.dispose()
