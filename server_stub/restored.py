"""After the database came back from a backup: have devices hand in what it has lost."""

from sqlalchemy import Engine, text

BEYOND = 1_000_000_000
"""More versions than can have been given out since the backup was made."""

NEW_EPOCH = text("UPDATE server_meta SET value = gen_random_uuid()::text WHERE key = 'epoch'")
FORGET_CURSORS = text("DELETE FROM client_views")
SKIP_VERSIONS = text("""
    SELECT setval('record_version', last_value + :beyond) FROM record_version
""")


def begin_epoch(engine: Engine) -> None:
    """Start a new epoch: every device sends its last 30 days again and fetches all its rows.

    What the backup knows is answered as it was; the rest is decided now, under the same ids. No
    version is given out twice, because devices may hold rows with the ones that were lost.
    """
    with engine.begin() as connection:
        connection.execute(NEW_EPOCH)
        connection.execute(FORGET_CURSORS)
        connection.execute(SKIP_VERSIONS, {"beyond": BEYOND})
