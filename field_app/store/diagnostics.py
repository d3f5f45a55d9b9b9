"""What a person can send the office when something looks wrong: states and counts, nothing private.

No token, no position, no name, and nothing of what anybody wrote.
"""

import datetime as dt
import platform
import shutil
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, func, select

from field_app.store import offsets, settings
from field_app.store.settings import Setting
from field_app.store.status import SyncStatus
from field_app.store.tables import ROWS, OutboxRow, PhotoRow

TOLD = (
    Setting.DEVICE_ID,
    Setting.EPOCH,
    Setting.GENERATION,
    Setting.LAST_SYNCED_AT,
    Setting.DIGEST_MISSES,
    Setting.REPAIRS,
    Setting.FLIGHT_MODE,
    Setting.PHOTOS_ON_WIFI,
    Setting.MIRROR_SCHEMA,
)
OPERATION = (
    "seq",
    "operation_id",
    "author_id",
    "target_id",
    "kind",
    "occurred_at",
    "status",
    "code",
    "decided_at",
    "sent_at",
    "attempts",
    "may_be_refused",
    "dismissed_at",
)
PHOTO = ("sha256", "record_id", "bytes", "sent_bytes", "status", "settled_at")


def bundle(
    session: Session, folder: Path, status: SyncStatus, app_version: str, now: dt.datetime
) -> dict[str, Any]:
    """Everything somebody needs to find out why work is not at the office."""
    offset = offsets.load(session)
    return {
        "made_at": now.isoformat(),
        "app_version": app_version,
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "free_mb": shutil.disk_usage(folder).free // 1_000_000,
        "sync": {"phase": status.phase, "since": status.since.isoformat()},
        "settings": {name: settings.get(session, name) for name in TOLD},
        "has_cursor": settings.get(session, Setting.CURSOR) is not None,
        "clock_offset_ms": offset.offset_ms if offset else None,
        "rows": {record.table: _count(session, row) for record, row in ROWS.items()},
        "operations": _listed(session, OutboxRow, OPERATION),
        "photos": _listed(session, PhotoRow, PHOTO),
        "files": {path.name: path.stat().st_size for path in sorted(folder.glob("*.*"))},
    }


def _count(session: Session, row: Any) -> int:
    return session.exec(select(func.count()).select_from(row)).one()


def _listed(session: Session, row: Any, names: tuple[str, ...]) -> list[dict[str, Any]]:
    columns = [col(getattr(row, name)) for name in names]
    found = session.exec(select(*columns)).all()
    return [
        {
            name: None if value is None else str(value)
            for name, value in zip(names, each, strict=True)
        }
        for each in found
    ]
