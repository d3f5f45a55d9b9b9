"""After a restore, before serving: what still has to be done. Changes nothing."""

from collections.abc import Callable

from sqlalchemy import Connection, Engine, text

from server_stub.photos.store import Photo, PhotoStore
from server_stub.schema_fit import fit_of
from server_stub.verify import Check, verify

STORED = text("""
    SELECT organization_id, sha256 FROM stored_photos
    WHERE deleted_at IS NULL AND state = 'stored' ORDER BY sha256
""")
NEWEST = text("SELECT max(received_at) FROM sync_operations")
NEWEST_AUDIT = text("SELECT max(received_at) FROM audit_entries")
CURSORS = text("SELECT count(*) FROM client_views")


def restore_check(engine: Engine, store: PhotoStore) -> list[Check]:
    """The schema first: where it does not fit, nothing else is looked at."""
    with engine.connect() as connection:
        schema = _schema(connection)
        if not schema.is_met:
            return [schema]
        found = [schema, _epoch(connection), _photos(connection, store.size), _newest(connection)]
    return found + verify(engine)


def _schema(connection: Connection) -> Check:
    fit = fit_of(connection)
    return Check(
        "the schema fits this server", fit.wanted, str(fit.held), [] if fit.is_good else [fit.told]
    )


def _epoch(connection: Connection) -> Check:
    """`restored` forgets every device's cursor, and only a served device gets a new one."""
    held = connection.scalar(CURSORS) or 0
    misses = ["Run sync-server restored, so that devices send their work again."] if held else []
    return Check("no device's cursor is from before the restore", "0", str(held), misses)


def _photos(connection: Connection, size: Callable[[str], int | None]) -> Check:
    photos = [Photo(row.organization_id, row.sha256) for row in connection.execute(STORED)]
    lost = [photo.key for photo in photos if size(photo.key) is None]
    misses = ["Copy these from the backup of the photo store:", *lost] if lost else []
    return Check("stored photos are there", str(len(photos)), str(len(photos) - len(lost)), misses)


def _newest(connection: Connection) -> Check:
    operation, entry = connection.scalar(NEWEST), connection.scalar(NEWEST_AUDIT)
    found = f"operation {operation or 'none'}, audit entry {entry or 'none'}"
    return Check("newest in the backup", "devices bring what is later, for 30 days", found)
