"""How the sync is doing, as screens show it."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class SyncPhase(StrEnum):
    """What the sync is doing now, or why it is not."""

    IDLE = "idle"
    SYNCING = "syncing"
    OFFLINE = "offline"
    SIGNED_OUT = "signed_out"
    UPGRADE_REQUIRED = "upgrade_required"
    BROKEN = "broken"


@dataclass(frozen=True)
class SyncStatus:
    """`since`: when this phase began. `message`: a sentence where something needs saying."""

    phase: SyncPhase
    since: dt.datetime
    last_synced_at: dt.datetime | None = None
    message: str | None = None
    flight_mode: bool = False
