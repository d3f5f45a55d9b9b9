"""What a list says while it has nothing: that there is nothing, or that nothing came yet."""

import flet as ft

from field_app.store.status import SyncPhase
from field_app.views.hooks import component, use_sync_status
from field_app.views.language import tr
from field_app.views.parts.surfaces import empty

COMING = {SyncPhase.IDLE, SyncPhase.SYNCING}


@component
def Nothing(icon: ft.IconData, heading: str, text: str | None = None) -> ft.Control:
    """What is said is only true once this device has heard from the office."""
    sync = use_sync_status()
    if sync.last_synced_at is not None:
        return empty(icon, heading, text)
    if sync.phase in COMING and not sync.flight_mode:
        return empty(
            ft.Icons.CLOUD_DOWNLOAD_OUTLINED, tr("Fetching your shifts, kits and reports\u2026")
        )
    return empty(
        ft.Icons.CLOUD_OFF,
        tr("Nothing was fetched yet."),
        tr("It comes by itself as soon as there is a connection."),
    )
