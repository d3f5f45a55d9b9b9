"""Opening a store of any age: the mirror is rebuilt when its shape changed, the outbox never."""

import hashlib

from sqlalchemy import inspect
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import Session, SQLModel

from field_app.domain.mirrored import BY_TABLE
from field_app.store import settings
from field_app.store.settings import Setting
from field_app.store.tables import PRECIOUS

_REBUILDABLE = [SQLModel.metadata.tables[name] for name in [*BY_TABLE, "confirmed"]]
_PRECIOUS = [SQLModel.metadata.tables[name] for name in PRECIOUS]


def prepare(session: Session) -> None:
    """Create what is missing, and start the mirror anew when its tables changed."""
    connection = session.connection()
    SQLModel.metadata.create_all(connection, tables=_PRECIOUS)
    if settings.get(session, Setting.MIRROR_SCHEMA) == mirror_schema():
        return
    present = set(inspect(connection).get_table_names())
    SQLModel.metadata.drop_all(connection, tables=[t for t in _REBUILDABLE if t.name in present])
    SQLModel.metadata.create_all(connection, tables=_REBUILDABLE)
    for forgotten in (Setting.CURSOR, Setting.SNAPSHOT, Setting.GENERATION):
        settings.put(session, forgotten, None)
    settings.put(session, Setting.MIRROR_SCHEMA, mirror_schema())


def mirror_schema() -> str:
    """A fingerprint of the mirror's tables and of what they are looked up by."""
    ddl = "".join(str(CreateTable(table)) for table in _REBUILDABLE)
    ddl += "".join(sorted(str(CreateIndex(each)) for t in _REBUILDABLE for each in t.indexes))
    return hashlib.sha256(ddl.encode()).hexdigest()[:16]
