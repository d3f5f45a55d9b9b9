"""A window that draws nothing: Flet's protocol as a phone's or a desktop's speaks it, by hand.

So what a start takes can be measured without Flutter, which starts at the same time by itself.
"""

import os
import socket
import subprocess
import sys
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import msgpack
from flet.controls.services.semantics_service import AccessibilityFeatures

WITHIN_S = 60
REGISTER, INVOKE = 1, 5
PAGE = {"route": "/", "width": 390, "height": 844, "pwa": False, "web": False, "debug": False}
NO_FEATURES = {feature.name: False for feature in fields(AccessibilityFeatures)}
ANSWERS: dict[str, Any] = {"get_accessibility_features": NO_FEATURES}
"""To what the app asks of the device. Of anything else there is nothing: no token, no position."""
SERVER = "http://127.0.0.1:9"


def start(folder: Path, until: str) -> float:
    """Seconds from the start of the app's process until these words are sent to its window."""
    port = _free_port()
    environment = os.environ | {
        "DISPLAY": ":0",  # or Flet would serve browsers
        "FLET_DISPLAY_URL_PREFIX": "URL",  # and opens no window of its own
        "FLET_SERVER_PORT": str(port),
    }
    command = [sys.executable, "-m", "field_app.main", "--server", SERVER]
    began = time.perf_counter()
    app = subprocess.Popen(
        [*command, "--data-dir", str(folder)], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        with _connected(port, began) as window:
            _await(window, until.encode())
            return time.perf_counter() - began
    finally:
        app.kill()
        app.wait()


def _connected(port: int, began: float) -> socket.socket:
    while time.perf_counter() - began < WITHIN_S:
        try:
            window = socket.create_connection(("localhost", port), WITHIN_S)
        except ConnectionRefusedError:
            time.sleep(0.005)
            continue
        _send(window, REGISTER, {"session_id": None, "page_name": "", "page": PAGE})
        return window
    raise TimeoutError("the app opened no port")


def _await(window: socket.socket, words: bytes) -> None:
    """Answers what the app asks of the device, until the words come."""
    with window.makefile("rb") as messages:
        while True:
            packet = messages.read(int.from_bytes(messages.read(4), "little"))
            if words in packet:
                return
            action, body = msgpack.unpackb(packet[1:], strict_map_key=False)
            if action == INVOKE:
                asked = {"control_id": body["control_id"], "call_id": body["call_id"]}
                result = ANSWERS.get(body["name"])
                _send(window, INVOKE, asked | {"result": result, "error": None})


def _send(window: socket.socket, action: int, body: dict[str, Any]) -> None:
    packet = b"\0" + msgpack.packb([action, body])
    window.sendall(len(packet).to_bytes(4, "little") + packet)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
