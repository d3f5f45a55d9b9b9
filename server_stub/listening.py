"""How uvicorn listens, whoever starts it: whom it believes, and how much it reads of a head."""

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server_stub.settings import ServerSettings

LARGEST_HEAD_BYTES = 16 * 1024


def options(settings: ServerSettings) -> dict[str, Any]:
    """Keywords for uvicorn."""
    return {
        "http": BoundedHeads,
        "forwarded_allow_ips": settings.trusted_proxies,
        "server_header": False,
    }


class BoundedHeads(HttpToolsProtocol):
    """httptools takes a third of h11's time, but by itself reads a head of any size into memory.

    Trailers are bounded like heads, and so is whatever else brings no piece of a body.
    """

    _read_bytes = 0
    """Since the last head was complete, or the last piece of a body came."""

    def data_received(self, data: bytes) -> None:
        self._read_bytes += len(data)
        super().data_received(data)
        if self._read_bytes > LARGEST_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The request's headers are too large.")

    def on_headers_complete(self) -> None:
        self._read_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._read_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._read_bytes = 0
        super().on_message_complete()
