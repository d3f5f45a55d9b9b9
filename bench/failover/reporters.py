"""Devices that report one problem after the other, each until it is answered for good."""

import time
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.server.test_pull import digest_of
from tests.support.wire_client import WireClient

PAUSE_S = 0.05
PATIENCE_S = 120
"""How long a report may be without its verdict before a rehearsal is called stuck."""
FINAL = {"applied", "noop", "refused"}


@dataclass
class Reporter:
    """One device. It goes to the next server when one does not answer."""

    device: WireClient
    servers: list[str]
    event_id: UUID
    acknowledged: dict[str, float] = field(default_factory=dict)
    """Operations the device was told are done, and when (`time.monotonic`)."""
    retries: int = 0
    _is_enough: Event = field(default_factory=Event)
    _is_given_up: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def start(self) -> None:
        self._thread = Thread(target=self._work, name="reporter")
        self._thread.start()

    @property
    def is_at_work(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def finish(self) -> None:
        """Have the last report answered. Raises TimeoutError where nobody answers it."""
        self._is_enough.set()
        assert self._thread is not None
        self._thread.join(PATIENCE_S)
        if self.is_at_work:
            raise TimeoutError(f"a report was not answered for {PATIENCE_S} s")

    def give_up(self) -> None:
        """End whether it was answered or not; for a rehearsal that went wrong."""
        self._is_enough.set()
        self._is_given_up.set()
        assert self._thread is not None
        self._thread.join()

    def holds_its_scope(self) -> bool:
        """Whether the mirror is what the server says it should be, once all is quiet."""
        with httpx.Client(base_url=self.servers[0], timeout=30) as self.device.http:
            return bool(self.device.sync_all()[-1]["digest"] == digest_of(self.device.mirror))

    def _work(self) -> None:
        with httpx.Client(timeout=30) as self.device.http:
            while not self._is_enough.is_set():
                self._report()

    def _report(self) -> None:
        """Send one report until it has its verdict, however long that takes."""
        payload = {
            "event_instance_id": str(self.event_id),
            "issue_type": "other",
            "description": "Rehearsed",
            "severity": "low",
        }
        report = self.device.envelope("issue.report", uuid4(), payload)
        while not self._is_answered(report):
            if self._is_given_up.is_set():
                return
            self.retries += 1
            self.servers.append(self.servers.pop(0))
            time.sleep(PAUSE_S)
        self.acknowledged[report["id"]] = time.monotonic()

    def _is_answered(self, report: dict[str, Any]) -> bool:
        self.device.http.base_url = httpx.URL(self.servers[0])
        try:
            response = self.device.post(report)
        except httpx.TransportError:
            return False
        if response.status_code != httpx.codes.OK:
            return False
        answer = response.json()
        self.device.take_in(answer)
        return {verdict["status"] for verdict in answer["verdicts"]} <= FINAL and bool(
            answer["verdicts"]
        )
