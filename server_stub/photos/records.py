"""What the database says of photos: whether they came, who names them, and who may see them."""

import datetime as dt
from uuid import UUID

from sqlalchemy import Connection, Engine, text

from field_app.domain.issue import PhotoState
from field_app.domain.wire import Person
from server_stub import scope
from server_stub.photos.store import Photo, PhotoStore
from server_stub.settings import ServerSettings

ENTER = text("""
    INSERT INTO stored_photos (organization_id, sha256, bytes, state)
    VALUES (:organization, :sha256, :bytes, :state)
    ON CONFLICT (organization_id, sha256) DO UPDATE
        SET state = excluded.state, stored_at = now(), deleted_at = NULL
        WHERE stored_photos.deleted_at IS NOT NULL OR stored_photos.state <> excluded.state
""")
IS_BAD = text("""
    SELECT FROM stored_photos WHERE sha256 = :sha256 AND state = 'bad' AND deleted_at IS NULL
        AND organization_id IS NOT DISTINCT FROM :organization
""")
MARK = text("""
    UPDATE issue_photos p SET state = :state, bytes = :bytes, uploaded_at = now()
    FROM event_issues i JOIN users u ON u.id = i.reported_by
    WHERE i.id = p.issue_id AND p.sha256 = :sha256 AND p.state NOT IN (:state, 'removed')
        AND u.organization_id IS NOT DISTINCT FROM :organization
    RETURNING p.issue_id
""")
# The booking system's own column says the same, in the order of the photos.
URLS = text("""
    UPDATE event_issues i SET photo_urls = said.urls
    FROM (SELECT j.id, (
            SELECT array_agg(CAST(:base AS text) || p.sha256 ORDER BY p.position, p.id)
            FROM issue_photos p WHERE p.issue_id = j.id AND p.state = 'stored') AS urls
        FROM event_issues j WHERE j.id = ANY(:issues)) said
    WHERE i.id = said.id AND i.photo_urls IS DISTINCT FROM said.urls
""")
READABLE = text("""
    SELECT u.organization_id FROM issue_photos p
    JOIN event_issues i ON i.id = p.issue_id JOIN users u ON u.id = i.reported_by
    WHERE p.sha256 = :sha256 AND p.state = 'stored' AND p.event_instance_id = ANY(:events)
    UNION ALL
    SELECT u.organization_id FROM staff_assignments a JOIN users u ON u.id = a.user_id
    WHERE (a.location_at_check_in->>'photo' = :sha256
            OR a.location_at_check_out->>'photo' = :sha256)
        AND (a.event_instance_id = ANY(:run) OR a.user_id = :me)
    UNION ALL
    SELECT u.organization_id FROM review_items r
    JOIN staff_assignments a ON a.id = r.target_id JOIN users u ON u.id = a.user_id
    WHERE r.evidence->>'photo' = :sha256 AND r.event_instance_id = ANY(:run)
    LIMIT 1
""")


def mark(
    engine: Engine, store: PhotoStore, base_url: str, photo: Photo, state: PhotoState, size: int
) -> bool:
    """Write down that a photo came, at every issue of its organization that names it.

    False where the retention job has taken it away just now.
    """
    with engine.connect() as connection, connection.begin() as transaction:
        named = {
            "sha256": photo.sha256,
            "organization": photo.organization_id,
            "state": state.value,
            "bytes": size,
        }
        connection.execute(ENTER, named)  # whatever it changes, it locks the row
        if store.size(photo.key) is None:
            transaction.rollback()
            return False
        tell_urls(connection, base_url, list(connection.execute(MARK, named).scalars()))
    return True


def is_bad(engine: Engine, photo: Photo) -> bool:
    """Whether it was looked at, and is no picture that may be shown."""
    named = {"sha256": photo.sha256, "organization": photo.organization_id}
    with engine.connect() as connection:
        return connection.execute(IS_BAD, named).first() is not None


def tell_urls(connection: Connection, base_url: str, issues: list[UUID]) -> None:
    """Have the booking system's column name the photos that these issues have now."""
    if issues:
        connection.execute(URLS, {"base": f"{base_url}/v1/photos/", "issues": issues})


def readable(engine: Engine, settings: ServerSettings, person: Person, sha256: str) -> Photo | None:
    """The photo, where an issue or a punch that this person may see names it; None otherwise."""
    with engine.begin() as connection:
        seen = scope.of(connection, person, settings, dt.datetime.now(dt.UTC))
        asked = {name: seen.parameters[name] for name in ("events", "run", "me")}
        row = connection.execute(READABLE, asked | {"sha256": sha256}).first()
    return None if row is None else Photo(row.organization_id, sha256)
