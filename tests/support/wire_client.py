"""A client that knows only docs/protocol.md: plain HTTP and dictionaries, nothing of ours."""

import datetime as dt
import json
from typing import Any
from uuid import UUID, uuid4

import httpx


def now() -> str:
    return wire_instant(dt.datetime.now(dt.UTC))


def wire_instant(instant: dt.datetime) -> str:
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class WireClient:
    """One device of one person. `http` is any httpx client whose base URL is the server."""

    def __init__(self, http: httpx.Client, email: str, password: str) -> None:
        self.http = http
        self.device_id = str(uuid4())
        answer = self.sign_in(email, password)
        answer.raise_for_status()
        body = answer.json()
        self.token: str = body["token"]
        self.person: dict[str, Any] = body["person"]
        self.cursor: str | None = None
        self.mirror: dict[str, dict[str, dict[str, Any]]] = {}
        self.seq = 0

    def sign_in(self, email: str, password: str) -> httpx.Response:
        device = {
            "id": self.device_id,
            "name": "Foreign client",
            "platform": "test",
            "app_version": "1",
        }
        body = {"email": email, "password": password, "device": device}
        return self.http.post("/v1/auth/sign-in", json=body)

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}

    def envelope(
        self, kind: str, target_id: str | UUID, payload: dict[str, Any] | None = None, **more: Any
    ) -> dict[str, Any]:
        """An operation made now by a well-set clock, unless told otherwise."""
        self.seq += 1
        return {
            "id": str(uuid4()),
            "seq": self.seq,
            "kind": kind,
            "kind_version": 1,
            "target_id": str(target_id),
            "base_version": None,
            "occurred_at": now(),
            "clock": {"device_at": now(), "offset_ms": 0, "grade": "high"},
            "time_zone_offset_min": 0,
            "payload": payload or {},
        } | more

    def post(self, *operations: Any, **more: Any) -> httpx.Response:
        """One raw sync request."""
        body = {
            "protocol": 1,
            "app_version": "1",
            "cursor": self.cursor,
            "sent": {"device_at": now(), "boot_id": "boot", "monotonic_ms": 1},
            "operations": list(operations),
        } | more
        headers = self.headers | {"content-type": "application/json"}
        return self.http.post("/v1/sync", content=json.dumps(body), headers=headers)

    def sync(self, *operations: Any, **more: Any) -> dict[str, Any]:
        """One sync request, taken in; returns the answer."""
        response = self.post(*operations, **more)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        self.take_in(answer)
        return answer

    def sync_all(self, **more: Any) -> list[dict[str, Any]]:
        """Sync until there is no more."""
        answers = [self.sync(**more)]
        while answers[-1]["more"]:
            answers.append(self.sync(**more))
        return answers

    def perform(self, *operations: dict[str, Any]) -> list[dict[str, Any]]:
        """Send operations; returns their verdicts."""
        verdicts: list[dict[str, Any]] = self.sync(*operations)["verdicts"]
        return verdicts

    def take_in(self, answer: dict[str, Any]) -> None:
        if answer["full"]:
            self.mirror = {}
        for table, rows in answer["changes"].items():
            self.mirror.setdefault(table, {}).update({row["id"]: row for row in rows})
        for table, ids in answer["removed"].items():
            for record_id in ids:
                self.mirror.get(table, {}).pop(record_id, None)
        self.cursor = answer["cursor"]

    def rows(self, table: str) -> list[dict[str, Any]]:
        return list(self.mirror.get(table, {}).values())
