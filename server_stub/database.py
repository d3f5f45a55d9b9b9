"""The way to the central database: engines, and migrating it up and down."""

import contextlib
from collections.abc import Iterator

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, make_url, text

VERSION_TABLE = "fieldkit_schema_version"
"""Not Alembic's own name: the booking system may keep its migrations in the same database."""

SERVING = {
    "timezone": "UTC",
    "statement_timeout": "30s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "60s",
    # Planning the scope of an agent takes twice as long as reading it.
    "plan_cache_mode": "force_generic_plan",
}
MIGRATING = {"timezone": "UTC", "statement_timeout": "0", "lock_timeout": "60s"}
MIGRATION_LOCK = 0x_F1E1_D517


def create_engine(url: str, *, pool_size: int = 10) -> Engine:
    """An engine whose sessions run in UTC and give up rather than hang.

    Takes plain `postgresql://` URLs.
    """
    return sqlalchemy.create_engine(
        _with_driver(url),
        pool_size=pool_size,
        pool_pre_ping=True,
        connect_args=_session_settings(SERVING),
    )


def migrate(url: str, revision: str = "head") -> None:
    """Bring the database up to `revision`; a second process waits for the first."""
    with _migration(url) as config:
        command.upgrade(config, revision)


def downgrade(url: str, revision: str) -> None:
    """Take the database back to `revision`; "base" leaves it as it was before us."""
    with _migration(url) as config:
        command.downgrade(config, revision)


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


def head_revision() -> str:
    """The revision that this version of the software wants."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def revisions() -> list[str]:
    """Every revision there is, the oldest first."""
    script = ScriptDirectory.from_config(_config())
    return [each.revision for each in reversed(list(script.walk_revisions()))]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "server_stub:migrations")
    config.set_main_option("path_separator", "os")
    return config


@contextlib.contextmanager
def _migration(url: str) -> Iterator[Config]:
    """Alembic with a connection of ours, while no other process migrates the same database."""
    engine = sqlalchemy.create_engine(
        _with_driver(url),
        poolclass=sqlalchemy.NullPool,
        connect_args=_session_settings(MIGRATING),
    )
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        connection.commit()
        config = _config()
        config.attributes["connection"] = connection
        yield config
    engine.dispose()


def _with_driver(url: str) -> sqlalchemy.URL:
    parsed = make_url(url)
    if parsed.drivername in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _session_settings(settings: dict[str, str]) -> dict[str, str]:
    return {"options": " ".join(f"-c {name}={value}" for name, value in settings.items())}
