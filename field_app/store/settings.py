"""This device's own settings: a name and a text each, beside the mirror."""

from enum import StrEnum

from sqlmodel import Session

from field_app.store.tables import SettingRow


class Setting(StrEnum):
    """Every setting there is."""

    DEVICE_ID = "device_id"
    PERSON = "person"
    MIRROR_SCHEMA = "mirror_schema"
    LAST_SEQ = "last_seq"
    CURSOR = "cursor"
    EPOCH = "epoch"
    GENERATION = "generation"
    SNAPSHOT = "snapshot"
    REBASE_DUE = "rebase_due"
    LAST_SYNCED_AT = "last_synced_at"
    CLOCK_OFFSET = "clock_offset"
    DIGEST_MISSES = "digest_misses"
    REPAIRS = "repairs"
    SALVAGED = "salvaged"
    FLIGHT_MODE = "flight_mode"
    THEME = "theme"
    TEXT_SIZE = "text_size"
    LANGUAGE = "language"
    HOURS = "hours"
    PHOTOS_ON_WIFI = "photos_on_wifi"


def get(session: Session, name: str) -> str | None:
    row = session.get(SettingRow, str(name))
    return None if row is None else row.value


def get_int(session: Session, name: str) -> int:
    """A counter; 0 where it was never set."""
    return int(get(session, name) or 0)


def put(session: Session, name: str, value: str | int | None) -> None:
    """Set a setting; None forgets it."""
    row = session.get(SettingRow, str(name))
    if value is None:
        if row is not None:
            session.delete(row)
    elif row is None:
        session.add(SettingRow(name=str(name), value=str(value)))
    else:
        row.value = str(value)
    session.flush()
