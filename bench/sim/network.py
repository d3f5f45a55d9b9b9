"""The way between devices and server: requests and answers get lost, doubled, late or torn off."""

import datetime as dt
import json
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Engine

from field_app.domain.wire import SyncRequest, SyncResponse, Verdict, VerdictStatus
from server_stub import ledger, pull, push
from server_stub.pull import Asked
from server_stub.settings import ServerSettings
from server_stub.tokens import Caller

if TYPE_CHECKING:
    from bench.sim.device import Device


class Lost(Exception):
    """No answer came."""


@dataclass
class Luck:
    """How often something goes wrong, each as a probability."""

    request_lost: float = 0.12
    answer_lost: float = 0.12
    doubled: float = 0.08
    late: float = 0.06
    server_killed: float = 0.05
    device_killed: float = 0.06


NO_BAD_LUCK = Luck(0, 0, 0, 0, 0, 0)


@dataclass
class Network:
    """Calls the server's own functions, as its routes do."""

    engine: Engine
    settings: ServerSettings
    seeded: random.Random
    luck: Luck
    seen: dict[str, int] = field(default_factory=dict)
    """How often each kind of bad luck struck."""
    order: dict[str, int] = field(default_factory=dict)
    """In which order operations first came before the rules."""
    said: dict[UUID, str] = field(default_factory=dict)
    contradictions: list[str] = field(default_factory=list)
    _late: list[tuple[Caller, bytes]] = field(default_factory=list)

    def ask(self, device: "Device", request: SyncRequest) -> SyncResponse:
        """The answer to a request. Raises Lost."""
        caller, body = Caller(device.person, device.device_id), request.model_dump_json().encode()
        self._deliver_late_ones()
        if self._happens("late"):
            self._late.append((caller, body))
        if self._happens("request_lost"):
            raise Lost
        if self._happens("server_killed"):
            self._die_after_keeping(caller, body)
            raise Lost
        answer = self.serve(caller, body)
        if self._happens("doubled"):
            answer = self.serve(caller, body)
        if self._happens("answer_lost"):
            raise Lost
        return answer

    def kills(self) -> bool:
        """Whether the device dies with the answer in its hands."""
        return self._happens("device_killed")

    def serve(self, caller: Caller, body: bytes) -> SyncResponse:
        asked = SyncRequest.model_validate_json(body)
        for operation in asked.operations:
            self.order.setdefault(operation["id"], len(self.order))
        verdicts = push.handle(self.engine, caller, asked.operations)
        self._compare(verdicts)
        wanted = Asked(caller, asked.cursor, asked.page_rows, verdicts)
        answer = pull.answer(self.engine, None, self.settings, wanted)
        return SyncResponse.model_validate_json(answer.body)

    def _compare(self, verdicts: list[Verdict]) -> None:
        """A final verdict is for ever: a second answer says the same, word for word."""
        for verdict in verdicts:
            said = verdict.model_dump_json()
            first = self.said.setdefault(verdict.operation_id, said)
            if verdict.status is VerdictStatus.PARKED:
                del self.said[verdict.operation_id]
            elif first != said:
                self.contradictions.append(f"{verdict.operation_id} was answered in two ways")

    def now(self) -> dt.datetime:
        """The office's clock, which is real."""
        return dt.datetime.now(dt.UTC)

    def _deliver_late_ones(self) -> None:
        """Old copies of requests arrive; nobody is there for their answers any more."""
        while self._late and self.seeded.random() < 0.5:
            self.serve(*self._late.pop(0))

    def _die_after_keeping(self, caller: Caller, body: bytes) -> None:
        """The server stored what came and died before it judged anything."""
        raw = json.loads(body)["operations"]
        if not raw:
            return
        with self.engine.begin() as connection:
            ledger.keep(connection, caller, [ledger.receive(caller, each) for each in raw])

    def _happens(self, what: str) -> bool:
        happens = self.seeded.random() < getattr(self.luck, what)
        if happens:
            self.seen[what] = self.seen.get(what, 0) + 1
        return happens
