"""How uvicorn listens, whoever starts it: whom it believes, and how much it reads of a head."""

from typing import Any

from server_stub.settings import ServerSettings

LARGEST_HEAD_BYTES = 16 * 1024


def options(settings: ServerSettings) -> dict[str, Any]:
    """Keywords for uvicorn. h11, because httptools reads a head of any size into memory."""
    return {
        "http": "h11",
        "h11_max_incomplete_event_size": LARGEST_HEAD_BYTES,
        "forwarded_allow_ips": settings.trusted_proxies,
        "server_header": False,
    }
