"""Photos that nobody needs any more leave the store; that they were there stays written down."""

import datetime as dt
import logging
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, text

from server_stub.photos import records
from server_stub.photos.store import Photo, PhotoStore

log = logging.getLogger(__name__)

GRACE: Final = dt.timedelta(days=2)
"""How long a photo may wait for the operation that names it."""
A_RUN: Final = 1000

# Needed: named by an issue or a punch of its organization whose event is not long over.
UNNEEDED = text("""
    SELECT s.organization_id, s.sha256 FROM stored_photos s
    WHERE s.deleted_at IS NULL AND s.stored_at < :settled
    AND NOT EXISTS (
        SELECT FROM issue_photos p
        JOIN event_issues i ON i.id = p.issue_id JOIN users u ON u.id = i.reported_by
        JOIN event_instances e ON e.id = i.event_instance_id
        WHERE p.sha256 = s.sha256 AND p.state <> 'removed' AND e.ends_at > :ended
            AND u.organization_id IS NOT DISTINCT FROM s.organization_id)
    AND NOT EXISTS (
        SELECT FROM staff_assignments a JOIN event_instances e ON e.id = a.event_instance_id
        WHERE e.ends_at > :ended AND (a.location_at_check_in->>'photo' = s.sha256
            OR a.location_at_check_out->>'photo' = s.sha256))
    AND NOT EXISTS (
        SELECT FROM review_items r JOIN event_instances e ON e.id = r.event_instance_id
        WHERE e.ends_at > :ended AND r.evidence->>'photo' = s.sha256)
    ORDER BY s.stored_at LIMIT :most FOR UPDATE OF s SKIP LOCKED
""")
DELETED = text("""
    UPDATE stored_photos SET deleted_at = :now
    WHERE sha256 = :sha256 AND organization_id IS NOT DISTINCT FROM :organization
""")
REMOVED = text("""
    UPDATE issue_photos p SET state = 'removed'
    FROM event_issues i JOIN users u ON u.id = i.reported_by
    WHERE i.id = p.issue_id AND p.sha256 = :sha256 AND p.state <> 'removed'
        AND u.organization_id IS NOT DISTINCT FROM :organization
    RETURNING p.issue_id
""")
TAKEN_AWAY = text("""
    SELECT DISTINCT i.id FROM event_issues i JOIN issue_photos p ON p.issue_id = i.id
    WHERE p.state = 'removed' AND i.photo_urls::text LIKE '%' || p.sha256 || '%'
""")


def delete_unneeded(
    engine: Engine, store: PhotoStore, base_url: str, days: int, now: dt.datetime | None = None
) -> list[Photo]:
    """Delete photos that were taken away, or whose events ended so many days ago.

    The row of a photo is locked while its files go, so nobody is told meanwhile that it is there;
    after a crash the next run does it again. Returns what was deleted, and logs it.
    """
    now = now or dt.datetime.now(dt.UTC)
    with engine.begin() as connection:
        records.tell_urls(connection, base_url, list(connection.execute(TAKEN_AWAY).scalars()))
        found = connection.execute(
            UNNEEDED,
            {"settled": now - GRACE, "ended": now - dt.timedelta(days=days), "most": A_RUN},
        ).all()
        issues = [each for row in found for each in _forget(connection, row, now)]
        records.tell_urls(connection, base_url, issues)
        deleted = [Photo(row.organization_id, row.sha256) for row in found]
        for photo in deleted:
            store.drop(photo.key)
            store.drop(photo.thumb_key)
            log.info("deleted photo %s of organization %s", photo.sha256, photo.organization_id)
    return deleted


def _forget(
    connection: Connection, row: Row[tuple[UUID | None, str]], now: dt.datetime
) -> list[UUID]:
    which = {"organization": row.organization_id, "sha256": row.sha256, "now": now}
    connection.execute(DELETED, which)
    return list(connection.execute(REMOVED, which).scalars())
