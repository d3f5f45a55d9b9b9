"""What the database says of photos: whether they came, and who may see them."""

import datetime as dt
from uuid import UUID

from sqlalchemy import Engine, text

from field_app.domain.issue import PhotoState
from field_app.domain.wire import Person
from server_stub import scope
from server_stub.photos.store import Photo
from server_stub.settings import ServerSettings

MARK = text("""
    UPDATE issue_photos p SET state = :state, bytes = :bytes, uploaded_at = now()
    FROM event_issues i JOIN users u ON u.id = i.reported_by
    WHERE i.id = p.issue_id AND p.sha256 = :sha256 AND p.state <> :state
        AND u.organization_id IS NOT DISTINCT FROM :organization
    RETURNING p.issue_id
""")
# The booking system's own column says the same, in the order of the photos.
URLS = text("""
    UPDATE event_issues i SET photo_urls = (
        SELECT array_agg(CAST(:base AS text) || p.sha256 ORDER BY p.position, p.id)
        FROM issue_photos p WHERE p.issue_id = i.id AND p.state = 'stored')
    WHERE i.id = ANY(:issues)
""")
READABLE = text("""
    SELECT u.organization_id FROM issue_photos p
    JOIN event_issues i ON i.id = p.issue_id JOIN users u ON u.id = i.reported_by
    WHERE p.sha256 = :sha256 AND p.state = 'stored' AND p.event_instance_id = ANY(:events)
    LIMIT 1
""")


def mark(engine: Engine, base_url: str, photo: Photo, state: PhotoState, size: int) -> None:
    """Write down that a photo came, at every issue of its organization that names it."""
    with engine.begin() as connection:
        named = {
            "sha256": photo.sha256,
            "organization": photo.organization_id,
            "state": state.value,
            "bytes": size,
        }
        issues: list[UUID] = list(connection.execute(MARK, named).scalars())
        if issues:
            connection.execute(URLS, {"base": f"{base_url}/v1/photos/", "issues": issues})


def readable(engine: Engine, settings: ServerSettings, person: Person, sha256: str) -> Photo | None:
    """The photo, where an issue that this person may see names it; None otherwise."""
    with engine.begin() as connection:
        seen = scope.of(connection, person, settings, dt.datetime.now(dt.UTC))
        asked = {"sha256": sha256, "events": list(seen.events)}
        row = connection.execute(READABLE, asked).first()
    return None if row is None else Photo(row.organization_id, sha256)
