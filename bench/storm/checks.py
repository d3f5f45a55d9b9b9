"""What has to be true after a storm: the simulator's promises, and every photo in its place."""

import datetime as dt
import hashlib
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import psycopg
from sqlalchemy import Engine

from bench.sim import invariants
from bench.sim.device import Device
from bench.storm.device import SIGNED, told
from field_app.domain.wire import SignInResponse
from server_stub import database
from server_stub.settings import ServerSettings

PHOTOS = """
    SELECT p->>'sha256', s.state
    FROM sync_operations o CROSS JOIN jsonb_array_elements(o.envelope->'payload'->'photos') p
        LEFT JOIN stored_photos s ON s.sha256 = p->>'sha256'
    WHERE o.status = 'applied'
"""


@dataclass
class Result:
    """What a storm did, and which promises it broke."""

    broken: list[str] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)
    saved: int = 0
    photos: int = 0


@dataclass
class Afterwards:
    """The central database as the invariants look at it."""

    engine: Engine
    settings: ServerSettings
    order: dict[str, int]
    contradictions: list[str] = field(default_factory=list)

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)


def check(url: str, kept: Path, folders: list[Path]) -> Result:
    """Look at the files of every device and at the central database, with nobody at work."""
    engine = database.create_engine(url, pool_size=1)
    held = [_open(folder) for folder in folders]
    try:
        with psycopg.connect(url, autocommit=True) as db:
            query = "SELECT operation_id FROM sync_operations ORDER BY received_at, seq"
            order = {str(row[0]): place for place, row in enumerate(db.execute(query).fetchall())}
            central = Afterwards(engine, ServerSettings(database_url=url), order)
            photos = db.execute(PHOTOS).fetchall()
            broken = invariants.broken(db, central, held)
            broken += _photos_arrived(photos, kept)
    finally:
        engine.dispose()
        for device in held:
            device.store.close()
    saved = sum(len(device.told.saved) for device in held)
    return Result(broken, saved=saved, photos=len(photos))


def _open(folder: Path) -> Device:
    said = SignInResponse.model_validate_json((folder / SIGNED).read_text())
    device = Device(folder, said.device_id, said.person, random.Random())
    device.told.saved = {UUID(each): kind for each, kind in told(folder).items()}
    return device


def _photos_arrived(photos: list[tuple[str, str]], kept: Path) -> Iterator[str]:
    """I6: the picture of every photo that was named, byte by byte."""
    for sha256, state in photos:
        if state != "stored":
            yield f"I6 photo {sha256[:8]} is {state or 'owed'}"
        elif sha256 not in {_hash(file) for file in kept.rglob(f"{sha256}*") if file.is_file()}:
            yield f"I6 photo {sha256[:8]} is not what was sent"


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
